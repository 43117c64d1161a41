"""Long runs: previews, stopping, two at once, and pages that close."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


def gatys(artist: Any, steps: int, seed: int = 0, style: str = "swirls") -> None:
    """Fill in the inputs of a run on VGG-19, which needs no download."""
    artist.set_up("gatys", style=style)
    artist.open_settings()
    artist.choose("#image-backbone", "vgg19")
    # The form is redrawn with the parameters of that network.
    artist.page.locator("#image-vgg19-pooling").wait_for()
    artist.set("gatys-steps", steps)
    artist.set("gatys-min_improvement", 0)
    artist.set("seed", seed)


def wait_until(condition: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_previews_come_each_second_and_stop_saves_the_best(server: Any, artist: Any):
    gatys(artist, steps=5000)
    artist.run()
    view = artist.page.locator("#image-stage .sk-after img")
    view.wait_for()
    times, latest, end = [time.monotonic()], "", time.monotonic() + 6
    while time.monotonic() < end:
        image = view.get_attribute("src")
        if image != latest:
            latest = image
            times.append(time.monotonic())
        time.sleep(0.02)
    gaps = sorted(later - earlier for earlier, later in itertools.pairwise(times))
    assert gaps[len(gaps) // 2] <= 1.0
    text = artist.page.locator("#image-status").inner_text()
    assert all(word in text for word in ("step", "left", "style"))
    artist.page.locator("#image-stop").click()
    assert artist.finished().startswith("Stopped; best result saved")
    result = server.images[0]
    record = server.record(result)
    assert record["interrupted"]
    assert record["config"]["gatys:gatys"]["steps"] == 5000
    assert 1 <= record["steps"] < 5000
    assert artist.downloaded("#image-download") == result.read_bytes()


def test_two_runs_at_once_do_not_mix(server: Any, visit: Callable[[Any], Any]):
    artists = [visit(server), visit(server)]
    gatys(artists[0], steps=200, seed=1)
    gatys(artists[1], steps=200, seed=2, style="waves")
    for artist in artists:
        artist.run()
    for artist in artists:
        artist.page.locator("#image-stage .sk-after img").wait_for()
    assert all(artist.page.locator("#image-stop").is_visible() for artist in artists)
    assert all(artist.finished().startswith("Done") for artist in artists)
    files = [artist.downloaded("#image-download") for artist in artists]
    assert files[0] != files[1]
    for seed, (style, file) in enumerate(zip(("swirls", "waves"), files, strict=True), 1):
        result = next(path for path in server.images if path.read_bytes() == file)
        record = server.record(result)
        assert record["config"]["seed"] == seed
        assert record["config"]["style"] == [f"sample:{style}"]
        assert _repeated(result) == file, "as if it had run alone"


def _repeated(result: Path) -> bytes:
    """Return the file that the command line makes from an image's record."""
    again = result.parent / "again" / result.name
    again.parent.mkdir(exist_ok=True)
    code = "import sys; from stylekit.cli.main import main; sys.exit(main())"
    argv = ["run", "--quiet", "--config", str(result.with_name(result.stem + ".stylekit.json"))]
    # As many threads as the server: floating-point sums depend on their number.
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", code, *argv, "--out", str(again)]
    subprocess.run(command, check=True, env=environment)
    return again.read_bytes()


def test_runs_wait_for_their_turn(serve: Callable[..., Any], visit: Callable[[Any], Any]):
    server = serve("--at-once", "1")
    first, second = visit(server), visit(server)
    gatys(first, steps=5000)
    second.set_up("identity")
    first.run()
    first.page.locator("#image-stage .sk-after img").wait_for()
    second.run()
    second.page.get_by_text("Waiting for 1 other run to finish").wait_for()
    first.page.locator("#image-stop").click()
    assert second.finished().startswith("Done")
    assert first.finished().startswith("Stopped")


@pytest.mark.parametrize("gone", ["page", "server"])
def test_a_run_keeps_its_best_when_its_page_or_the_server_ends(
    serve: Callable[..., Any], visit: Callable[[Any], Any], gone: str
):
    server = serve()
    artist = visit(server)
    gatys(artist, steps=5000)
    # At 64 px the optimizer cannot improve the image any more after a minute.
    artist.fill("#image-size input", "192")
    artist.run()
    artist.page.locator("#image-stage .sk-after img").wait_for()
    if gone == "page":
        artist.page.close()
        wait_until(lambda: list(server.folder.glob("[!.]*.stylekit.json")))
    else:
        assert server.end() == 0
    (result,) = server.images
    assert server.record(result)["interrupted"]
