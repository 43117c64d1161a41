"""Scores saved images with one objective: reads a job as JSON, prints one JSON object a file.

python -m benchmarks.peers.evaluate < job.json
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from benchmarks.peers.cases import ACTIVATIONS, RAW_WEIGHTS
from benchmarks.peers.objectives import OBJECTIVES, Evaluator


def make_evaluator(job: dict[str, Any]) -> Evaluator:
    """Return the evaluator of the job's objective, content and style, with its weights."""
    weights = Path(job["weights"])
    return Evaluator(
        OBJECTIVES[job["objective"]],
        torch.load(weights / RAW_WEIGHTS, weights_only=True),
        json.loads((weights / ACTIVATIONS).read_text(encoding="utf-8")),
        Path(job["content"]),
        Path(job["style"]),
    )


def main() -> None:
    """Run the job of standard input."""
    job = json.load(sys.stdin)
    evaluator = make_evaluator(job)
    for path in job["files"]:
        print(json.dumps(asdict(evaluator.score(Path(path)))), flush=True)


if __name__ == "__main__":
    main()
