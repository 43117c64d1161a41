"""Distances of sets: 0 for equal sets, larger for different ones, independent of the order."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from stylekit import Frame
from stylekit.protocols import LoadedWeights
from stylekit_plugins.metrics.fid import FrechetDistance
from stylekit_plugins.metrics.kid import KernelDistance
from stylekit_plugins.metrics.params import KernelDistanceParams


@pytest.fixture(scope="module")
def photographs(read: Callable[[str], Frame]) -> list[Frame]:
    """Pieces of the samples."""
    pieces = []
    for name in ("astronaut", "coffee", "rocket", "chelsea"):
        pixels = read(f"sample:{name}").resized(192, 192).pixels
        pieces += [Frame(pixels[:, y : y + 96, x : x + 96]) for y in (0, 96) for x in (0, 96)]
    return pieces


@pytest.mark.slow
@pytest.mark.parametrize("metric", [KernelDistance(KernelDistanceParams()), FrechetDistance(None)])
def test_distances_order_what_is_near_and_far(
    metric: KernelDistance | FrechetDistance,
    vgg19_parameters: LoadedWeights,
    photographs: list[Frame],
) -> None:
    metric.prepare(lambda network: vgg19_parameters, torch.device("cpu"))

    def distance(results: list[Frame]) -> float:
        return metric.score_sets(results, results, photographs)

    tinted = [
        f.with_pixels(f.pixels * torch.tensor([1, 0.7, 0.4])[:, None, None]) for f in photographs
    ]
    noise = [f.with_pixels(torch.rand_like(f.pixels)) for f in photographs]
    same, near, far = distance(photographs[::-1]), distance(tinted), distance(noise)
    assert same < near < far
    assert same < far / 100
    assert distance(photographs[::-1]) == same
