"""The gallery and videos."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A video of eight frames, two thirds of a second."""
    path = tmp_path_factory.mktemp("videos") / "walk.mp4"
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=12)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for number in range(8):
            image = np.full((64, 96, 3), 90, np.uint8)
            image[20:44, 8 * number : 8 * number + 24] = (230, 120, 40)
            file.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        file.mux(stream.encode(None))
    return path


TIMESTAMP = "#video-style-{}-at input, #video-style-{}-at textarea"


def test_the_gallery_reuses_the_settings_of_a_run(server: Any, artist: Any):
    page = artist.page
    artist.set_up("arbitrary", style="waves")
    artist.open_settings()
    artist.set("arbitrary-strength", 0.5)
    artist.run()
    artist.finished()
    page.reload()
    page.get_by_role("tab", name="Gallery").click()
    page.locator("#gallery-grid button img").first.click()
    facts = page.locator("#gallery-facts")
    facts.get_by_text("arbitrary:arbitrary").wait_for()
    assert "sample:waves" in facts.inner_text()
    page.locator("#gallery-again").click()
    page.locator("#image-style-1 img").wait_for()
    page.locator("#image-content img").wait_for()
    assert page.locator("#image-method input").input_value() == "arbitrary"
    assert page.locator("#image-size input").input_value() == "64"
    artist.run()
    assert artist.finished().startswith("Done")
    newest, other = server.images[:2]
    assert newest.read_bytes() == other.read_bytes()
    assert server.record(newest)["config"]["arbitrary:arbitrary"]["strength"] == 0.5


def test_a_video_changes_style_and_plays(server: Any, artist: Any, video: Path):
    page = artist.page
    page.get_by_role("tab", name="Video").click()
    artist.upload("#video-content", video)
    artist.sample("#video-style-1", "swirls")
    page.locator("#video-add-style").click()
    artist.sample("#video-style-2", "mosaic")
    artist.fill(TIMESTAMP.format(1, 1), "0")
    artist.fill(TIMESTAMP.format(2, 2), "end")
    artist.choose("#video-interp", "cosine")
    artist.choose("#video-method", "arbitrary")
    artist.fill("#video-size input", "64")
    artist.run("video")
    assert artist.finished("video").startswith("Done")
    config = server.record(server.folder / "walk-swirls.mp4")["config"]
    assert config["style"] == ["sample:swirls@0", "sample:mosaic@end"]
    assert config["interp"] == "cosine"
    player = page.locator("#video-result video")
    player.wait_for()
    ready = "video => new Promise(done => { const look = () => video.readyState >= 1 ? done("
    ready += "[video.videoWidth, video.duration]) : setTimeout(look, 50); look(); })"
    width, duration = player.evaluate(ready)
    assert width == 64
    assert duration == pytest.approx(8 / 12, abs=0.1)
    page.get_by_role("tab", name="Gallery").click()
    page.locator("#gallery-grid button").first.click()
    page.locator("#gallery-again").click()
    page.locator("#video-style-2 img").wait_for()
    page.locator("#video-content video").wait_for()
    assert page.locator(TIMESTAMP.format(2, 2)).input_value() == "end"


def test_an_unreadable_video_is_an_error(artist: Any, tmp_path: Path):
    bad = tmp_path / "broken.mp4"
    bad.write_bytes(b"not a video")
    artist.page.get_by_role("tab", name="Video").click()
    artist.page.locator("#video-content input[type=file]").set_input_files(bad)
    assert "broken.mp4" in artist.error("video")
