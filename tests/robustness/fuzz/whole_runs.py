"""Whole runs from hostile configs and records: nothing happens that the user did not request.

    nice -n 10 python -m tests.robustness.fuzz.whole_runs --count 200000 --seconds 3600

Each number is one file; `--first N --count 1` does that one again. What a run may do is to read,
and to write into the folder that `--out` names.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import io
import os
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.helpers.audit_guard import only_reading
from tests.robustness.fuzz.hostile_configs import hostile, tiny

from stylekit import Host
from stylekit.cli.commands import Commands
from stylekit.cli.console import Console
from stylekit.cli.main import make_parser
from stylekit.errors import StylekitError, to_user_error
from stylekit.registry.catalogue import Component
from stylekit.specs import SPEC_TYPES, ComponentSpec

MEMORY_MB = 64


@functools.cache
def host() -> Host:
    return Host(builtins_only=True)


@functools.cache
def components() -> tuple[Component[ComponentSpec], ...]:
    """Every component that can have a table; those of what has effects more often."""
    found = [
        component
        for kind in SPEC_TYPES.values()
        if issubclass(kind, ComponentSpec)
        for component in host().catalogue.all(kind)
        if component.spec.params or component.spec.kind == "executor"
    ]
    often = [c for c in found if c.spec.kind in ("observer", "executor", "media", "region")]
    return (*found, *often, *often)


@functools.cache
def parsed(*words: str) -> argparse.Namespace:
    return make_parser(Commands(host().registry.records), "run").parse_args(words)


class Place:
    """A folder with pictures and a gift from someone else, and one for results."""

    def __init__(self, root: Path) -> None:
        self.gift, self.results = root / "gift", root / "results"
        (self.gift / "photos").mkdir(parents=True)
        (self.gift / "frames").mkdir()
        (root / "victim.txt").write_text("precious", encoding="utf-8")
        for name in ("tiny.png", "photos/a.png", "photos/b.png", "frames/1.png", "frames/2.png"):
            tiny().save(self.gift / name)
        tiny().convert("L").save(self.gift / "mask.png")
        tiny().save(self.gift / "moving.gif", save_all=True, append_images=[tiny().rotate(180)])
        if hasattr(os, "mkfifo"):
            os.mkfifo(self.gift / "pipe.png")
        self._before = self._state(root)
        self._root = root
        # What is imported the first time may look for libraries, with processes.
        with _at(self.gift):
            words = ["--content", "moving.gif", "--region", "box:0,0,4,4", "--blend", "poisson"]
            out = ["--method", "identity", "--out", str(self.results / "x.gif")]
            assert _outcome("run", *words, *out) == "done"
        shutil.rmtree(self.results)

    def run(self, number: int) -> str:
        """Do the run of a number; return how it ended.

        Raises:
            AssertionError: it did something else than read and write its result, or it was a bug.
        """
        file = hostile(number, components())
        path = self.gift / file.name
        path.write_bytes(file.data)
        self.results.mkdir()
        # Without --out, results go into the working folder, unless a config could say where.
        out = ("--out", f"{self.results}/") if number % 2 else ()
        words = ("run", "--config", str(path), "--device", "cpu", "--offline", *out)
        try:
            with _at(self.results), only_reading(self.results):
                outcome = _outcome(*words, "--set", f"memory_mb={MEMORY_MB}")
        except Exception as error:
            shown = file.data[:3000].decode("utf-8", "backslashreplace")
            raise AssertionError(f"number {number}, {file.name}: {error}\n{shown}") from error
        finally:
            path.unlink(missing_ok=True)
            shutil.rmtree(self.results, ignore_errors=True)
        assert self._state(self._root) == self._before, f"number {number} changed what it was given"
        return outcome

    def _state(self, root: Path) -> list[tuple[str, int, int]]:
        return sorted(
            (entry.path, entry.stat().st_size, entry.stat().st_mtime_ns)
            for folder in (root, self.gift)
            for entry in os.scandir(folder)
            if entry.is_file()
        )


@contextlib.contextmanager
def _at(folder: Path) -> Iterator[None]:
    with contextlib.chdir(folder), contextlib.redirect_stderr(io.StringIO()):
        yield


def _outcome(*words: str) -> str:
    """Do what `stylekit` does with these words; return how it ended."""
    arguments = argparse.Namespace(**vars(parsed(*words)))
    console = Console(quiet=True, out=io.StringIO())
    try:
        arguments.run(arguments, host(), console)
    except Exception as error:
        seen = to_user_error(error)
        if type(seen) is StylekitError:
            raise
        return type(seen).__name__
    return "done"


@contextlib.contextmanager
def place() -> Iterator[Place]:
    """Give a place in memory, if there is such a file system: disks are slow to sync."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Place(Path(os.path.realpath(folder)))


def main() -> int:
    """Do runs, and report the first number that did what it must not."""
    options = argparse.ArgumentParser(
        prog="python -m tests.robustness.fuzz.whole_runs", description=__doc__
    )
    options.add_argument("--count", type=int, default=200_000)
    options.add_argument("--seconds", type=float, default=3600)
    options.add_argument("--first", type=int, default=0)
    chosen = options.parse_args()
    begun, outcomes, bad = time.monotonic(), Counter[str](), 0
    with place() as here:
        for number in range(chosen.first, chosen.first + chosen.count):
            try:
                outcomes[here.run(number)] += 1
            except AssertionError:
                bad += 1
                traceback.print_exc()
                if bad >= 10:
                    break
            if time.monotonic() - begun > chosen.seconds:
                break
            if number % 1000 == 999:
                _report(outcomes, time.monotonic() - begun)
    _report(outcomes, time.monotonic() - begun)
    return 1 if bad else 0


def _report(outcomes: Counter[str], seconds: float) -> None:
    rate = outcomes.total() / seconds
    print(
        f"{outcomes.total()} runs in {seconds:.0f} s ({rate:.0f}/s): {dict(outcomes)}", flush=True
    )


if __name__ == "__main__":
    sys.exit(main())
