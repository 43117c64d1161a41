"""Run records that are dropped on the page: settings and inputs, and what they must not do."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from stylekit_ui.record_files import missing_message, read_uploaded
from stylekit_ui.storage import Storage

import stylekit
from stylekit.errors import StylekitError, UsageError


@pytest.fixture
def storage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Storage]:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    storage = Storage([], tmp_path / "runs")
    storage.folder.mkdir()
    yield storage
    storage.close()


Read = Callable[..., Any]


@pytest.fixture
def read(storage: Storage) -> Read:
    """Upload a record with other files, and read it."""
    catalogue = stylekit.Host().catalogue

    def upload(
        config: Any, inputs: Any = None, *others: Path, name: str = "a.stylekit.json"
    ) -> Any:
        path = storage.scratch_folder / "upload" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps({"config": config, "inputs": inputs or {}}), encoding="utf-8")
        return read_uploaded([path, *others], catalogue, storage)

    return upload


def recorded(path: str, content: bytes) -> dict[str, str]:
    return {"source": path, "sha256": hashlib.sha256(content).hexdigest()}


CONFIG = {"method": "identity", "content": ["inputs/me.png"], "style": ["sample:waves*2"]}


def test_inputs_are_found_where_they_were(storage: Storage, read: Read):
    file = storage.folder / "inputs" / "me.png"
    file.parent.mkdir()
    file.write_bytes(b"me")
    record = read(CONFIG, {"content": [recorded("inputs/me.png", b"me")]})
    assert record.config["content"] == [str(file)]
    assert record.config["style"] == ["sample:waves*2"]
    assert not record.missing


def test_inputs_are_found_by_their_digest(storage: Storage, read: Read):
    inputs = {"content": [recorded("inputs/me.png", b"me")]}
    record = read(CONFIG, inputs)
    assert [each.name for each in record.missing] == ["me.png"]
    message, hint = missing_message(record)
    assert "the content me.png (SHA-256 " in message
    assert "Drop the missing files" in hint
    upload = storage.scratch_folder / "renamed.jpg"
    upload.write_bytes(b"another")
    assert read(CONFIG, inputs, upload).missing
    upload.write_bytes(b"me, indeed")
    inputs = {"content": [recorded("inputs/me.png", b"me, indeed")]}
    assert read(CONFIG, inputs, upload).config["content"] == [str(upload)]
    moved = storage.folder / "moved.png"
    shutil.copyfile(upload, moved)
    assert read(CONFIG, inputs).config["content"] == [str(moved)]


def test_a_changed_input_is_missing(storage: Storage, read: Read):
    file = storage.folder / "inputs" / "me.png"
    file.parent.mkdir()
    file.write_bytes(b"changed")
    assert read(CONFIG, {"content": [recorded("inputs/me.png", b"me")]}).missing


def test_no_file_elsewhere_is_opened(tmp_path: Path, read: Read):
    secret = tmp_path / "secret.png"
    secret.write_bytes(b"secret")
    for source in (str(secret), "../secret.png"):
        config = {**CONFIG, "content": [source]}
        for inputs in ({}, {"content": [recorded(source, b"secret")]}):
            assert [each.name for each in read(config, inputs).missing] == ["secret.png"]


@pytest.mark.parametrize(
    "forbidden",
    [{"out": "/tmp/x.png"}, {"overwrite": True}, {"executor": "ray"}, {"resume": True}],
)
def test_a_record_holds_nothing_that_only_the_user_may_say(read: Read, forbidden: dict[str, Any]):
    with pytest.raises(UsageError, match="for you to say") as error:
        read({**CONFIG, **forbidden})
    assert "a.stylekit.json sets" in error.value.message
    assert "/upload" not in error.value.message


def test_what_is_no_record_is_refused(storage: Storage, read: Read):
    with pytest.raises(StylekitError, match="is not a run record"):
        read([])
    with pytest.raises(UsageError, match="there is none"):
        read_uploaded([storage.scratch_folder / "me.png"], stylekit.Host().catalogue, storage)


def test_a_dropped_record_runs_again(server: Any, artist: Any, tmp_path: Path):
    photograph = tmp_path / "harbor.png"
    Image.linear_gradient("L").resize((80, 60)).convert("RGB").save(photograph)
    artist.set_up("arbitrary", content=photograph, style="mosaic")
    artist.run()
    artist.finished()
    result = server.images[0]
    record = tmp_path / "harbor.stylekit.json"
    shutil.copyfile(result.with_name(result.stem + ".stylekit.json"), record)
    # As if the results had been made on another machine.
    (copy,) = (server.folder / "inputs").glob("harbor-*.png")
    copy.unlink()
    page = artist.page
    page.reload()
    artist.unfold("Run a record again")
    field = page.locator("#image-record-file input[type=file]")
    field.set_input_files(record)
    message = page.locator("#image-record-status")
    message.get_by_text("harbor-").wait_for()
    assert "not in the results folder" in message.inner_text()
    page.locator("#image-style-1 img").wait_for()
    page.reload()
    artist.unfold("Run a record again")
    field.set_input_files([record, photograph])
    message.get_by_text("Press Run to run it again").wait_for()
    page.locator("#image-content img").wait_for()
    artist.run()
    assert artist.finished().startswith("Done")
    assert server.images[0] != result
    assert server.images[0].read_bytes() == result.read_bytes()
