"""A run has the values that the page showed when Run was pressed, however late requests arrive."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

SHUFFLED = ("2000", "1500 * (n++ % 2)", "1500 * (++n % 2)", "400 * (n++ % 4)")
"""Lateness of each request in milliseconds; `n` counts them."""

FRAMES = "() => new Promise((on) => requestAnimationFrame(() => requestAnimationFrame(on)))"
"""Waits until the browser has drawn two frames."""


def be_late(slow: Any, lateness: str) -> None:
    slow.page.evaluate(f"() => {{ let n = 0; window.lateness = () => {lateness}; }}")


def run_config(server: Any, artist: Any) -> dict[str, Any]:
    """Press Run at once, and return the configuration of the result's record."""
    # Nobody is faster than a frame; Gradio takes one to set a value.
    artist.page.evaluate(FRAMES)
    artist.run()
    assert artist.finished().startswith("Done")
    config: dict[str, Any] = server.record(server.images[0])["config"]
    return config


@pytest.mark.parametrize("lateness", SHUFFLED)
def test_no_change_of_a_setting_is_lost(server: Any, slow: Any, lateness: str):
    slow.set_up("gatys")
    slow.open_settings()
    slow.set("gatys-steps", 7)
    slow.set("gatys-min_improvement", 0)
    be_late(slow, lateness)
    slow.set("gatys-steps", 2)
    slow.set("seed", 5)
    slow.fill("#image-gatys-style_weight-number", "77")
    config = run_config(server, slow)
    gatys = config["gatys:gatys"]
    assert (gatys["steps"], config["seed"], gatys["style_weight"]) == (2, 5, 77)


@pytest.mark.parametrize("lateness", SHUFFLED[:2])
def test_a_choice_and_a_preset_are_in_the_next_run(server: Any, slow: Any, lateness: str):
    slow.set_up("arbitrary")
    slow.open_settings()
    slow.set("seed", 3)
    be_late(slow, lateness)
    slow.choose("#image-preset", "strong")
    slow.page.locator("#image-gatys-style_weight-number").wait_for()
    assert slow.page.locator("#image-seed input").input_value() == "0", "in place of changes"
    slow.set("gatys-steps", 7)
    slow.choose("#image-optimizer", "adam")
    slow.set("gatys-steps", 2)
    config = run_config(server, slow)
    gatys = config["gatys:gatys"]
    assert (gatys["style_weight"], gatys["steps"], config["seed"]) == (300, 2, 0)
    assert config["optimizer"] == "optimizers:adam"
    slow.page.locator("#image-lbfgs-history_size").wait_for(state="detached")
    shown = slow.page.locator("#image-gatys-steps input[type=number]")
    assert shown.input_value() == "2", "the redrawn page shows what the next run uses"


@pytest.mark.parametrize("lateness", SHUFFLED[:2])
def test_the_latest_images_are_painted(server: Any, slow: Any, tmp_path: Path, lateness: str):
    slow.set_up("arbitrary")
    photograph = tmp_path / "quay.png"
    Image.linear_gradient("L").resize((80, 60)).convert("RGB").save(photograph)
    slow.upload("#image-content", photograph)
    slow.page.locator("#image-content img[src*='quay']").wait_for()
    be_late(slow, lateness)
    for name in ("mosaic", "waves"):
        slow.page.locator("#image-style-1-samples").get_by_label(f"Sample {name}").click()
    slow.page.locator("#image-content-samples").get_by_label("Sample chelsea").click()
    config = run_config(server, slow)
    assert (config["content"], config["style"]) == (["sample:chelsea"], ["sample:waves"])
    slow.page.locator("#image-content img[src*='chelsea']").wait_for()
    slow.page.locator("#image-style-1 img[src*='waves']").wait_for()


def test_settings_of_a_record_stay_exact_beside_changes():
    pytest.importorskip("gradio")
    from stylekit_ui.edits import held, settings_of

    schemas = {
        ("ink:ink", "limit"): {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        ("ink:ink", "layers"): {"type": "object"},
    }
    recorded = {"seed": 2**62 + 1, "ink:ink": {"limit": None, "drops": 3}, "optimizer": "adam"}
    page = json.loads(json.dumps(held(recorded)))

    def edited(changes: dict[str, Any]) -> dict[str, Any]:
        return settings_of({**page, "changes": changes}, lambda *key: schemas.get(key, {}))

    assert edited({}) == recorded
    assert edited({"seed": None, "optimizer": "lbfgs"}) == {
        "ink:ink": recorded["ink:ink"],
        "optimizer": "lbfgs",
    }
    changed = edited({"ink:ink/limit": "", "ink:ink/layers": '{"deep": 2}'})
    assert changed["ink:ink"] == {"drops": 3, "layers": {"deep": 2}}
    assert changed["seed"] == recorded["seed"]
