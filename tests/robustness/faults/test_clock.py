"""A clock that is set back, between two parts of a run or during it, changes no result."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.helpers.scenarios import KINDS, Forks, broken, results, write_inputs

pytestmark = pytest.mark.slow

# Each call is an hour before the last one.
BACK = """
import time

import stylekit

STYLEKIT_API = 1

begun = time.time()
calls = 0

def back():
    global calls
    calls += 1
    return begun - 3600 * calls

time.time = back
time.time_ns = lambda: int(back() * 1e9)
"""


@pytest.fixture(scope="module")
def set_back(forks_with: Callable[[str, str], Forks]) -> Forks:
    return forks_with("back", BACK)


@pytest.mark.parametrize("name", KINDS)
def test_a_clock_set_back(name: str, forks: Forks, set_back: Forks, tmp_path: Path) -> None:
    kind = KINDS[name]
    for folder in ("whole", "stopped"):
        write_inputs(tmp_path / folder)
    code, seconds, err = forks.run(kind.words_in(tmp_path / "whole"), tmp_path / "whole")
    assert code == 0, err
    stopped = tmp_path / "stopped"
    forks.run(kind.words_in(stopped), stopped, after=seconds * 0.7)
    # All that is there is of a year to come.
    later = time.time() + 365 * 86400
    for path in stopped.rglob("*"):
        os.utime(path, (later, later))
    code, _, err = set_back.run(kind.words_in(stopped), stopped)
    assert code == 0, err
    assert results(stopped / "out", kind) == results(tmp_path / "whole/out", kind)
    assert broken(stopped / "out") == []
