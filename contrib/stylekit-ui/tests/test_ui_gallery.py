"""The gallery, and clips."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight frames, two thirds of a second."""
    path = tmp_path_factory.mktemp("clips") / "walk.mp4"
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=12)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for number in range(8):
            image = np.full((64, 96, 3), 90, np.uint8)
            image[20:44, 8 * number : 8 * number + 24] = (230, 120, 40)
            file.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        file.mux(stream.encode(None))
    return path


MOMENT = "#clip-style-{}-moment input, #clip-style-{}-moment textarea"


def test_a_run_is_found_again_and_its_settings_used(server: Any, artist: Any):
    page = artist.page
    artist.set_up("arbitrary", style="waves")
    artist.open_settings()
    artist.set("arbitrary-strength", 0.5)
    artist.run()
    artist.finished()
    page.reload()
    page.get_by_role("tab", name="Gallery").click()
    page.locator("#gallery-wall button img").first.click()
    facts = page.locator("#gallery-facts")
    facts.get_by_text("arbitrary:arbitrary").wait_for()
    assert "sample:waves" in facts.inner_text()
    page.locator("#gallery-again").click()
    page.locator("#picture-style-1 img").wait_for()
    page.locator("#picture-content img").wait_for()
    assert page.locator("#picture-method input").input_value() == "arbitrary"
    assert page.locator("#picture-size input").input_value() == "64"
    artist.run()
    assert artist.finished().startswith("Done")
    newest, other = server.images[:2]
    assert newest.read_bytes() == other.read_bytes()
    assert server.record(newest)["config"]["arbitrary:arbitrary"]["strength"] == 0.5


def test_a_clip_goes_from_style_to_style_and_plays(server: Any, artist: Any, clip: Path):
    page = artist.page
    page.get_by_role("tab", name="Video").click()
    artist.put("#clip-content", clip)
    artist.sample("#clip-style-1", "swirls")
    page.locator("#clip-add-style").click()
    artist.sample("#clip-style-2", "mosaic")
    artist.fill(MOMENT.format(1, 1), "0")
    artist.fill(MOMENT.format(2, 2), "end")
    artist.choose("#clip-interp", "cosine")
    artist.choose("#clip-method", "arbitrary")
    artist.fill("#clip-size input", "64")
    artist.run("clip")
    assert artist.finished("clip").startswith("Done")
    config = server.record(server.folder / "walk-swirls.mp4")["config"]
    assert config["style"] == ["sample:swirls@0", "sample:mosaic@end"]
    assert config["interp"] == "cosine"
    video = page.locator("#clip-result video")
    video.wait_for()
    ready = "video => new Promise(done => { const look = () => video.readyState >= 1 ? done("
    ready += "[video.videoWidth, video.duration]) : setTimeout(look, 50); look(); })"
    width, duration = video.evaluate(ready)
    assert width == 64
    assert duration == pytest.approx(8 / 12, abs=0.1)
    page.get_by_role("tab", name="Gallery").click()
    page.locator("#gallery-wall button").first.click()
    page.locator("#gallery-again").click()
    page.locator("#clip-style-2 img").wait_for()
    page.locator("#clip-content video").wait_for()
    assert page.locator(MOMENT.format(2, 2)).input_value() == "end"


def test_a_bad_clip_is_told(artist: Any, tmp_path: Path):
    bad = tmp_path / "broken.mp4"
    bad.write_bytes(b"no clip")
    artist.page.get_by_role("tab", name="Video").click()
    artist.page.locator("#clip-content input[type=file]").set_input_files(bad)
    assert "broken.mp4" in artist.told("clip")
