"""The page for keyboards, screen readers and phones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

SERIOUS = ("serious", "critical")


@pytest.fixture(scope="module")
def axe() -> str:
    """The script of axe-core, which the package axe-playwright-python contains."""
    why = "axe-core checks accessibility: `pip install axe-playwright-python`"
    package = pytest.importorskip("axe_playwright_python", reason=why)
    return next(Path(package.__file__).parent.rglob("axe.min.js")).read_text(encoding="utf-8")


def problems(page: Any, axe: str) -> list[str]:
    """List the elements with problems that axe-core calls serious."""
    page.evaluate(axe)
    found = page.evaluate("axe.run()")
    assert len(found["passes"]) > 10, "it has looked at the page"
    return [
        f"{each['id']}: {node['html'][:160]}"
        for each in found["violations"]
        if each["impact"] in SERIOUS
        for node in each["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(artist: Any, axe: str, scheme: str):
    page = artist.page
    page.emulate_media(color_scheme=scheme)
    page.reload()
    page.locator("#image-run").wait_for()
    assert problems(page, axe) == []
    artist.set_up("arbitrary")
    artist.run()
    artist.finished()
    for part in ("Region", "More images", "Run a record again"):
        artist.unfold(part)
    artist.open_settings()
    assert problems(page, axe) == [], "with a result and all settings"
    page.get_by_role("tab", name="Video").click()
    page.locator("#video-run").wait_for()
    assert problems(page, axe) == []
    page.get_by_role("tab", name="Live").click()
    page.locator("#live-run").wait_for()
    assert problems(page, axe) == []
    page.get_by_role("tab", name="Gallery").click()
    page.locator("#gallery-grid button img").first.click()
    page.locator("#gallery-facts td").first.wait_for()
    assert problems(page, axe) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_about_a_training(artist: Any, axe: str, scheme: str):
    page = artist.page
    page.emulate_media(color_scheme=scheme)
    page.reload()
    page.locator("#image-content-samples img").first.wait_for()
    page.get_by_role("tab", name="Train").click()
    page.locator("#train-run").wait_for()
    assert problems(page, axe) == []
    artist.set_up_training()
    artist.run("train")
    page.locator("#train-sheet img").wait_for()
    artist.finished("train")
    page.locator("#train-paint").wait_for()
    assert problems(page, axe) == [], "with a network and all settings"
    page.set_viewport_size({"width": 390, "height": 800})
    page.wait_for_timeout(300)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator("#train-paint").click()
    page.locator("#image-network").wait_for()
    assert problems(page, axe) == [], "with a choice of networks"


def test_a_run_by_keyboard_alone(artist: Any):
    """From a sample to the wipe, the focus is visible, and returns to Run."""
    page = artist.page
    artist.set_up("arbitrary")
    page.locator("#image-content-samples button").first.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.locator("#image-content img[src*='chelsea']").wait_for()
    button = page.locator("#image-content-samples button").nth(1)
    assert button.evaluate("button => button === document.activeElement")
    assert button.evaluate("button => getComputedStyle(button).outlineStyle") == "solid"
    page.locator("#image-run").focus()
    page.keyboard.press("Enter")
    page.locator("#image-status", has_text="Done").wait_for()
    page.locator("#image-run:focus").wait_for()
    wipe = page.locator("#image-stage input[type=range]")
    wipe.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert wipe.input_value() == "53"
    split = "input => getComputedStyle(input).getPropertyValue('--split')"
    assert wipe.evaluate(split) == "53%"


def test_order_of_focus_follows_the_page(artist: Any):
    page = artist.page
    artist.set_up("gatys")
    page.locator("#image-gatys-style_weight-range").wait_for()
    places = ["image-content", "image-style-1", "image-method", "image-size"]
    places += ["image-gatys-style_weight", "image-gatys-quality", "image-run"]
    page.locator("#image-content-samples button").last.focus()
    seen: list[str] = []
    inside = "ids => ids.find(id => document.getElementById(id).contains(document.activeElement))"
    for _ in range(60):
        page.keyboard.press("Tab")
        place = page.evaluate(inside, places)
        if place and place not in seen:
            seen.append(place)
        if place == "image-run":
            break
    assert seen == [place for place in places if place != "image-content"]


@pytest.mark.parametrize("width", [390, 1280])
def test_no_width_needs_a_horizontal_scroll(artist: Any, width: int):
    page = artist.page
    page.set_viewport_size({"width": width, "height": 800})
    artist.set_up("arbitrary")
    artist.run()
    artist.finished()
    for part in ("Region", "More images", "Run a record again"):
        artist.unfold(part)
    artist.open_settings()
    for tab in ("Image", "Video", "Train", "Live", "Gallery"):
        page.get_by_role("tab", name=tab).click()
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, tab


def test_progress_is_spoken_by_quarters():
    from stylekit_ui.messages import RunProgress
    from stylekit_ui.status import progress_bar

    texts = {
        progress_bar(RunProgress("step", part / 20, None, {}, b"")).partition("</span>")[0]
        for part in range(20)
    }
    assert len(texts) == 4
    assert all('role="status"' in text for text in texts)
