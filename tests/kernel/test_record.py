"""Run records: their names, what is read of them, and what they must not replace."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from stylekit.errors import InputError
from stylekit.files.ownership import OwnFiles
from stylekit.records.record import (
    check_artifact,
    describe_plan,
    is_artifact,
    other_artifact,
    publish,
    read_record,
    record_path,
)

DETAILS: dict[str, Any] = {"schema": 1, "config": {"method": "paint"}, "steps": 3}


@pytest.fixture
def own() -> OwnFiles:
    return OwnFiles(lambda path: True)


def write(path: Path, own: OwnFiles, content: bytes = b"pixels") -> None:
    with own.draft(path) as draft:
        draft.path.write_bytes(content)
        publish(draft, path, dict(DETAILS), own)


def test_a_record_lies_beside_its_artifact(tmp_path):
    assert record_path(tmp_path / "night.png") == tmp_path / "night.stylekit.json"


def test_an_artifact_and_its_record_appear_together(tmp_path, own):
    path = tmp_path / "night.png"
    write(path, own)
    assert sorted(tmp_path.iterdir()) == [path, record_path(path)]
    record = read_record(record_path(path))
    assert record.artifact is not None
    assert record.artifact.file == "night.png"
    assert record.artifact.sha256 == hashlib.sha256(b"pixels").hexdigest()
    assert (record.steps, record.config) == (3, {"method": "paint"})


def test_a_changed_file_is_no_artifact(tmp_path, own):
    path = tmp_path / "night.png"
    assert not is_artifact(path)
    write(path, own)
    assert is_artifact(path)
    path.write_bytes(b"others")
    assert not is_artifact(path)


def test_a_record_of_another_artifact_is_not_replaced(tmp_path, own):
    write(tmp_path / "night.png", own)
    assert other_artifact(tmp_path / "night.jpg") == tmp_path / "night.png"
    assert other_artifact(tmp_path / "night.png") is None
    with pytest.raises(InputError, match="its record would replace"):
        check_artifact(tmp_path / "night.jpg", overwrite=True)
    check_artifact(tmp_path / "night.png", overwrite=True)
    with pytest.raises(InputError, match="exists already"):
        check_artifact(tmp_path / "night.png", overwrite=False)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({}, "config"),
        ({"schema": 2, "config": {}}, "version 2"),
        ({"schema": 1, "config": []}, "config"),
        ({"schema": 1, "config": {}, "losses": {"total": "low"}}, "losses"),
    ],
)
def test_what_is_no_record_is_refused(tmp_path, content, message):
    path = tmp_path / "a.stylekit.json"
    path.write_text(json.dumps(content))
    with pytest.raises(InputError, match=message):
        read_record(path)


def test_unknown_keys_of_a_record_are_left_out(tmp_path):
    path = tmp_path / "a.stylekit.json"
    path.write_text(json.dumps({**DETAILS, "later": 1}))
    assert not hasattr(read_record(path), "later")


def test_a_record_names_components_with_their_versions(plan):
    described = describe_plan(plan({"method": "compare"}), {}, "cpu")
    assert [entry["id"] for entry in described["components"]] == [
        "world:compare",
        "world:tiny",
        "world:tiny-style",
    ]
    assert all(entry["version"] == 1 for entry in described["components"])
    assert described["environment"]["python"]
    json.dumps(described)
