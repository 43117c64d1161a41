"""A record or config file that is malformed, endless or no file is an input error, and quick."""

import json
import os
import socket

import pytest

from stylekit.errors import InputError
from stylekit_plugins.evaluation.retention.labels import read_meanings

GOOD = {"schema": 1, "config": {"method": "identity", "content": ["content.png"]}}
DEEP = 100_000

BAD = {
    "inputs a list": {**GOOD, "inputs": []},
    "inputs of numbers": {**GOOD, "inputs": {"content": [7]}},
    "input without source": {**GOOD, "inputs": {"content": [{"sha256": "0" * 64}]}},
    "source a number": {**GOOD, "inputs": {"content": [{"source": 7}]}},
    "digest no digest": {**GOOD, "inputs": {"content": [{"source": "a", "sha256": "0"}]}},
    "empty component": {**GOOD, "components": [{}]},
    "components a table": {**GOOD, "components": {}},
    "environment a list": {**GOOD, "environment": [1]},
    "weights a list": {**GOOD, "weights": ["x"]},
    "config a list": {**GOOD, "config": []},
    "no config": {"schema": 1},
    "schema of the future": {**GOOD, "schema": 99},
    "weights of the config a number": {**GOOD, "config": {**GOOD["config"], "weights": 7}},
    "method a table": {**GOOD, "config": {**GOOD["config"], "method": {}}},
    "prefer a list": {**GOOD, "config": {**GOOD["config"], "prefer": []}},
    "content of tables": {**GOOD, "config": {**GOOD["config"], "content": [{"a": 1}]}},
    "long name of weights": {**GOOD, "config": {**GOOD["config"], "weights": ["x" * 5000]}},
    "long file of weights": {**GOOD, "config": {**GOOD["config"], "weights": ["x" * 999 + ".pth"]}},
    "quality a list": {**GOOD, "config": {**GOOD["config"], "gatys:gatys": {"quality": [[]]}}},
    "nul in a name": {**GOOD, "config": {**GOOD["config"], "content": ["a\0b.png"]}},
}
TEXTS = {
    "deep.json": "[" * DEEP,
    "deep-config.json": '{"config": ' + '{"a":' * DEEP,
    "closed.json": "[" * 500 + "]" * 500,
    "list.json": "[]",
    "number.json": "7",
    "nan.json": '{"config": {}, "seconds": {"x": NaN}}',
    "digits.json": '{"schema": ' + "9" * 5000 + "}",
    "deep.toml": "a = " + "[" * DEEP,
    "deep-tables.toml": "a = " + "{a=" * DEEP,
    "dotted.toml": ".".join("a" * DEEP) + " = 1",
    "digits.toml": "size = " + "9" * 5000,
    "binary.toml": "\0\1\2",
    "large.toml": "# " + "x" * 5_000_000,
    "large.json": " " * 5_000_000 + "{}",
    "long-name.toml": "method = '" + "x" * 1_000_000 + "'",
    "long-key.toml": "x" * 1_000_000 + " = 1",
}


@pytest.mark.parametrize("name", BAD)
def test_malformed_records(stylekit, images, assert_refused, name):
    (images / "bad.stylekit.json").write_text(json.dumps(BAD[name]), encoding="utf-8")
    done = stylekit("run", "--config", "bad.stylekit.json", "--out", "x.png", timeout=20)
    assert_refused(done, 2)


@pytest.mark.parametrize("name", TEXTS)
def test_malformed_files(stylekit, images, assert_refused, name):
    (images / name).write_text(TEXTS[name], encoding="utf-8")
    done = stylekit("run", "--config", name, "--out", "x.png", timeout=20)
    assert_refused(done, 2)
    assert len(done.stderr) < 20_000


@pytest.mark.parametrize("suffix", ["toml", "stylekit.json"])
@pytest.mark.parametrize("kind", ["pipe", "folder", "device", "socket", "latin"])
def test_what_is_no_regular_file(stylekit, images, assert_refused, suffix, kind):
    path = images / f"x.{suffix}"
    listening = socket.socket(socket.AF_UNIX)
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "socket":
        os.chdir(images)
        listening.bind(path.name)
    else:
        path.write_bytes(b"method = '\xe9'")
    done = stylekit("run", "--config", path.name, "--content", "content.png", timeout=20)
    listening.close()
    assert_refused(done, 2, path.name)


@pytest.mark.parametrize("key", ["content", "style", "region"])
@pytest.mark.parametrize("device", ["/dev/zero", "pipe.png", "/dev/tty"])
def test_a_record_of_devices_is_not_read_for_ever(stylekit, images, key, device):
    os.mkfifo(images / "pipe.png")
    entry = {"source": device, "sha256": "0" * 64}
    config = {**GOOD["config"], key: [device]}
    record = {**GOOD, "config": config, "inputs": {key: [entry]}}
    (images / "x.stylekit.json").write_text(json.dumps(record), encoding="utf-8")
    done = stylekit("run", "--config", "x.stylekit.json", "--out", "x.png", timeout=20)
    assert done.returncode == 2, done.stderr
    assert "bug" not in done.stderr


@pytest.mark.parametrize("kind", ["deep", "pipe"])
def test_other_files_of_json(stylekit, images, assert_refused, kind):
    path = images / "x.json"
    if kind == "deep":
        path.write_text("[" * DEEP, encoding="utf-8")
    else:
        os.mkfifo(path)
    assert_refused(stylekit("bench", "--compare", path, path, timeout=20), 2, "x.json")
    with pytest.raises(InputError, match=r"x\.json"):
        read_meanings(path)
