"""Threads that compute parts: errors, modes, and torch's own settings."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from threading import Thread, get_ident

import pytest
import torch

from stylekit_plugins.networks.worker_threads import for_each


@pytest.fixture(autouse=True)
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def test_every_part_is_computed_once_without_dividing_operations():
    seen: list[tuple[int, int]] = []

    def work(thread: int, parts: Sequence[int]) -> None:
        assert torch.get_num_threads() == 1
        assert get_ident() != main
        seen.extend((thread, part) for part in parts)

    main = get_ident()
    for_each(range(5), work)
    assert sorted(seen) == [(0, 0), (0, 2), (0, 4), (1, 1), (1, 3)]
    assert torch.get_num_threads() == 2


def test_new_threads_keep_torchs_default():
    for_each(range(2), lambda thread, parts: None)
    counts: list[int] = []
    other = Thread(target=lambda: counts.append(torch.get_num_threads()))
    other.start()
    other.join()
    assert counts == [2]


def test_a_single_part_is_computed_in_this_thread():
    threads: list[int] = []
    for_each(["a"], lambda thread, parts: threads.append(get_ident()))
    assert threads == [get_ident()]


def test_an_error_is_raised_and_the_threads_live_on():
    def fail(thread: int, parts: Sequence[int]) -> None:
        raise ZeroDivisionError(f"part {parts[0]}")

    with pytest.raises(ZeroDivisionError, match="part"):
        for_each(range(2), fail)
    done: list[int] = []
    for_each(range(2), lambda thread, parts: done.extend(parts))
    assert sorted(done) == [0, 1]


AT_EXIT = """
import atexit, torch
from stylekit_plugins.networks.worker_threads import for_each
torch.set_num_threads(2)
for_each(range(2), lambda thread, parts: None)
show = lambda thread, parts: print(f"part {parts[0]}\\n", end="", flush=True)
atexit.register(lambda: for_each(range(2), show))
"""

FORKED = """
import os, torch
from stylekit_plugins.networks.worker_threads import for_each
torch.set_num_threads(2)
for_each(range(2), lambda thread, parts: None)
child = os.fork()
for_each(range(2), lambda thread, parts: print(f"part {parts[0]}\\n", end="", flush=True))
if child == 0:
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
"""


@pytest.mark.parametrize(
    ("script", "lines"),
    [
        (AT_EXIT, 2),
        pytest.param(
            FORKED, 4, marks=pytest.mark.skipif(sys.platform == "win32", reason="needs fork")
        ),
    ],
    ids=["exit", "fork"],
)
def test_threads_work_at_the_exit_and_after_a_fork(script: str, lines: int) -> None:
    output = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert sorted(output.stdout.splitlines()) == sorted(["part 0", "part 1"] * (lines // 2))
