"""Running a command, with the time of what it prints and its peak memory."""

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
    """A command that has ended well.

    Attributes:
        started: seconds since the epoch, as the times of files are.
        began: when it printed that its loop begins, or when it was started.
        ended: when it was gone.
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
        log: gets what it prints.
        environment: added to this process's.
        folder: where it runs.
        begins: start of the line that it prints when its loop begins.

    Raises:
        FailedError: it did not end well.
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
