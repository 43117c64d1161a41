"""Sample sheets: images, their translations, and the translations back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stylekit.images.frames import Frame

COLUMNS = 4
"""Samples of each domain on a sheet."""

GAP = 4
"""White pixels between images."""


class SampleSheet:
    """Draws sheets of the same samples, squares of `size`.

    Rows: images of A, as B, and back; images of B, as A, and back.
    """

    def __init__(self, samples: Mapping[str, Sequence[Frame]], size: int) -> None:
        self._samples = [
            [center_square(frame, size) for frame in spread(domain)]
            for domain in (samples["domain_a"], samples["domain_b"])
        ]

    def draw(self, generators: tuple[nn.Module, nn.Module]) -> Frame:
        """Draw the sheet with the generators (A to B, B to A) as they are now."""
        rows: list[list[Tensor]] = []
        for images, (there, back) in zip(
            self._samples, (generators, generators[::-1]), strict=True
        ):
            translated = [_translate(there, image) for image in images]
            rows += [images, translated, [_translate(back, image) for image in translated]]
        columns = max(len(row) for row in rows)
        blank = torch.ones_like(rows[0][0])
        padded = [
            F.pad(image, (0, GAP, 0, GAP), value=1.0)
            for row in rows
            for image in (*row, *[blank] * (columns - len(row)))
        ]
        lines = [
            torch.cat(padded[start : start + columns], dim=-1)
            for start in range(0, len(padded), columns)
        ]
        return Frame(torch.cat(lines, dim=-2)[..., :-GAP, :-GAP].contiguous(), origin="samples")


def spread(frames: Sequence[Frame]) -> list[Frame]:
    """Return as many images as a sheet has columns, evenly spread: neighbors are often alike."""
    count = min(COLUMNS, len(frames))
    return [frames[place * len(frames) // count] for place in range(count)]


def center_square(frame: Frame, size: int) -> Tensor:
    """Return the middle of an image, scaled to (3, size, size)."""
    short = min(frame.width, frame.height)
    width, height = (max(size, round(side * size / short)) for side in (frame.width, frame.height))
    pixels = frame.resized(width, height).pixels
    top, left = (height - size) // 2, (width - size) // 2
    return pixels[:, top : top + size, left : left + size]


def mean_change(generator: nn.Module, frames: Sequence[Frame], size: int) -> float:
    """Return how much a generator changes values of [0, 1], on average over some images."""
    images = [center_square(frame, size) for frame in spread(frames)]
    changes = [(_translate(generator, image) - image).abs().mean() for image in images]
    return float(torch.stack(changes).mean())


def _translate(generator: nn.Module, image: Tensor) -> Tensor:
    """Return a translation, (3, size, size) in [0, 1]."""
    device = next(generator.parameters()).device
    training = generator.training
    generator.eval()
    with torch.no_grad():
        output = generator(image[None].to(device) * 2 - 1)[0]
    generator.train(training)
    values: Tensor = (output.float().cpu() + 1) / 2
    return values.clamp(0, 1)
