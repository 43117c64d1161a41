"""The measurements of one peer, one pair and one size: files, times, memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.peers import process
from benchmarks.peers.cases import (
    RAW_WEIGHTS,
    ROOT,
    Inputs,
    Pair,
    Peer,
    Task,
    saved_steps,
    stylekit_settings,
)
from benchmarks.peers.store import Result

MAX_SECONDS = 180.0
"""Longest time of stylekit; it never gets more than the peer takes."""

FILES = 40
"""Number of files that a peer writes at intermediate steps."""

MARGIN = 1.05
"""Steps of the command that confirms a result, relative to those of the curve."""

MAX_STEPS = 10_000
"""Steps of a run that ends by time."""


@dataclass(frozen=True)
class Setup:
    """Folders and settings of the measurements.

    Attributes:
        folder: for images, weights and logs.
        peers: the peers' virtual environment.
        threads: of each measured process.
        shorten: divisor of the peers' steps, to try the benchmark.
    """

    folder: Path
    peers: Path
    threads: int
    shorten: int = 1

    @property
    def environment(self) -> dict[str, str]:
        """Variables of every measured process."""
        return {"OMP_NUM_THREADS": str(self.threads)}

    @property
    def weights(self) -> Path:
        """Folder of the shared weights."""
        return self.folder / "weights"

    def steps(self, peer: Peer) -> int:
        """Return how many steps a peer takes."""
        return max(2, peer.steps // self.shorten)

    def inputs(self, pair: Pair, size: int) -> Inputs:
        """Return the files of a pair at one size, written unless they exist."""
        folder = self.folder / "images"
        content, style = (
            folder / f"{pair.name}-{size}-{role}.png" for role in ("content", "style")
        )
        if not (self.weights / RAW_WEIGHTS).is_file():
            _module("inputs", ["weights", str(self.weights)])
        if not style.is_file():
            folder.mkdir(parents=True, exist_ok=True)
            names = [pair.content, pair.style, str(size), str(content), str(style)]
            _module("inputs", ["images", *names])
        return Inputs(content, style, self.weights, size)


def run_peer(setup: Setup, peer: Peer, pair: Pair, size: int) -> Result:
    """Run a peer with its defaults; return the scores of its files with their times."""
    steps = setup.steps(peer)
    out = run_folder(setup, f"{peer.name}-{size}-{pair.name}") / "peer.png"
    inputs = setup.inputs(pair, size)
    task = Task(setup.peers / "bin", inputs, out, steps, max(1, steps // FILES))
    command = peer.command(task)
    done = process.run(
        command, out.with_suffix(".log"), setup.environment, setup.weights, peer.begins
    )
    saved = [
        (step, path, path.stat().st_mtime - done.began) for step, path in saved_steps(peer, task)
    ]
    *intermediate, last = score(peer, inputs, [*(path for _, path, _ in saved), out])
    return {
        "command": command,
        "steps": steps,
        "whole": done.whole,
        "load": done.began - done.started,
        "loop": out.stat().st_mtime - done.began,
        "peak_mb": done.peak_mb,
        "final": last,
        "files": [
            {"step": step, "seconds": seconds, **terms}
            for (step, _, seconds), terms in zip(saved, intermediate, strict=True)
        ],
    }


def run_stylekit(setup: Setup, peer: Peer, pair: Pair, size: int, peer_seconds: float) -> Result:
    """Optimize a peer's objective for as long as the peer did; return the scores of the files."""
    seconds = min(peer_seconds, MAX_SECONDS)
    inputs = setup.inputs(pair, size)
    folder = run_folder(setup, f"{peer.name}-{size}-{pair.name}")
    for old in folder.glob("stylekit_*.png"):
        old.unlink()
    job = _job(peer, inputs) | {"folder": str(folder), "seconds": seconds}
    job["settings"] = [*job["settings"], f"gatys.steps={MAX_STEPS}"]
    *files, total = _module("worker", [], job, setup.environment)
    scores = score(peer, inputs, [Path(line["path"]) for line in files])
    return {
        "settings": list(peer.settings),
        **total,
        "files": [
            {"step": line["step"], "seconds": line["seconds"], **terms}
            for line, terms in zip(files, scores, strict=True)
        ],
    }


def confirm(setup: Setup, peer: Peer, pair: Pair, size: int, steps: int) -> Result:
    """Run `stylekit run` with the number of steps of the curve; return its score."""
    inputs = setup.inputs(pair, size)
    out = run_folder(setup, f"{peer.name}-{size}-{pair.name}") / "confirmed.png"
    command = stylekit_command(peer, inputs, out, round(steps * MARGIN) + 1)
    done = process.run(command, out.with_suffix(".log"), setup.environment, ROOT)
    (final,) = score(peer, inputs, [out])
    return {"command": command, "whole": done.whole, "peak_mb": done.peak_mb, "final": final}


def stylekit_command(
    peer: Peer, inputs: Inputs, out: Path, steps: int, extra: Sequence[str] = ()
) -> list[str]:
    """Return the command line of stylekit for a peer's objective."""
    return [
        *(sys.executable, "-m", "stylekit.cli.main", "run", *stylekit_settings(peer, inputs)),
        *("--steps", str(steps), "--out", str(out), "--overwrite", "--quiet", *extra),
    ]


def check(setup: Setup, pair: Pair, size: int) -> Result:
    """Return the spreads of ratios between stylekit's objectives and the evaluator's."""
    inputs = setup.inputs(pair, size)
    job = {
        "content": str(inputs.content),
        "style": str(inputs.style),
        "weights": str(inputs.weights),
        "size": size,
        "folder": str(run_folder(setup, "check")),
    }
    (spreads,) = _module("check", [], job, setup.environment)
    return dict(spreads)


def score(peer: Peer, inputs: Inputs, files: Sequence[Path]) -> list[Result]:
    """Return the terms of a peer's objective for each file."""
    job = {
        "objective": peer.name,
        "weights": str(inputs.weights),
        "content": str(inputs.content),
        "style": str(inputs.style),
        "files": [str(path) for path in files],
    }
    return _module("evaluate", [], job)


def _job(peer: Peer, inputs: Inputs) -> dict[str, Any]:
    run = {"content": str(inputs.content), "style": str(inputs.style), "size": inputs.size}
    return {
        "preset": peer.preset,
        "settings": list(peer.settings),
        "run": {**run, "device": "cpu"},
    }


def _module(
    name: str,
    arguments: Sequence[str],
    job: Result | None = None,
    environment: dict[str, str] | None = None,
) -> list[Any]:
    """Run a module of this package in a separate process; return the JSON lines it prints."""
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.peers.{name}", *arguments],
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        input=json.dumps(job),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def run_folder(setup: Setup, name: str) -> Path:
    folder = setup.folder / "runs" / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder
