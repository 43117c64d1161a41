"""A large image translated as a whole and in strips: memory and difference.

Targets: the images differ by at most one level of 255, and strips need less than half the memory.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from benchmarks.peers.process import Finished, run
from PIL import Image

WIDTH, HEIGHT = 2304, 1536
SMALL = 64


@pytest.mark.benchmark(group="translation")
def test_strips_beside_the_whole(benchmark: Any, tmp_path: Path) -> None:
    def translate(name: str, size: int, *more: str) -> Finished:
        command = [
            *(sys.executable, "-m", "stylekit.cli.main", "run", "--method", "cyclegan"),
            *("--content", "sample:coffee", "--size", str(size), "--set", "memory_mb=60000"),
            *("--device", "cpu", "--quiet", "--out", str(tmp_path / f"{name}.png"), *more),
        ]
        return run(command, tmp_path / f"{name}.log", {}, tmp_path)

    peaks: dict[str, float] = {}

    def measure() -> None:
        # A tiny image shows the memory of Python, torch and the weights.
        peaks["tiny"] = translate("tiny", SMALL).peak_mb
        for name, more in (("whole", ()), ("strips", ("--set", "memory_mb=1100"))):
            done = translate(name, WIDTH, *more)
            peaks[name] = done.peak_mb
            print(f"\n{name}: {done.peak_mb - peaks['tiny']:.0f} MiB, {done.whole:.0f} s")

    benchmark.pedantic(measure, rounds=1, iterations=1)
    whole, strips = (
        np.asarray(Image.open(tmp_path / f"{name}.png")).astype(int) for name in ("whole", "strips")
    )
    assert whole.shape == (HEIGHT, WIDTH, 3)
    difference = np.abs(whole - strips)
    print(f"largest difference {difference.max()} of 255, mean {difference.mean():.5f}")
    benchmark.extra_info |= {
        **peaks,
        "largest": int(difference.max()),
        "mean": float(difference.mean()),
    }
    assert difference.max() <= 1
    assert peaks["strips"] - peaks["tiny"] < (peaks["whole"] - peaks["tiny"]) / 2
