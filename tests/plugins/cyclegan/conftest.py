"""Two small synthetic domains: gray blobs, and blobs of the same kind in warm tones."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

SMALL = (
    *(
        "--size",
        "64",
        "--base-channels",
        "8",
        "--set",
        "cyclegan.blocks=6",
        "--set",
        "cyclegan.pool_size=4",
    ),
    *("--set", "checkpoint_seconds=0"),
)
"""A training that takes a second an epoch."""


def blobs(seed: int, tint: tuple[float, float, float], width: int, height: int) -> Image.Image:
    """A smooth random image."""
    rng = np.random.default_rng(seed)
    gray = rng.integers(0, 255, (7, 9, 1))
    small = (gray * np.array(tint)).clip(0, 255).astype(np.uint8)
    return Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)


@pytest.fixture
def domains(tmp_path: Path) -> Path:
    """A folder with `a`, eight images, and `b`, six."""
    for name, tint, count in (("a", (1, 1, 1), 8), ("b", (1, 0.55, 0.2), 6)):
        (tmp_path / name).mkdir()
        for number in range(count):
            image = blobs(100 * len(tint) + number + ord(name), tint, 96, 72)
            image.save(tmp_path / name / f"{number}.png")
    return tmp_path


@pytest.fixture(name="blobs")
def _blobs() -> Callable[..., Image.Image]:
    """Makes a smooth random image."""
    return blobs


@pytest.fixture(name="command")
def _command() -> Callable[..., list[str]]:
    """Returns the command line of a small training."""
    return command


@pytest.fixture(name="environment")
def _environment() -> dict[str, str]:
    """Environment of a process that uses one core alone."""
    return environment()


@pytest.fixture
def train(domains: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs `stylekit train` in a separate process."""

    def run(*more: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            command(*more),
            cwd=domains,
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert not check or done.returncode == 0, done.stderr
        return done

    return run


def command(*more: str) -> list[str]:
    """The command line of a small training."""
    return [
        *(sys.executable, "-m", "stylekit.cli.main", "train", "--method", "cyclegan"),
        *("--domain-a", "a", "--domain-b", "b", "--device", "cpu", *SMALL, *more),
    ]


def environment() -> dict[str, str]:
    """Environment of a process that uses one core alone."""
    return {**os.environ, "OMP_NUM_THREADS": "1"}
