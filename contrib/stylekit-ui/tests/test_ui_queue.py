"""Several images with the same settings, and the views of a result."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("photographs")
    paths = [folder / f"{name}.png" for name in ("one", "two", "three")]
    for number, path in enumerate(paths):
        Image.linear_gradient("L").rotate(90 * number).resize((64, 48)).convert("RGB").save(path)
    broken = folder / "broken.png"
    broken.write_text("not an image", encoding="utf-8")
    return [*paths, broken]


def rows(artist: Any) -> list[str]:
    return [
        " ".join(text.split()) for text in artist.page.locator("#image-queue li").all_inner_texts()
    ]


def test_several_images_are_painted_in_turn(server: Any, artist: Any, photographs: list[Path]):
    artist.set_up("arbitrary")
    artist.add(photographs)
    artist.run()
    artist.finished()
    page = artist.page
    page.get_by_text("Queue: 4 of 5 done").wait_for()
    listed = rows(artist)
    assert [row.split()[0] for row in listed] == [
        *("coffee", "one.png", "two.png", "three.png", "broken.png")
    ]
    assert all("Done" in row for row in listed[:4])
    assert "Failed" in listed[4]
    assert "broken.png" in listed[4]
    results = [server.folder / f"{name}-swirls.png" for name in ("one", "two", "three")]
    assert all(path.is_file() for path in results)
    page.get_by_label("Show one.png").click()
    page.locator("#image-stage .sk-after img[src*='one-swirls']").wait_for()
    assert artist.downloaded("#image-download") == results[0].read_bytes()


def test_one_or_all_of_a_queue_are_canceled(server: Any, artist: Any, photographs: list[Path]):
    artist.set_up("gatys")
    artist.open_settings()
    artist.choose("#image-backbone", "vgg19")
    artist.page.locator("#image-vgg19-pooling").wait_for()
    artist.set("gatys-steps", 5000)
    artist.set("gatys-min_improvement", 0)
    artist.add(photographs[:3])
    artist.run()
    page = artist.page
    page.locator("#image-stage .sk-after img").wait_for()
    page.get_by_label("Cancel two.png").click()
    page.locator("#image-queue li", has_text="two.png").get_by_text("Canceled").wait_for()
    page.get_by_label("Cancel coffee").click()
    page.locator("#image-queue li", has_text="coffee").get_by_text("Stopped").wait_for()
    page.locator("#image-queue li", has_text="one.png").get_by_text("Working").wait_for()
    page.locator("#image-stop").click()
    artist.finished()
    states = [row.split(" ", 2)[1] for row in rows(artist)]
    assert states[0] == "Stopped;"
    assert states[1] in ("Stopped;", "Failed"), "before its first step there is nothing to keep"
    assert states[2:] == ["Canceled", "Canceled"]


def test_a_dial_sets_its_parameter_on_a_logarithmic_scale(server: Any, artist: Any):
    page = artist.page
    artist.set_up("gatys")
    slider, number = (
        page.locator(f"#image-gatys-style_weight-{each}") for each in ("range", "number")
    )
    assert number.input_value() == "30"
    slider.focus()
    page.keyboard.press("End")
    assert float(number.input_value()) == 960
    page.keyboard.press("Home")
    assert 0.9 <= float(number.input_value()) <= 1
    artist.fill("#image-gatys-style_weight-number", "123")
    artist.fill("#image-gatys-style_scale-number", "0.5")
    artist.open_settings()
    artist.choose("#image-backbone", "vgg19")
    page.locator("#image-vgg19-pooling").wait_for()
    artist.set("gatys-steps", 2)
    artist.run()
    assert artist.finished().startswith("Done")
    settings = server.record(server.images[0])["config"]["gatys:gatys"]
    assert (settings["style_weight"], settings["style_scale"]) == (123, 0.5)


def test_a_result_is_wiped_and_shown_side_by_side(artist: Any):
    artist.set_up("arbitrary")
    artist.run()
    artist.finished()
    stage = artist.page.locator("#image-stage")
    before, after = stage.locator(".sk-before"), stage.locator(".sk-after")
    assert before.bounding_box() == after.bounding_box(), "a wipe"
    stage.get_by_text("Side by side").click()
    left, right = before.bounding_box(), after.bounding_box()
    assert left["x"] + left["width"] <= right["x"]
    artist.run()
    artist.finished()
    assert before.bounding_box()["x"] < after.bounding_box()["x"], "the view stays"
    assert stage.get_by_label("Side by side").is_checked()
    stage.get_by_text("Result", exact=True).click()
    assert not before.is_visible()
