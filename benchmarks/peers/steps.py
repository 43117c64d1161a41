"""What a step of stylekit costs beside a bare forward and backward pass; one JSON object.

    python -m benchmarks.peers.steps < job.json

Both take turns in one process, so that a machine that slows down slows both. The bare pass is what
nobody can do without who uses torch's convolutions: the network cut after the last layer, its ReLU
in place, channels-last, one gradient sent back to the picture; no loss, no optimiser.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from benchmarks.peers.cases import RAW_WEIGHTS
from torch import Tensor, nn

import stylekit
from stylekit.config import settings_layer

WIDTHS = (64, 64, 0, 128, 128, 0, 256, 256, 256, 256, 0, 512, 512, 512, 512, 0, 512)
"""Channels of the convolutions up to relu5_1; 0: pooling."""

MATRIX = 2048
PRODUCTS = 20


def build(state: dict[str, Tensor]) -> nn.Sequential:
    """Return the network up to relu5_1."""
    net, inputs, index = nn.Sequential(), 3, 0
    for width in WIDTHS:
        if width == 0:
            net.append(nn.MaxPool2d(2))
            index += 1
            continue
        convolution = nn.Conv2d(inputs, width, 3, padding=1)
        convolution.load_state_dict(
            {key: state[f"features.{index}.{key}"] for key in ("weight", "bias")}
        )
        net.append(convolution)
        net.append(nn.ReLU(inplace=True))
        inputs, index = width, index + 2
    return net.requires_grad_(False).to(memory_format=torch.channels_last)


def operations(width: int, height: int) -> int:
    """Return the floating-point operations of the convolutions, forwards and back to the picture.

    The way back to the input costs what the way forward does; weights have no gradient.
    """
    total, inputs = 0, 3
    for channels in WIDTHS:
        if channels == 0:
            width, height = width // 2, height // 2
            continue
        total += 2 * 9 * inputs * channels * width * height
        inputs = channels
    return 2 * total


def product_rate() -> float:
    """Return the operations a second of float32 matrix products: the median of some."""
    left, right = torch.randn(MATRIX, MATRIX), torch.randn(MATRIX, MATRIX)
    return 2 * MATRIX**3 / statistics.median(_seconds(lambda: left @ right, PRODUCTS))


def main() -> None:
    """Do the job on standard input: `preset`, `settings`, `run`, `weights`, `warm`, `pairs`."""
    job: dict[str, Any] = json.load(sys.stdin)
    net = build(torch.load(Path(job["weights"]) / RAW_WEIGHTS, weights_only=True))
    settings = settings_layer([*job["settings"], f"gatys.steps={job['warm'] + job['pairs'] + 1}"])
    run = stylekit.iterate(config={"preset": job["preset"], **settings}, **job["run"])
    steps = iter(run)
    # The optimiser's memory is to be full.
    for _ in range(job["warm"]):
        stage = next(steps).stage
    picture = torch.randn(1, 3, stage.height, stage.width) * 60

    def bare() -> None:
        image = picture.clone().requires_grad_(True)
        result = net(image.contiguous(memory_format=torch.channels_last))
        result.backward(torch.ones_like(result))

    rates = [product_rate()]
    bare()
    bare_seconds, step_seconds = [], []
    for _ in range(job["pairs"]):
        bare_seconds += _seconds(bare)
        step_seconds += _seconds(lambda: next(steps))
    rates.append(product_rate())
    counted = operations(stage.width, stage.height)
    print(
        json.dumps(
            {
                "width": stage.width,
                "height": stage.height,
                "bare": statistics.median(bare_seconds),
                "step": statistics.median(step_seconds),
                "ratio": statistics.median(
                    step / bare for step, bare in zip(step_seconds, bare_seconds, strict=True)
                ),
                "operations": counted,
                "product_rate": max(rates),
                "threads": torch.get_num_threads(),
            }
        )
    )


def _seconds(act: Callable[[], object], times: int = 1) -> list[float]:
    found = []
    for _ in range(times):
        begun = time.perf_counter()
        act()
        found.append(time.perf_counter() - begun)
    return found


if __name__ == "__main__":
    main()
