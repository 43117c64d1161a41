"""Runs of every kind on a disk that fills up: a clear error, and with more space the same result.

The disk is a file system in memory, in a mount namespace of its own: no privileges are needed.

STYLEKIT_TRIALS says how many sizes of disk each kind gets (default 3).
"""

from __future__ import annotations

import os
import random
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.helpers.scenarios import KINDS, Forks, apart, broken, needs_apart, results, write_inputs

TRIALS = int(os.environ.get("STYLEKIT_TRIALS", "3"))

pytestmark = [needs_apart, pytest.mark.slow]


class Disk:
    """A small file system that only `forks` see."""

    def __init__(self, forks: Forks, folder: Path) -> None:
        self.folder = folder
        self._process = forks.server.process.pid
        # Where this process finds it.
        self.seen = Path(f"/proc/{self._process}/root{folder}")

    def _mount(self, *words: str) -> None:
        inside = ["nsenter", f"--target={self._process}", "--user", "--mount"]
        command = [*inside, "--preserve-credentials", "mount", *words, str(self.folder)]
        subprocess.run(command, check=True, capture_output=True)

    def start(self, size: int) -> None:
        self._mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs")

    def grow(self, size: int) -> None:
        self._mount("-o", f"remount,size={size}")


@pytest.fixture(scope="module")
def confined(installed: list[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    started = Forks(tmp_path_factory.mktemp("apart"), installed, apart())
    yield started
    started.server.stop()


@pytest.fixture
def disk(confined: Forks, tmp_path: Path) -> Callable[[int], Disk]:
    def make(size: int) -> Disk:
        folder = tmp_path / f"{len(list(tmp_path.iterdir()))}" / "out"
        write_inputs(folder.parent)
        made = Disk(confined, folder)
        made.start(size)
        return made

    return make


def used(folder: Path) -> int:
    """Return the bytes that files take on a file system of pages."""
    return sum(-(-path.stat().st_size // 4096) * 4096 for path in folder.rglob("*"))


SELDOM = ("--set", "checkpoint_seconds=60")
"""The networks, and not the first state, are what there is no room for."""


@pytest.mark.parametrize(
    ("name", "more"), [*((name, ()) for name in KINDS), ("training", SELDOM)], ids=str
)
def test_a_disk_that_fills_up(
    name: str,
    more: tuple[str, ...],
    confined: Forks,
    disk: Callable[[int], Disk],
    tmp_path: Path,
) -> None:
    kind = KINDS[name]
    write_inputs(tmp_path / "whole")
    code, _, err = confined.run(kind.words_in(tmp_path / "whole"), tmp_path / "whole")
    assert code == 0, err
    expected = results(tmp_path / "whole/out", kind)
    needed = used(tmp_path / "whole/out")
    sizes = random.Random(name)
    full = 0
    for trial in range(TRIALS):
        small = disk(sizes.randrange(8192, needed, 4096) if trial else 8192)
        words = [*kind.words_in(small.folder.parent), *more]
        code, _, err = confined.run(words, small.folder.parent)
        if code:
            full += 1
            assert code == 2, err
            assert "no space left on device" in err.lower()
            assert re.search(r"/\.\w", err) is None, f"a temporary name in: {err}"
        assert broken(small.seen) == []
        small.grow(64 * needed)
        if kind.state and (small.seen / kind.state).exists():
            words[words.index("--overwrite")] = "--resume"
        code, _, err = confined.run(words, small.folder.parent)
        assert code == 0, err
        assert results(small.seen, kind) == expected
        assert broken(small.seen) == []
    assert full > 0
