"""The command in a process of its own, with a cluster of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

COMMAND = (sys.executable, "-m", "stylekit.cli.main", "run", "--executor", "ray")
SMALL = ("--size", "64", "--device", "cpu", "--offline", "--set", "ray.workers=2")
GATYS = ("--method", "gatys", "--backbone", "vgg19", "--style", "sample:waves")
BOTH = ("--content", "sample:coffee", "--content", "sample:rocket", "--out", "out/")


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    """No process of Ray's that was not there before."""
    before = _of_ray()
    yield
    _, alive = psutil.wait_procs(_of_ray() - before, timeout=20)
    assert not alive


def _of_ray() -> set[psutil.Process]:
    found = set()
    for each in psutil.process_iter(["cmdline"]):
        words = " ".join(each.info["cmdline"] or ())
        if "raylet" in words or "gcs_server" in words or words.startswith("ray::"):
            found.add(each)
    return found


def environment() -> dict[str, str]:
    return {**os.environ, "OMP_NUM_THREADS": "1"}


def call(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *SMALL, *words], cwd=folder, env=environment(), text=True, timeout=180,
        capture_output=True, check=False,
    )  # fmt: skip


def test_stdout_has_the_files_and_stderr_no_noise(tmp_path: Path):
    done = call(tmp_path, "--method", "identity", *BOTH, "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["artifacts"] == ["out/coffee.png", "out/rocket.png"]
    assert "Traceback" not in done.stderr
    assert "WARNING" not in done.stderr
    assert "INFO" not in done.stderr
    # One picture after the other, each with its number.
    progress = [line for line in done.stderr.splitlines() if "/2)" in line]
    assert [("(1/2)" in line, "(2/2)" in line) for line in progress] in (
        [(True, False), (False, True)],
        [(True, False)] * 2 + [(False, True)] * 2,
    ), done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_what_is_being_made_is_kept_when_it_is_stopped(tmp_path: Path, number: int):
    """Ctrl-C reaches every process of the terminal; a scheduler's TERM only the first;
    so does the HUP of a connection that is lost."""
    process = subprocess.Popen(
        [*COMMAND, *SMALL, *GATYS, *BOTH, "--steps", "9000", "--set", "progress.interval=0"],
        cwd=tmp_path, env=environment(), text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    watchdog = threading.Timer(150, process.kill)
    watchdog.start()
    try:
        assert process.stderr is not None
        lines, steps = [], 0
        for line in process.stderr:
            lines.append(line)
            steps += "step " in line
            if steps == 4:
                break
        (os.killpg if number == signal.SIGINT else os.kill)(process.pid, number)
        out, rest = process.communicate()
    finally:
        watchdog.cancel()
    said = "".join(lines) + rest
    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert out.splitlines() == ["out/coffee-waves.png", "out/rocket-waves.png"], said
    for name in ("coffee", "rocket"):
        record = json.loads((tmp_path / f"out/{name}-waves.stylekit.json").read_text())
        assert record["interrupted"] is True
        assert 0 < record["steps"] < 9000


def test_a_cluster_that_is_not_there_is_an_error_for_people(tmp_path: Path):
    done = call(tmp_path, "--method", "identity", *BOTH, "--set", "ray.address=127.0.0.1:9")
    assert done.returncode == 2
    assert "127.0.0.1:9" in done.stderr
    assert "Traceback" not in done.stderr
