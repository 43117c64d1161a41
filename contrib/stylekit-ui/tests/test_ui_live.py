"""The tab that paints live: a clip as the camera, its stream, and what is refused."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import torch
from stylekit_ui.catalogue import FormCatalogue
from stylekit_ui.live_config import LiveRequestMaker
from stylekit_ui.storage import Storage

from stylekit import Frame, Host
from stylekit.errors import UsageError
from stylekit.images.frames import Clip
from stylekit_plugins.media.params import VideoParams
from stylekit_plugins.media.video import VideoAdapter


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("videos") / "walk.mp4"
    frames = tuple(Frame(torch.full((3, 48, 64), k / 12)) for k in range(12))
    VideoAdapter(VideoParams()).write(Clip(frames, fps=12.0), str(path))
    return path


def requests_in(folder: Path) -> LiveRequestMaker:
    return LiveRequestMaker([], FormCatalogue(Host().catalogue), Storage([], folder))


def wait_for_frames(stream: Any, width: int) -> None:
    """Wait until a stream's page shows frames of a width; its policy forbids Playwright to wait."""
    end = time.monotonic() + 60
    while stream.evaluate("() => document.querySelector('img').naturalWidth") != width:
        assert time.monotonic() < end
        time.sleep(0.1)


def is_served(port: int | None) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
    except OSError:
        return False
    return True


def start(artist: Any, clip: Path) -> Any:
    """Paint a clip live, and return the link to its stream."""
    artist.upload("#live-clip", clip)
    artist.sample("#live-style", "swirls")
    artist.fill("#live-size input", "64")
    artist.page.locator("#live-run").click()
    link = artist.page.locator("#live-stream a")
    link.wait_for()
    return link


def test_a_clip_is_painted_live_until_stop(server: Any, artist: Any, walk: Path):
    page = artist.page
    page.get_by_role("tab", name="Live").click()
    page.locator("#live-run").click()
    assert "nothing to paint with" in artist.error("live")
    link = start(artist, walk)
    with page.context.expect_page() as opened:
        link.click()
    stream = opened.value
    wait_for_frames(stream, 64)
    stream.close()
    page.locator("#live-stop").click()
    ended = artist.finished("live")
    assert ended.startswith("Stopped: ")
    assert "frames a second" in ended
    assert not link.is_visible()
    # It leaves no files.
    assert not list(server.folder.glob("walk*"))


def test_the_stream_ends_with_the_page(server: Any, visit: Any, walk: Path):
    artist = visit(server)
    page = artist.page
    page.get_by_role("tab", name="Live").click()
    link = start(artist, walk)
    stream = page.context.new_page()
    stream.goto(link.get_attribute("href"))
    wait_for_frames(stream, 64)
    page.close(run_before_unload=True)
    port = urlsplit(stream.url).port
    end = time.monotonic() + 60
    while is_served(port):
        assert time.monotonic() < end
        time.sleep(0.2)


def test_a_camera_that_is_not_there_is_an_error_in_the_tab(artist: Any):
    page = artist.page
    page.get_by_role("tab", name="Live").click()
    artist.sample("#live-style", "waves")
    artist.fill("#live-camera input", "77")
    page.locator("#live-run").click()
    assert "77" in artist.error("live")
    page.locator("#live-run").wait_for()


def test_a_network_paints_by_its_own_method(tmp_path: Path, training: Any):
    network = training(tmp_path / "runs" / "night", "sample:waves")
    requests = requests_in(tmp_path / "runs")
    assert requests.networks() == [("waves (night)", str(network))]
    request = requests.request("", 1, "sample:swirls", str(network), 480, True)
    assert request.command == [
        *("live", "--port=0", "--camera=1", "--method=fast:fast", f"--weights={network}"),
        *("--size=480", "--mirror"),
    ]
    network.unlink()
    with pytest.raises(UsageError, match="no network"):
        requests.request("", 0, "", str(network), None, False)


def test_what_lies_elsewhere_is_refused(tmp_path: Path):
    requests = requests_in(tmp_path / "runs")
    secret = tmp_path / "secret.mp4"
    secret.touch()
    for values in ((str(secret), "sample:waves", ""), ("", str(secret), ""), ("", "", str(secret))):
        with pytest.raises(UsageError, match="outside the results folder"):
            requests.request(values[0], 0, values[1], values[2], None, False)
