"""Mean activations over natural pictures: the constants that make features of unit size."""

from __future__ import annotations

from collections.abc import Callable, Collection

import numpy as np
import torch
from torch import Tensor

from stylekit.images.frames import fit, resize
from stylekit.machine.precision import has_float64

LONG_SIDE = 256
"""Pixels of the long side of each photograph."""

PHOTOGRAPHS = ("astronaut", "chelsea", "coffee", "rocket")
"""Photographs in the scikit-image package."""


def mean_activations(
    features: Callable[[Tensor, Collection[str]], dict[str, Tensor]], layers: Collection[str]
) -> dict[str, float]:
    """Return the mean activation of each layer over the photographs, each counting the same."""
    totals = dict.fromkeys(layers, 0.0)
    with torch.no_grad():
        for name in PHOTOGRAPHS:
            for layer, activation in features(_photograph(name), layers).items():
                values = activation if has_float64(activation.device) else activation.cpu()
                totals[layer] += float(values.mean(dtype=torch.float64)) / len(PHOTOGRAPHS)
    return totals


def _photograph(name: str) -> Tensor:
    from skimage import data

    array = np.asarray(getattr(data, name)(), dtype=np.float32) / 255
    image = torch.from_numpy(array).permute(2, 0, 1)[None]
    width, height = fit(image.shape[-1], image.shape[-2], LONG_SIDE)
    return resize(image, width, height).clamp(0, 1)
