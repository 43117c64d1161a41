"""Which files the page opens, keeps and forgets."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from stylekit_ui.scratch import HOUR, MOST_BYTES, MOST_FILES, Scratch
from stylekit_ui.storage import Shelf

import stylekit
from stylekit.errors import InputError, UsageError


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shelf]:
    """One whose user is in a folder with files of their own."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    home = tmp_path / "home"
    home.mkdir()
    (home / "secret.png").write_bytes(b"mine")
    (home / "private").mkdir()
    (home / "private" / "secret.png").write_bytes(b"mine")
    monkeypatch.chdir(home)
    made = Shelf([], home / "runs")
    made.folder.mkdir()
    (made.folder / "mask.png").write_bytes(b"mask")
    (made.folder / "link.png").symlink_to(home / "secret.png")
    (made.folder / "way-out").symlink_to(home / "private")
    yield made
    made.close()


ELSEWHERE = [
    "secret.png",
    "./secret.png",
    "{home}/secret.png",
    "{home}/private/secret.png",
    "private/secret.png",
    "private/none.png",
    "/nowhere/none.png",
    "../home/secret.png",
    "~/secret.png",
    "runs/../secret.png",
    "runs/link.png",
    "{home}/runs/link.png",
    "{home}/runs/way-out/secret.png",
    "alpha:{home}/secret.png",
    "alpha:secret.png",
    "alpha:runs/link.png",
    "sequence:{home}/private/%d.png",
    "sequence:private/%d.png",
    "vgg19={home}/secret.png",
    "vgg19={home}/runs/link.png#sha256=0",
    "{home}/runs/link.png,invert,feather=2%",
    "{home}/runs/link.png@0*2",
]


@pytest.mark.parametrize("text", ELSEWHERE)
def test_a_file_elsewhere_is_refused_wherever_it_is_named(shelf: Shelf, text: str):
    with pytest.raises(UsageError, match="not in the folder of runs"):
        shelf.check(text.format(home=Path.cwd()))


@pytest.mark.parametrize(
    "text",
    [
        "box:1/4,1/4,1/2,1/2,feather=8",
        "grabcut:10%,20%,50%,50%",
        "color:#3a7bd5~15,invert",
        "alpha:",
        "alpha:runs/mask.png",
        "runs/mask.png,invert",
        "{home}/runs/mask.png",
        "sample:coffee",
        "content",
        "relu4_1",
        "vgg19=auto",
        '{{"deep": 1}}',
    ],
)
def test_shapes_names_and_files_in_the_folders_pass(shelf: Shelf, text: str):
    shelf.check(text.format(home=Path.cwd()))


@pytest.fixture
def desk(shelf: Shelf) -> Any:
    gradio = pytest.importorskip("gradio")
    from stylekit_ui.catalogue import Installed
    from stylekit_ui.run_manager import Runs
    from stylekit_ui.stylize_tab import Desk

    installed = Installed(stylekit.Host().catalogue)
    with gradio.Blocks() as page:
        return Desk("picture", installed, Runs(1), shelf, [], page.load)


def wish(shelf: Shelf, settings: dict[str, Any] | None = None, region: str = "") -> list[Any]:
    """What the desk is given when Run is pressed, with an upload as the content."""
    from stylekit_ui.storage import Source

    upload = shelf.scratch / "me.png"
    upload.write_bytes(b"picture")
    content = Source(str(upload), 8, 8, upload, is_video=False)
    parts = [bool(region), None, False, 1, "feather", region]
    styles = [None] * 4 + [1] * 4 + [""] * 4 + ["linear"]
    return [content, "", "identity:identity", 8, settings or {}, *parts, *styles]


@pytest.mark.parametrize("region", ["private", "secret.png", "alpha:secret.png", "box:1,2,3,4\n/x"])
def test_a_region_in_words_is_no_file_elsewhere(shelf: Shelf, desk: Any, region: str):
    with pytest.raises(UsageError, match="not in the folder of runs"):
        desk._config(*wish(shelf, region=region))
    good = "box:1,2,3,4\nruns/mask.png"
    assert desk._config(*wish(shelf, region=good))["region"] == good.split("\n")


