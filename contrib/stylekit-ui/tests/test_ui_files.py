"""The files that the page opens, stores and removes."""

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
from stylekit_ui.scratch import HOUR, MAX_BYTES, MAX_FILES, Scratch
from stylekit_ui.storage import Storage

import stylekit
from stylekit.errors import InputError, UsageError


@pytest.fixture
def storage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Storage]:
    """A storage whose user works in a folder with private files."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    home = tmp_path / "home"
    home.mkdir()
    (home / "secret.png").write_bytes(b"mine")
    (home / "private").mkdir()
    (home / "private" / "secret.png").write_bytes(b"mine")
    monkeypatch.chdir(home)
    storage = Storage([], home / "runs")
    storage.folder.mkdir()
    (storage.folder / "mask.png").write_bytes(b"mask")
    (storage.folder / "link.png").symlink_to(home / "secret.png")
    (storage.folder / "way-out").symlink_to(home / "private")
    yield storage
    storage.close()


OUTSIDE = [
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


@pytest.mark.parametrize("text", OUTSIDE)
def test_a_file_outside_is_refused_in_any_notation(storage: Storage, text: str):
    with pytest.raises(UsageError, match="outside the results folder"):
        storage.check(text.format(home=Path.cwd()))


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
def test_shapes_names_and_files_in_the_folders_pass(storage: Storage, text: str):
    storage.check(text.format(home=Path.cwd()))


@pytest.fixture
def stylize_tab(storage: Storage) -> Any:
    gradio = pytest.importorskip("gradio")
    from stylekit_ui.catalogue import FormCatalogue
    from stylekit_ui.run_manager import RunManager
    from stylekit_ui.samples import Thumbnails
    from stylekit_ui.stylize_tab import StylizeTab

    catalogue = FormCatalogue(stylekit.Host().catalogue)
    thumbnails = Thumbnails(catalogue.samples(), storage, [])
    with gradio.Blocks() as page:
        return StylizeTab("image", catalogue, RunManager(1), storage, thumbnails, [], page.load)


def form_values(
    storage: Storage, settings: dict[str, Any] | None = None, region: str = "", style: str = ""
) -> tuple[Any, list[Any]]:
    """Return an upload as the content, and the other values of the form."""
    from stylekit_ui.edits import held
    from stylekit_ui.storage import Source

    upload = storage.scratch_folder / "me.png"
    upload.write_bytes(b"image")
    content = Source(str(upload), 8, 8, upload, is_video=False)
    region_values = [bool(region), None, False, 1, "feather", region]
    styles = [style, *[""] * 3] + [1] * 4 + [""] * 4 + ["linear"]
    return content, ["", "identity:identity", 8, held(settings or {}), *region_values, *styles]


@pytest.mark.parametrize("region", ["private", "secret.png", "alpha:secret.png", "box:1,2,3,4\n/x"])
def test_a_region_as_text_cannot_be_a_file_outside(storage: Storage, stylize_tab: Any, region: str):
    with pytest.raises(UsageError, match="outside the results folder"):
        stylize_tab.inputs.config(*form_values(storage, region=region))
    good = "box:1,2,3,4\nruns/mask.png"
    assert stylize_tab.inputs.config(*form_values(storage, region=good))["region"] == good.split(
        "\n"
    )


def test_no_setting_can_be_a_file_outside(storage: Storage, stylize_tab: Any):
    for value in ("/etc/hostname", ["vgg19=secret.png"]):
        with pytest.raises(UsageError, match="outside the results folder"):
            stylize_tab.inputs.config(*form_values(storage, {"weights": value}))
    config = stylize_tab.inputs.config(
        *form_values(storage, {"weights": "vgg19=runs/mask.png", "seed": 3})
    )
    assert config["seed"] == 3
    assert Path(config["content"][0]).parent == storage.folder / "inputs"


def test_no_style_can_be_a_file_outside(storage: Storage, stylize_tab: Any):
    def config(style: str) -> Any:
        content, values = form_values(storage, style=style)
        values[1] = "arbitrary:arbitrary"
        return stylize_tab.inputs.config(content, values)

    with pytest.raises(UsageError, match="outside the results folder"):
        config("/etc/hostname")
    assert config("sample:waves")["style"] == ["sample:waves"]


def test_a_record_that_names_a_file_outside_shows_nothing_of_it(storage: Storage):
    def read() -> Any:
        return asyncio.run(storage.read(str(Path("secret.png").resolve())))

    results: list[Any] = []
    # Playwright's event loop allows no second one in this thread.
    thread = threading.Thread(target=lambda: results.append(read()))
    thread.start()
    thread.join()
    assert "outside the results folder" in results[0].message
    assert not list(storage.scratch_folder.glob("*.png"))


def test_pages_are_answered_while_an_upload_is_copied(storage: Storage, stylize_tab: Any):
    """The copy waits until the event loop has answered."""
    content, values = form_values(storage)
    upload = Path(content.text)
    original, begun, answered = storage.store, threading.Event(), threading.Event()

    def slow(text: str) -> str:
        begun.set()
        assert answered.wait(20), "the event loop is blocked"
        return original(text)

    storage.store = slow  # type: ignore[method-assign]

    async def known(text: str) -> Any:
        assert text == content.text
        return content

    storage.known = known  # type: ignore[method-assign]

    async def both() -> None:
        request = type("Request", (), {"session_hash": "page"})()
        steps = stylize_tab._stylize(request, 1, None, content.text, *values)
        first = asyncio.ensure_future(anext(steps))
        while not begun.is_set():
            await asyncio.sleep(0.01)
        answered.set()
        await first

    thread = threading.Thread(target=lambda: asyncio.run(both()))
    thread.start()
    thread.join(60)
    assert answered.is_set()
    assert upload.exists()


def test_a_truncated_copy_is_never_used(storage: Storage, monkeypatch: pytest.MonkeyPatch):
    upload = storage.scratch_folder / "clip.mp4"
    upload.write_bytes(os.urandom(100_000))
    copy = Path(storage.store(str(upload)))
    copy.write_bytes(upload.read_bytes()[:50_000])
    assert Path(storage.store(str(upload))).read_bytes() == upload.read_bytes()
    copy.unlink()

    def full(source: Path, target: Path) -> None:
        Path(target).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfile", full)
    with pytest.raises(InputError, match="No space left"):
        storage.store(str(upload))
    assert not list(copy.parent.iterdir())


def test_a_removed_upload_is_an_error(storage: Storage):
    with pytest.raises(InputError, match="has been removed"):
        storage.store(str(storage.scratch_folder / "gone.png"))


def test_only_published_files_are_served(storage: Storage):
    result = storage.folder / "mask.png"
    assert not storage.may_serve(str(result))
    storage.publish(result)
    assert storage.may_serve(str(result))
    storage.publish(storage.folder / "link.png")
    assert not storage.may_serve(str(storage.folder / "link.png"))
    result.unlink()
    result.symlink_to(Path.cwd() / "secret.png")
    assert not storage.may_serve(str(result)), "it is a link now"
    (storage.scratch_folder / "link.png").symlink_to(Path.cwd() / "secret.png")
    assert not storage.may_serve(str(storage.scratch_folder / "link.png"))
    assert not storage.may_serve(f"{storage.scratch_folder}/../home/secret.png")
    assert not storage.may_serve("\0")


# -- temporary files ------------------------------------------------------------------------------


def create(scratch: Scratch, name: str, size: int, age: float) -> Path:
    """Create a sparse file that was last used `age` seconds ago."""
    path = scratch.folder / name
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as file:
        file.truncate(size)
    os.utime(path, (time.time() - age,) * 2)
    return path


def test_scratch_is_limited_and_recent_files_stay(storage: Storage):
    scratch = storage.scratch
    old = create(scratch, "a/old.png", 10, 25 * HOUR)
    large = create(scratch, "b/large.mp4", MAX_BYTES - 100, 2 * HOUR)
    new = create(scratch, "c/new.png", 10, 0)
    assert scratch.has_room(50)
    assert not old.parent.exists()
    assert large.exists()
    scratch.touch(large)
    assert not scratch.has_room(500)
    os.utime(large, (time.time() - 2 * HOUR,) * 2)
    assert scratch.has_room(500)
    assert not large.exists()
    assert new.exists()
    assert not scratch.has_room(MAX_BYTES)


def test_a_run_removes_files_older_than_a_day(storage: Storage):
    old = create(storage.scratch, "me-before.jpg", 10, 25 * HOUR)
    storage.new_output_path(["me.jpg"], ".png")
    assert not old.exists()


def test_scratch_limits_the_number_of_files(storage: Storage):
    for number in range(MAX_FILES):
        create(storage.scratch, f"{number}.png", 0, 0)
    assert not storage.scratch.has_room(1)


SERVER = (
    "from stylekit_ui.scratch import Scratch\n"
    "scratch = Scratch()\nprint(scratch.folder, flush=True)\ninput()\n"
)


def test_folders_of_killed_servers_are_removed_and_others_stay(tmp_path: Path):
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


def test_the_gallery_shows_existing_results_newest_first(tmp_path: Path):
    pytest.importorskip("gradio")
    from stylekit_ui.gallery import gallery_items

    for age, name in enumerate(("new", "old", "lost")):
        record = tmp_path / f"{name}.stylekit.json"
        facts = {**RECORD, "artifact": {"file": f"{name}.png"}}
        record.write_text(json.dumps(facts), encoding="utf-8")
        os.utime(record, (1000 - age, 1000 - age))
        if name != "lost":
            (tmp_path / f"{name}.png").touch()
    assert [item.image.name for item in gallery_items(tmp_path)] == ["new.png", "old.png"]


def test_the_gallery_skips_invalid_records(tmp_path: Path):
    pytest.importorskip("gradio")
    from stylekit_ui.gallery import gallery_items

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
    names = {item.image.name for item in gallery_items(tmp_path)}
    assert "good.png" in names
    assert "outside.png" not in names
