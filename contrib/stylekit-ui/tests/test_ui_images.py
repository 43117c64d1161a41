"""Images: from upload to download, unreadable files, and settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from PIL import Image


@pytest.fixture(scope="module")
def photograph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photograph with an EXIF orientation."""
    path = tmp_path_factory.mktemp("images") / "my cat.jpg"
    image = Image.linear_gradient("L").resize((96, 64)).convert("RGB")
    exif = Image.Exif()
    exif[274] = 6
    image.save(path, exif=exif)
    return path


def test_a_run_from_upload_to_download(server: Any, artist: Any, photograph: Path):
    artist.set_up("arbitrary", content=photograph)
    artist.run()
    assert artist.finished().startswith("Done: 1 step")
    result = server.images[0]
    assert result.name == "my_cat-swirls.png"
    assert Image.open(result).size == (43, 64), "upright, as the camera meant it"
    assert artist.downloaded("#image-download") == result.read_bytes()
    record = result.with_name("my_cat-swirls.stylekit.json")
    assert artist.downloaded("#image-download-record") == record.read_bytes()
    assert artist.page.locator("#image-stage img").count() == 2, "before and after"
    copies = [
        path for path in server.scratch.rglob("*.*") if path.name in (result.name, record.name)
    ]
    assert copies == [], "results are shown from where they are"
    (content,) = server.record(result)["config"]["content"]
    assert Path(content).parent == Path("inputs"), "wherever the folder is moved to"
    copy = server.folder / content
    assert copy.read_bytes() == photograph.read_bytes(), "as it was uploaded, bit for bit"


def test_neither_page_nor_server_contacts_others(server: Any, artist: Any):
    """And the content security policy forbids it to the page."""
    artist.set_up("identity")
    artist.run()
    artist.finished()
    requests = [url for url in artist.requests if not url.startswith(("data:", "blob:"))]
    assert {urlsplit(url).hostname for url in requests} == {"127.0.0.1"}
    contacted = set(server.connections.read_text(encoding="utf-8").split())
    assert contacted <= {"127.0.0.1", "localhost", "None"}
    console: list[str] = []
    artist.page.on("console", lambda message: console.append(message.text))
    refused = "fetch('http://127.0.0.2:9/', {mode: 'no-cors'}).then(() => '', error => `${error}`)"
    assert artist.page.evaluate(refused)
    assert any("Content Security Policy" in text for text in console)


def test_other_names_and_other_files_are_refused(server: Any, artist: Any, tmp_path: Path):
    secret = tmp_path / "secret.txt"
    secret.write_text("mine", encoding="utf-8")
    request = artist.page.request
    assert request.get(server.address, headers={"Host": "evil.example"}).status == 400
    assert request.get(f"{server.address}/gradio_api/file={secret}").status == 403


@pytest.mark.parametrize("text", ["not an image", ""])
def test_an_unreadable_upload_is_an_error_and_the_next_one_works(
    artist: Any, tmp_path: Path, text: str
):
    bad = tmp_path / "broken.png"
    bad.write_text(text, encoding="utf-8")
    artist.page.locator("#image-content input[type=file]").set_input_files(bad)
    error = artist.error()
    assert "broken.png" in error
    assert "/" not in error
    assert "Traceback" not in artist.page.inner_text("body")
    artist.sample("#image-content", "coffee")
    assert artist.page.locator("#image-status").inner_text() == ""


def test_missing_inputs_are_named(artist: Any):
    artist.page.locator("#image-run").click()
    artist.page.get_by_text("There is no content yet.").wait_for()
    artist.sample("#image-content", "coffee")
    artist.page.locator("#image-run").click()
    artist.page.get_by_text("There is no style yet.").wait_for()


def test_an_invalid_setting_is_an_error(artist: Any):
    artist.set_up("arbitrary", size=100_000)
    artist.page.locator("#image-run").click()
    assert "size = 100000" in artist.error()


def test_a_region_is_drawn_with_a_brush(server: Any, artist: Any):
    artist.set_up("arbitrary")
    page = artist.page
    artist.unfold("Region")
    page.locator("#image-part input").check()
    canvas = page.locator("#image-brush canvas").first
    canvas.wait_for()
    canvas.scroll_into_view_if_needed()
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
    result = server.images[0]
    (region,) = server.record(result)["config"]["region"]
    assert (server.folder / region.split(",")[0]).is_file()
    artist.choose("#image-method", "identity")
    page.locator("#image-part input").uncheck()
    artist.run()
    artist.finished()
    plain = server.images[0]
    before, after = (np.asarray(Image.open(path).convert("RGB")) for path in (plain, result))
    changed = (before != after).any(axis=2)
    assert 0 < changed.mean() < 1 / 3, "outside the region nothing changes"
    assert not changed[0].any()


def test_several_styles_are_blended_by_weight(server: Any, artist: Any):
    artist.set_up("arbitrary")
    artist.page.locator("#image-add-style").click()
    artist.sample("#image-style-2", "waves")
    artist.fill("#image-style-2-weight input[type=number]", "2.5")
    artist.run()
    assert artist.finished().startswith("Done")
    styles = server.record(server.images[0])["config"]["style"]
    assert styles == ["sample:swirls", "sample:waves*2.5"]


def test_a_preset_sets_its_method_and_values(artist: Any):
    artist.set_up("arbitrary")
    artist.open_settings()
    artist.choose("#image-preset", "strong")
    weight = artist.page.locator("#image-gatys-style_weight-number")
    weight.wait_for()
    assert float(weight.input_value()) == 300
    assert artist.page.locator("#image-method input").input_value() == "gatys"


def test_settings_in_a_redrawn_form_are_used(artist: Any):
    artist.set_up("gatys")
    artist.open_settings()
    artist.choose("#image-backbone", "vgg19")
    artist.page.locator("#image-vgg19-pooling").wait_for()
    artist.set("gatys-steps", 0)
    artist.page.locator("#image-run").click()
    assert "gatys.steps = 0" in artist.error()
