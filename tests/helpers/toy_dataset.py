"""Pictures of shapes, drawn, and a classifier that is really trained on them."""

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
"""The classifier looks at pictures of this side."""

NAMES = ("disc", "square", "triangle", "cross", "ring", "bars")
CLASSES = tuple(ImageClass(index, name, f"n9000000{index}") for index, name in enumerate(NAMES))


def draw(name: str, seed: int) -> Image.Image:
    """Return a bright shape on dark ground, its place, size and colors by chance."""
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
    """Write `count` pictures of each shape, a folder a class, and return the folder."""
    for name in names:
        (folder / name).mkdir(parents=True)
        for seed in range(count):
            draw(name, 1000 + seed).save(folder / name / f"{name}-{seed}.png")
    return folder


def write_styles(folder: Path, count: int) -> Path:
    """Write pictures of noise of growing grain, and return the folder."""
    folder.mkdir(parents=True)
    for number in range(count):
        rng = np.random.default_rng(number)
        grain = rng.integers(0, 256, (4 * 2**number, 4 * 2**number, 3), dtype=np.uint8)
        image = Image.fromarray(grain).resize((SIDE, SIDE), Image.Resampling.NEAREST)
        image.save(folder / f"noise{number}.png")
    return folder


@cache
def trained() -> Tensor:
    """Return the coefficients of a linear classifier, (GRID^2 + 1, classes), least squares."""
    inputs, wanted = [], []
    for index, name in enumerate(NAMES):
        for seed in range(60):
            inputs.append(_looked_at(Frame.from_array(np.asarray(draw(name, seed)))))
            wanted.append(torch.nn.functional.one_hot(torch.tensor(index), len(NAMES)).double())
    design, targets = torch.stack(inputs), torch.stack(wanted)
    ridge = 1e-2 * torch.eye(design.shape[1], dtype=torch.float64)
    return torch.linalg.solve(design.T @ design + ridge, design.T @ targets)


def _looked_at(frame: Frame) -> Tensor:
    """Return a picture as numbers: gray, small, of no mean and unit deviation, and a one."""
    values = frame.resized(GRID, GRID).pixels.mean(dim=0).flatten().double()
    values = (values - values.mean()) / values.std().clamp(min=1e-6)
    return torch.cat((values, torch.ones(1, dtype=torch.float64)))


class ShapesClassifier:
    """Tells the shapes apart."""

    def __init__(self, params: object) -> None:
        pass

    def classes(self) -> Sequence[ImageClass]:
        return CLASSES

    def load(
        self, weights: Callable[[str], object], device: torch.device
    ) -> Callable[[Sequence[Frame]], Tensor]:
        coefficients = trained()

        def logits(frames: Sequence[Frame]) -> Tensor:
            # Scores of least squares are about 0 and 1; a softmax wants them further apart.
            return 8 * (torch.stack([_looked_at(f) for f in frames]) @ coefficients).float()

        return logits