def test_no_setting_is_a_file_elsewhere(shelf: Shelf, desk: Any):
    for value in ("/etc/hostname", ["vgg19=secret.png"]):
        with pytest.raises(UsageError, match="not in the folder of runs"):
            desk._config(*wish(shelf, {"weights": value}))
    config = desk._config(*wish(shelf, {"weights": "vgg19=runs/mask.png", "seed": 3}))
    assert config["seed"] == 3
    assert Path(config["content"][0]).parent == shelf.folder / "inputs"


def test_an_earlier_run_of_a_file_elsewhere_shows_nothing_of_it(shelf: Shelf):
    def read() -> Any:
        return asyncio.run(shelf.read(str(Path("secret.png").resolve())))

    found: list[Any] = []
    # Playwright's loop allows no second one in this thread.
    thread = threading.Thread(target=lambda: found.append(read()))
    thread.start()
    thread.join()
    assert "not in the folder of runs" in found[0].message
    assert not list(shelf.scratch.glob("*.png"))


def test_pages_are_answered_while_an_upload_is_copied(shelf: Shelf, desk: Any):
    """The copy waits for a pipe that nobody writes into until the page has been answered."""
    values = wish(shelf)
    upload = Path(values[0].text)
    real, begun, answered = shelf.keep, threading.Event(), threading.Event()

    def slow(text: str) -> str:
        begun.set()
        assert answered.wait(20), "the loop that answers pages stands still"
        return real(text)

    shelf.keep = slow  # type: ignore[method-assign]

    async def both() -> None:
        request = type("Request", (), {"session_hash": "page"})()
        first = asyncio.ensure_future(anext(desk._work(request, *values)))
        while not begun.is_set():
            await asyncio.sleep(0.01)
        answered.set()
        await first

    thread = threading.Thread(target=lambda: asyncio.run(both()))
    thread.start()
    thread.join(60)
    assert answered.is_set()
    assert upload.exists()


def test_a_copy_that_was_cut_short_is_never_used(shelf: Shelf, monkeypatch: pytest.MonkeyPatch):
    upload = shelf.scratch / "clip.mp4"
    upload.write_bytes(os.urandom(100_000))
    kept = Path(shelf.keep(str(upload)))
    kept.write_bytes(upload.read_bytes()[:50_000])
    assert Path(shelf.keep(str(upload))).read_bytes() == upload.read_bytes()
    kept.unlink()

    def full(source: Path, target: Path) -> None:
        Path(target).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfile", full)
    with pytest.raises(InputError, match="No space left"):
        shelf.keep(str(upload))
    assert not list(kept.parent.iterdir())


def test_an_upload_that_was_forgotten_is_told(shelf: Shelf):
    with pytest.raises(InputError, match="was forgotten"):
        shelf.keep(str(shelf.scratch / "gone.png"))


def test_only_files_that_were_offered_are_served(shelf: Shelf):
    result = shelf.folder / "mask.png"
    assert not shelf.serves(str(result))
    shelf.offer(result)
    assert shelf.serves(str(result))
    shelf.offer(shelf.folder / "link.png")
    assert not shelf.serves(str(shelf.folder / "link.png"))
    result.unlink()
    result.symlink_to(Path.cwd() / "secret.png")
    assert not shelf.serves(str(result)), "it has become a link since"
    (shelf.scratch / "link.png").symlink_to(Path.cwd() / "secret.png")
    assert not shelf.serves(str(shelf.scratch / "link.png"))
    assert not shelf.serves(f"{shelf.scratch}/../home/secret.png")
    assert not shelf.serves("\0")


# -- what is forgotten -----------------------------------------------------------------------------


def put(scratch: Scratch, name: str, size: int, age: float) -> Path:
    """Make a file that takes no space, last used some time ago."""
    path = scratch.folder / name
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as file:
        file.truncate(size)
    os.utime(path, (time.time() - age,) * 2)
    return path


