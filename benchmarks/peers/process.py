"""Run a command, with the time of its output and its peak memory."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Finished:
    """A command that succeeded.

    Attributes:
        started: seconds since the epoch, like the times of files.
        began: time of the line that its loop begins, or of its start.
        ended: time of its end.
        peak_mb: its largest resident memory in MiB.
    """

    started: float
    began: float
    ended: float
    peak_mb: float

    @property
    def whole(self) -> float:
        """Seconds of the command."""
        return self.ended - self.started


class FailedError(Exception):
    """A command failed."""


def run(
    command: Sequence[str],
    log: Path,
    environment: Mapping[str, str],
    folder: Path,
    begins: str | None = None,
) -> Finished:
    """Run a command to its end.

    Args:
        log: file for its output.
        environment: variables in addition to this process's.
        folder: working directory.
        begins: start of the line that it prints when its loop begins.

    Raises:
        FailedError: the command failed.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    variables = {**os.environ, "PYTHONUNBUFFERED": "1", **environment}
    started = time.time()
    began = None
    with log.open("w", encoding="utf-8") as target:
        print("$", *command, file=target, flush=True)
        process = subprocess.Popen(
            list(command),
            cwd=folder,
            env=variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert process.stdout is not None
        try:
            for line in process.stdout:
                if began is None and begins is not None and line.startswith(begins):
                    began = time.time()
                target.write(line)
                target.flush()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        except BaseException:
            process.kill()
            raise
    ended = time.time()
    if process.returncode:
        tail = "".join(log.read_text(encoding="utf-8").splitlines(keepends=True)[-15:])
        raise FailedError(f"{command[0]} ended with {process.returncode}:\n{tail}")
    if begins is not None and began is None:
        raise FailedError(f"{command[0]} never printed '{begins}'; see {log}")
    # In KiB on Linux, in bytes on macOS.
    unit = 1 if sys.platform == "darwin" else 1024
    return Finished(started, began or started, ended, usage.ru_maxrss * unit / 2**20)
