"""Runs of every kind with too little memory: a clear error, and with more the same result.

A plugin limits the memory of the process to a little more than it has when plugins are loaded.

STYLEKIT_TRIALS says how many limits each kind gets (default 3).
"""

from __future__ import annotations

import os
import random
import re
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.helpers.scenarios import KINDS, Forks, broken, results, write_inputs

TRIALS = int(os.environ.get("STYLEKIT_TRIALS", "3"))

TIGHT = """
import os
import resource
from pathlib import Path

import stylekit

STYLEKIT_API = 1

if "ROOM_MB" in os.environ:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + int(os.environ["ROOM_MB"]) * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="no /proc here"),
]


@pytest.fixture(scope="module")
def tight(forks_with: Callable[[str, str], Forks]) -> Forks:
    return forks_with("tight", TIGHT)


# MiB that are sometimes too little. With less than 20, not even threads can be started, and
# Python itself breaks down.
LIMITS_MB = {"image": (80, 300), "video": (80, 300), "training": (40, 90), "evaluation": (24, 300)}


@pytest.mark.parametrize("name", KINDS)
def test_too_little_memory(name: str, tight: Forks, tmp_path: Path) -> None:
    kind = KINDS[name]
    write_inputs(tmp_path / "whole")
    code, _, err = tight.run(kind.words_in(tmp_path / "whole"), tmp_path / "whole")
    assert code == 0, err
    expected = results(tmp_path / "whole/out", kind)
    limits = random.Random(name)
    failed = 0
    for trial in range(TRIALS):
        folder = tmp_path / f"{trial}"
        write_inputs(folder)
        least, most = LIMITS_MB[name]
        room = {"ROOM_MB": str(limits.randrange(least, most) if trial else least)}
        code, _, err = tight.run(kind.words_in(folder), folder, more=room)
        # Decoders of videos have their own messages.
        short = re.search(r"memory|resource temporarily unavailable", err.lower())
        # Native code that does not look at what it gets dies: then it is as if it was killed.
        assert code in (0, 4, -signal.SIGSEGV, -signal.SIGABRT) or (code == 2 and short), (
            f"{room}: {err}"
        )
        # A part of a batch may fail alone, and the others continue.
        failed += code != 0 or "ran out of memory" in err
        if code == 4:
            # What can be known before is refused before.
            assert re.search(
                r"Error: (The device ran out of memory\.\nTry .*--size|.* GiB.* are free\.)", err
            )
        # What ran out is memory: nothing else is to blame.
        assert "damaged" not in err
        assert "does not hold" not in err
        assert broken(folder / "out") == []
        code, _, err = tight.run(kind.words_in(folder), folder)
        assert code == 0, err
        assert results(folder / "out", kind) == expected, room
    assert failed > 0