def test_scratch_is_bounded_and_what_was_used_lately_stays(shelf: Shelf):
    scratch = shelf.space
    old = put(scratch, "a/old.png", 10, 25 * HOUR)
    large = put(scratch, "b/large.mp4", MOST_BYTES - 100, 2 * HOUR)
    new = put(scratch, "c/new.png", 10, 0)
    assert scratch.has_room(50)
    assert not old.parent.exists()
    assert large.exists()
    scratch.use(large)
    assert not scratch.has_room(500)
    os.utime(large, (time.time() - 2 * HOUR,) * 2)
    assert scratch.has_room(500)
    assert not large.exists()
    assert new.exists()
    assert not scratch.has_room(MOST_BYTES)


def test_a_run_removes_what_is_older_than_a_day(shelf: Shelf):
    old = put(shelf.space, "me-before.jpg", 10, 25 * HOUR)
    shelf.target(["me.jpg"], ".png")
    assert not old.exists()


def test_scratch_has_so_many_files_and_no_more(shelf: Shelf):
    for number in range(MOST_FILES):
        put(shelf.space, f"{number}.png", 0, 0)
    assert not shelf.space.has_room(1)


SERVER = (
    "from stylekit_ui.scratch import Scratch\n"
    "scratch = Scratch()\nprint(scratch.folder, flush=True)\ninput()\n"
)


def test_what_a_killed_server_has_left_is_removed_and_a_living_ones_stays(tmp_path: Path):
    environment = {**os.environ, "TMPDIR": str(tmp_path), "TEMP": str(tmp_path)}

    def start() -> tuple[Any, Path]:
        process = subprocess.Popen(
            [sys.executable, "-c", SERVER], env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        return process, Path(process.stdout.readline().strip())

    (killed, left), (living, used) = start(), start()
    try:
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        for folder in (left, used):
            os.utime(folder, (time.time() - 2 * HOUR,) * 2)
        (tmp_path / "stylekit-ui-link").symlink_to(tmp_path)
        last, new = start()
        assert new.is_dir()
        assert used.is_dir()
        assert not left.exists()
        last.communicate("\n")
    finally:
        living.communicate("\n")


# -- the gallery -----------------------------------------------------------------------------------

RECORD: dict[str, Any] = {
    "artifact": {"file": "good.png"},
    "config": {"method": "m", "content": ["c"], "style": ["s"], "seed": 0},
    "size": [8, 8],
    "steps": 1,
    "seconds": {"all": 1.0},
    "losses": {},
    "weights": {},
    "interrupted": False,
}


def test_the_gallery_shows_what_has_a_image_newest_first(tmp_path: Path):
    pytest.importorskip("gradio")
    from stylekit_ui.gallery import past_runs

    for age, name in enumerate(("new", "old", "lost")):
        record = tmp_path / f"{name}.stylekit.json"
        facts = {**RECORD, "artifact": {"file": f"{name}.png"}}
        record.write_text(json.dumps(facts), encoding="utf-8")
        os.utime(record, (1000 - age, 1000 - age))
        if name != "lost":
            (tmp_path / f"{name}.png").touch()
    assert [past.image.name for past in past_runs(tmp_path)] == ["new.png", "old.png"]


def test_the_gallery_passes_over_what_is_no_record(tmp_path: Path):
    pytest.importorskip("gradio")
    from stylekit_ui.gallery import past_runs

    def put(name: str, text: str) -> None:
        (tmp_path / f"{name}.stylekit.json").write_text(text, encoding="utf-8")

    for image in ("good.png", "bad.png"):
        (tmp_path / image).touch()
    (tmp_path / "outside.png").symlink_to("/etc/hostname")
    put("good", json.dumps(RECORD))
    put("outside", json.dumps({**RECORD, "artifact": {"file": "outside.png"}}))
    bad = {**RECORD, "artifact": {"file": "bad.png"}}
    for key in RECORD:
        for number, value in enumerate((None, [], {}, 7, "x", [[]])):
            put(f"{key}-{number}", json.dumps({**bad, key: value}))
    put("deep", "[" * 100_000)
    put("huge", json.dumps(bad) + " " * 20_000_000)
    (tmp_path / "dangling.stylekit.json").symlink_to(tmp_path / "nowhere")
    (tmp_path / "folder.stylekit.json").mkdir()
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.stylekit.json")
    found = {past.image.name for past in past_runs(tmp_path)}
    assert "good.png" in found
    assert "outside.png" not in found
