"""Drawn images of shapes, and a classifier that is trained on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from stylekit.evaluation.classifier import ImageClass
from stylekit.images.frames import Frame

SIDE = 64
GRID = 12
"""Width and height of the classifier's input."""

NAMES = ("disc", "square", "triangle", "cross", "ring", "bars")
CLASSES = tuple(ImageClass(index, name, f"n9000000{index}") for index, name in enumerate(NAMES))


def draw(name: str, seed: int) -> Image.Image:
    """Draw a bright shape on dark ground, with random position, size and colors."""
    rng = np.random.default_rng([seed, NAMES.index(name)])
    ground = tuple(int(v) for v in rng.integers(0, 90, 3))
    color = tuple(int(v) for v in rng.integers(170, 256, 3))
    image = Image.new("RGB", (SIDE, SIDE), ground)
    pen = ImageDraw.Draw(image)
    x, y = rng.uniform(-3, 3, 2) + SIDE / 2
    r = rng.uniform(18, 24)
    box = (x - r, y - r, x + r, y + r)
    if name == "disc":
        pen.ellipse(box, fill=color)
    elif name == "square":
        pen.rectangle(box, fill=color)
    elif name == "triangle":
        pen.polygon([(x, y - r), (x - r, y + r), (x + r, y + r)], fill=color)
    elif name == "cross":
        pen.rectangle((x - r, y - r / 4, x + r, y + r / 4), fill=color)
        pen.rectangle((x - r / 4, y - r, x + r / 4, y + r), fill=color)
    elif name == "ring":
        pen.ellipse(box, outline=color, width=6)
    else:
        for k in (-1, 0, 1):
            pen.rectangle((x - r, y + 0.7 * k * r - 3, x + r, y + 0.7 * k * r + 3), fill=color)
    return image


def write_set(folder: Path, count: int, names: Sequence[str] = NAMES) -> Path:
    """Write `count` images of each shape, a folder for each class, and return the folder."""
    for name in names:
        (folder / name).mkdir(parents=True)
        for seed in range(count):
            draw(name, 1000 + seed).save(folder / name / f"{name}-{seed}.png")
    return folder


def write_styles(folder: Path, count: int) -> Path:
    """Write images of noise of growing grain, and return the folder."""
    folder.mkdir(parents=True)
    for number in range(count):
        rng = np.random.default_rng(number)
        grain = rng.integers(0, 256, (4 * 2**number, 4 * 2**number, 3), dtype=np.uint8)
        image = Image.fromarray(grain).resize((SIDE, SIDE), Image.Resampling.NEAREST)
        image.save(folder / f"noise{number}.png")
    return folder


@cache
def trained_coefficients() -> Tensor:
    """Fit a linear classifier by least squares; return its coefficients (GRID^2 + 1, classes)."""
    inputs, labels = [], []
    for index, name in enumerate(NAMES):
        for seed in range(60):
            inputs.append(_input_vector(Frame.from_array(np.asarray(draw(name, seed)))))
            labels.append(torch.nn.functional.one_hot(torch.tensor(index), len(NAMES)).double())
    design, targets = torch.stack(inputs), torch.stack(labels)
    ridge = 1e-2 * torch.eye(design.shape[1], dtype=torch.float64)
    return torch.linalg.solve(design.T @ design + ridge, design.T @ targets)


def _input_vector(frame: Frame) -> Tensor:
    """Return an image as a vector: gray, small, of zero mean and unit deviation, and a one."""
    values = frame.resized(GRID, GRID).pixels.mean(dim=0).flatten().double()
    values = (values - values.mean()) / values.std().clamp(min=1e-6)
    return torch.cat((values, torch.ones(1, dtype=torch.float64)))


class ShapesClassifier:
    """Classifies the shapes."""

    def __init__(self, params: object) -> None:
        pass

    def classes(self) -> Sequence[ImageClass]:
        return CLASSES

    def load(
        self, weights: Callable[[str], object], device: torch.device
    ) -> Callable[[Sequence[Frame]], Tensor]:
        coefficients = trained_coefficients()

        def logits(frames: Sequence[Frame]) -> Tensor:
            # Least squares gives about 0 and 1; a softmax needs values further apart.
            return 8 * (torch.stack([_input_vector(f) for f in frames]) @ coefficients).float()

        return logits
