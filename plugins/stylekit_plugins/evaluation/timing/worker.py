"""One timed run in a separate process: `python -m` of this module.

It reads a job as JSON from stdin and writes the times as JSON to stdout. A separate process has its
own peak memory, and starts like a user's run.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from typing import Any

import stylekit
from stylekit.errors import StylekitError, one_line


class StepTimer:
    """An observer that records the time and the total loss of each step."""

    def __init__(self) -> None:
        self.started = 0.0
        self.steps: list[dict[str, Any]] = []
        self._last = 0.0

    @stylekit.hookimpl
    def stage_started(self, stage: stylekit.Stage) -> None:
        """Start the clock of a stage."""
        self._last = time.time()
        self.started = self.started or self._last

    @stylekit.hookimpl
    def step_finished(self, step: stylekit.Step) -> None:
        """Record a step. Reading its loss waits for the GPU to finish it."""
        total = step.losses.get("total")
        value = None if total is None else float(total)
        now = time.time()
        self.steps.append(
            {
                "size": [step.stage.width, step.stage.height],
                "seconds": now - self._last,
                "after": now - self.started,
                "total": value,
            }
        )
        self._last = now


def timed_run(job: dict[str, Any]) -> dict[str, Any]:
    """Run a job and return its times, losses, memory and components.

    Args:
        job: `config` of the run, `block` and `builtins_only` as for `Host`, and `spawned`, the time
            at which the process was started, in seconds since 1970.

    Raises:
        StylekitError: the run's own errors.
    """
    timer = StepTimer()
    host = stylekit.Host(
        {"stylekit-bench-timer": timer}, blocked=job["block"], builtins_only=job["builtins_only"]
    )
    run = host.iterate(config=job["config"])
    for _ in run:
        pass
    ended = time.time()
    result = run.result
    return {
        "startup": timer.started - job["spawned"],
        "whole": ended - job["spawned"],
        "steps": timer.steps,
        "losses": result.to_json()["losses"],
        "peak_memory_mb": result.peak_memory_mb,
        "size": result.record.get("size"),
        "device": result.record["device"],
        "components": result.record["components"],
    }


def main() -> None:
    """Read a job, run it, and print the result or an `error`."""
    out = sys.stdout
    result: dict[str, Any]
    # Prints of plugins must not mix with the result.
    with contextlib.redirect_stdout(sys.stderr):
        try:
            result = timed_run(json.load(sys.stdin))
        except StylekitError as error:
            result = {"error": error.message}
        except Exception as error:
            result = {"error": one_line(error)}
    json.dump(result, out)


if __name__ == "__main__":
    main()
