"""The measured speeds in the cache: kept by size, safe against damage and several writers."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from stylekit.machine.interpreter import python
from stylekit_plugins.execution.estimates.estimate import duration
from stylekit_plugins.execution.estimates.speeds import Speed, nearest, read_speeds, remember

SPEED = Speed(
    pixels=10_000,
    steps=10,
    step_pixels=100_000,
    step_seconds=2,
    finish_seconds=0.1,
    start_seconds=0.5,
)


def test_a_speed_is_read_back(tmp_path: Path) -> None:
    remember(tmp_path / "new" / "a.json", SPEED)
    assert read_speeds(tmp_path / "new" / "a.json") == [SPEED]


def test_a_new_speed_replaces_that_of_the_same_size(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    larger = replace(SPEED, pixels=80_000)
    again = replace(SPEED, step_seconds=3)
    for speed in (SPEED, larger, again):
        remember(path, speed)
    assert read_speeds(path) == [larger, again]


def test_only_a_few_are_kept(tmp_path: Path) -> None:
    for power in range(20):
        remember(tmp_path / "a.json", replace(SPEED, pixels=2.0**power))
    assert [speed.pixels for speed in read_speeds(tmp_path / "a.json")][-1] == 2.0**19
    assert len(read_speeds(tmp_path / "a.json")) == 8


DAMAGED = [
    "",
    "[]",
    "null",
    '{"version": 1}',
    '{"version": 1, "speeds": 5}',
    '{"version": 1, "speeds": [5]}',
    '{"version": 1, "speeds": [{}]}',
    '{"version": 2, "speeds": []}',
    '{"version": 1, "speeds": "' + "x" * 100_000 + '"}',
    "[" * 50_000,
    "\0\xff",
]


@pytest.mark.parametrize("text", DAMAGED, ids=lambda text: text[:20])
def test_a_damaged_file_is_ignored_and_replaced(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text, encoding="latin-1")
    assert read_speeds(path) == []
    remember(path, SPEED)
    assert read_speeds(path) == [SPEED]


@pytest.mark.parametrize("value", [-1, 1e300, "NaN", "much", None, []])
@pytest.mark.parametrize("field", ["pixels", "step_seconds", "start_seconds"])
def test_an_impossible_number_is_ignored(tmp_path: Path, field: str, value: object) -> None:
    path = tmp_path / "a.json"
    remember(path, SPEED)
    content = json.loads(path.read_text(encoding="utf-8"))
    content["speeds"][0][field] = value
    path.write_text(json.dumps(content), encoding="utf-8")
    assert read_speeds(path) == []


def test_a_folder_that_cannot_be_written_to_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    remember(tmp_path / "file" / "a.json", SPEED)
    (tmp_path / "a.json").mkdir()
    remember(tmp_path / "a.json", SPEED)
    assert read_speeds(tmp_path / "a.json") == []


def test_runs_at_the_same_time_do_not_mix(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib; from stylekit_plugins.execution.estimates.speeds import *\n"
        "path = pathlib.Path(sys.argv[1]); n = float(sys.argv[2])\n"
        "for k in range(50): remember(path, Speed(n * 2**(k % 9), n, n, n, n, n))\n"
    )
    path = tmp_path / "a.json"
    writers = [
        subprocess.Popen(
            python("-c", code, str(path), str(n)), env={"PYTHONPATH": ":".join(sys.path)}
        )
        for n in (1, 3)
    ]
    while any(writer.poll() is None for writer in writers):
        if path.exists():
            assert json.loads(path.read_text(encoding="utf-8"))["version"] == 1
    assert [writer.returncode for writer in writers] == [0, 0]
    assert read_speeds(path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.json"]


def test_the_nearest_size_counts() -> None:
    sizes = [replace(SPEED, pixels=pixels) for pixels in (1_000, 10_000, 1_000_000)]
    assert nearest(sizes, 20_000) == sizes[1]
    assert nearest(sizes, 900_000) == sizes[2]
    assert nearest([], 900_000) is None
    # Much smaller images say little.
    assert nearest(sizes[:1], 900_000) is None


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.1, "1 s"),
        (8.4, "8 s"),
        (52, "50 s"),
        (94, "90 s"),
        (100, "2 min"),
        (5_000, "83 min"),
        (6_000, "1.7 h"),
        (360_000, "100 h"),
    ],
)
def test_durations_are_rounded(seconds: float, text: str) -> None:
    assert duration(seconds) == text
