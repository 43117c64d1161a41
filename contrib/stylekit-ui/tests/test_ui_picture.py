"""Pictures: from upload to download, bad files, and what can be chosen."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from PIL import Image


@pytest.fixture(scope="module")
def photograph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A picture that a camera has turned, as it would be uploaded."""
    path = tmp_path_factory.mktemp("pictures") / "my cat.jpg"
    image = Image.linear_gradient("L").resize((96, 64)).convert("RGB")
    exif = Image.Exif()
    exif[274] = 6
    image.save(path, exif=exif)
    return path


def test_a_run_from_upload_to_download(server: Any, artist: Any, photograph: Path):
    artist.set_up("arbitrary", content=photograph)
    artist.run()
    assert artist.finished().startswith("Done: 1 step")
    made = server.images[0]
    assert made.name == "my_cat-swirls.png"
    assert Image.open(made).size == (43, 64), "upright, as the camera meant it"
    assert artist.downloaded("#picture-download") == made.read_bytes()
    record = made.with_name("my_cat-swirls.stylekit.json")
    assert artist.downloaded("#picture-download-record") == record.read_bytes()
    assert artist.page.locator("#picture-result img").count() == 2, "before and after"
    copies = [path for path in server.scratch.rglob("*.*") if path.name in (made.name, record.name)]
    assert copies == [], "results are shown from where they are"
    (content,) = server.record(made)["config"]["content"]
    assert Path(content).parent == Path("inputs"), "wherever the folder is moved to"
    kept = server.folder / content
    assert kept.read_bytes() == photograph.read_bytes(), "as it was uploaded, bit for bit"


def test_nothing_leaves_the_machine(server: Any, artist: Any):
    """Neither the browser nor the server turns to anybody else, and the browser may not."""
    artist.set_up("identity")
    artist.run()
    artist.finished()
    asked = [url for url in artist.asked if not url.startswith(("data:", "blob:"))]
    assert {urlsplit(url).hostname for url in asked} == {"127.0.0.1"}
    turned_to = set(server.connections.read_text(encoding="utf-8").split())
    assert turned_to <= {"127.0.0.1", "localhost", "None"}
    said: list[str] = []
    artist.page.on("console", lambda message: said.append(message.text))
    refused = "fetch('http://127.0.0.2:9/', {mode: 'no-cors'}).then(() => '', error => `${error}`)"
    assert artist.page.evaluate(refused)
    assert any("Content Security Policy" in text for text in said)


def test_other_names_and_other_files_are_refused(server: Any, artist: Any, tmp_path: Path):
    secret = tmp_path / "secret.txt"
    secret.write_text("mine", encoding="utf-8")
    request = artist.page.request
    assert request.get(server.address, headers={"Host": "evil.example"}).status == 400
    assert request.get(f"{server.address}/gradio_api/file={secret}").status == 403


@pytest.mark.parametrize("text", ["no picture", ""])
def test_a_bad_upload_is_told_and_the_next_one_works(artist: Any, tmp_path: Path, text: str):
    bad = tmp_path / "broken.png"
    bad.write_text(text, encoding="utf-8")
    artist.page.locator("#picture-content input[type=file]").set_input_files(bad)
    said = artist.told()
    assert "broken.png" in said
    assert "/" not in said
    assert "Traceback" not in artist.page.inner_text("body")
    artist.sample("#picture-content", "coffee")
    assert artist.page.locator("#picture-status").inner_text() == ""


def test_what_is_missing_is_said(artist: Any):
    artist.page.locator("#picture-run").click()
    artist.page.get_by_text("There is nothing to paint yet.").wait_for()
    artist.sample("#picture-content", "coffee")
    artist.page.locator("#picture-run").click()
    artist.page.get_by_text("There is no style yet.").wait_for()


def test_a_bad_setting_is_told(artist: Any):
    artist.set_up("arbitrary", size=100_000)
    artist.page.locator("#picture-run").click()
    assert "size = 100000" in artist.told()


def test_a_part_is_drawn_with_a_brush(server: Any, artist: Any):
    artist.set_up("arbitrary")
    page = artist.page
    page.locator("#picture-part input").check()
    canvas = page.locator("#picture-brush canvas").first
    canvas.wait_for()
    page.wait_for_timeout(1500)
    box = canvas.bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.4, middle)
    page.mouse.down()
    for step in range(20):
        page.mouse.move(box["x"] + box["width"] * (0.4 + 0.01 * step), middle + step % 3)
    page.mouse.up()
    page.wait_for_timeout(1000)
    artist.run()
    assert artist.finished().startswith("Done")
    made = server.images[0]
    (region,) = server.record(made)["config"]["region"]
    assert (server.folder / region.split(",")[0]).is_file()
    artist.choose("#picture-method", "identity")
    page.locator("#picture-part input").uncheck()
    artist.run()
    artist.finished()
    plain = server.images[0]
    before, after = (np.asarray(Image.open(path).convert("RGB")) for path in (plain, made))
    changed = (before != after).any(axis=2)
    assert 0 < changed.mean() < 1 / 3, "what is outside stays as it is"
    assert not changed[0].any()


def test_several_styles_are_blended_by_their_shares(server: Any, artist: Any):
    artist.set_up("arbitrary")
    artist.page.locator("#picture-add-style").click()
    artist.sample("#picture-style-2", "waves")
    artist.fill("#picture-style-2-share input[type=number]", "2.5")
    artist.run()
    assert artist.finished().startswith("Done")
    styles = server.record(server.images[0])["config"]["style"]
    assert styles == ["sample:swirls", "sample:waves*2.5"]


def test_a_preset_brings_its_method_and_its_values(artist: Any):
    artist.set_up("arbitrary")
    artist.choose("#picture-preset", "strong")
    artist.open_settings()
    weight = artist.page.locator("#picture-gatys-style_weight input")
    assert float(weight.input_value()) == 300
    assert artist.page.locator("#picture-method input").input_value() == "gatys"


def test_what_is_set_in_a_form_that_was_drawn_anew_is_heeded(artist: Any):
    artist.set_up("gatys")
    artist.open_settings()
    artist.choose("#picture-backbone", "vgg19")
    artist.page.locator("#picture-vgg19-pooling").wait_for()
    artist.set("gatys-steps", 0)
    artist.page.locator("#picture-run").click()
    assert "gatys.steps = 0" in artist.told()
