"""Sample sheets: photographs, and what the network makes of them at a few strengths."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch.nn import functional as F

from stylekit.images.frames import Frame
from stylekit_plugins.fast.crops import center_square
from stylekit_plugins.fast.network import FastNetwork
from stylekit_plugins.fast.validation import spread

COLUMNS = 4
"""Photographs on a sheet."""

STRENGTHS = (0.5, 1.0, 1.5)
"""Of the rows below the photographs."""

SIDE = 256
"""Side of each image in pixels."""

GAP = 4
"""White pixels between images."""


class SampleSheet:
    """Draws sheets of the same photographs."""

    def __init__(self, samples: Sequence[Frame], device: torch.device) -> None:
        squares = [center_square(frame, SIDE) for frame in spread(samples, COLUMNS)]
        self._images = torch.stack([square.pixels for square in squares]).to(device)

    @torch.no_grad()
    def draw(self, network: FastNetwork) -> Frame:
        """Draw the sheet of the network as it is now."""
        rows = [self._images]
        for strength in STRENGTHS:
            painted = [network(image[None], image.new_tensor([strength])) for image in self._images]
            rows.append(torch.cat(painted))
        lines = [
            torch.cat([F.pad(image, (0, GAP, 0, GAP), value=1.0) for image in row], dim=-1)
            for row in rows
        ]
        sheet = torch.cat(lines, dim=-2)[..., :-GAP, :-GAP].clamp(0, 1)
        return Frame(sheet.cpu().contiguous(), origin="samples")
