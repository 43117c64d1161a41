"""One run in a process of its own, watched with a clock; `python -m` of this module.

A job comes as JSON on stdin, and what was found goes as JSON to stdout. A process of its own has
its own peak of memory, and starts as a user's does.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from typing import Any

import stylekit
from stylekit.errors import StylekitError, one_line


class Watch:
    """An observer that notes when each step was done, and its total loss."""

    def __init__(self) -> None:
        self.begun = 0.0
        self.steps: list[dict[str, Any]] = []
        self._last = 0.0

    @stylekit.hookimpl
    def stage_started(self, stage: stylekit.Stage) -> None:
        """Begin to count, at the first stage and at each that follows."""
        self._last = time.time()
        self.begun = self.begun or self._last

    @stylekit.hookimpl
    def step_finished(self, step: stylekit.Step) -> None:
        """Note a step. Asking for a loss lets a GPU finish it."""
        total = step.losses.get("total")
        value = None if total is None else float(total)
        now = time.time()
        self.steps.append(
            {
                "size": [step.stage.width, step.stage.height],
                "seconds": now - self._last,
                "after": now - self.begun,
                "total": value,
            }
        )
        self._last = now


def watched(job: dict[str, Any]) -> dict[str, Any]:
    """Do a run.

    Args:
        job: `config` of the run, `block` and `builtins_only` as for `Host`, and `spawned`, the time
            at which the process was asked for, in seconds since 1970.

    Raises:
        StylekitError: the run's own errors.
    """
    watch = Watch()
    host = stylekit.Host(
        {"stylekit-bench-watch": watch}, blocked=job["block"], builtins_only=job["builtins_only"]
    )
    run = host.iterate(config=job["config"])
    for _ in run:
        pass
    ended = time.time()
    result = run.result
    return {
        "startup": watch.begun - job["spawned"],
        "whole": ended - job["spawned"],
        "steps": watch.steps,
        "losses": result.to_json()["losses"],
        "peak_memory_mb": result.peak_memory_mb,
        "size": result.record.get("size"),
        "device": result.record["device"],
        "components": result.record["components"],
    }


def main() -> None:
    """Read a job, do it, print what was found, or `error`."""
    out = sys.stdout
    found: dict[str, Any]
    # What a plugin prints is no part of the answer.
    with contextlib.redirect_stdout(sys.stderr):
        try:
            found = watched(json.load(sys.stdin))
        except StylekitError as error:
            found = {"error": error.message}
        except Exception as error:
            found = {"error": one_line(error)}
    json.dump(found, out)


if __name__ == "__main__":
    main()
