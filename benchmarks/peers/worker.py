"""Run stylekit step by step and save 8-bit files with their times.

    python -m benchmarks.peers.worker < job.json

Prints one JSON object per file, whose `seconds` are those of the loop without saving files, and at
the end the time of loading.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import psutil

import stylekit
from stylekit.inputs.settings import settings_layer

SPACING = 1.04
"""Ratio of the times of two consecutive files."""


class Clock:
    """Records when the first stage began: by then everything is loaded and the targets computed."""

    __name__ = "clock"

    def __init__(self) -> None:
        self.began = 0.0

    @stylekit.hookimpl
    def stage_started(self) -> None:
        """Record the time of the first stage."""
        self.began = self.began or time.perf_counter()


def main() -> None:
    """Run the job of standard input: `preset`, `settings`, `run`, `folder`, `seconds`."""
    job: dict[str, Any] = json.load(sys.stdin)
    folder, limit = Path(job["folder"]), float(job["seconds"])
    clock = Clock()
    host = stylekit.Host({"clock": clock})
    settings = settings_layer(job["settings"])
    run = host.iterate(config={"preset": job["preset"], **settings}, **job["run"])
    taken, saving, due, elapsed = 0, 0.0, limit / 100, 0.0
    for step in run:
        now = time.perf_counter()
        taken, elapsed = step.index, now - clock.began - saving
        if elapsed >= due or elapsed >= limit:
            path = folder / f"stylekit_{taken}.png"
            step.snapshot().image.to_pil().save(path)
            _print({"step": taken, "seconds": elapsed, "path": str(path)})
            due = max(due, elapsed) * SPACING
            saving += time.perf_counter() - now
        if elapsed >= limit:
            break
    since_start = time.time() - psutil.Process().create_time()
    load = since_start - (time.perf_counter() - clock.began)
    _print({"load": load, "steps": taken, "elapsed": elapsed})


def _print(line: dict[str, Any]) -> None:
    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
