"""A video with known motion: a panning photograph, and a moving disc of another one in front."""

from __future__ import annotations

import numpy as np
import torch

import stylekit
from stylekit.images.frames import Clip, Frame
from stylekit.inputs.sources import Sources

FPS = 25.0
WIDTH, HEIGHT = 320, 180
PAN = (1.5, 0.5)
"""Motion of the background to the left and up, in pixels per frame."""

DISC = (-2.5, 0.0)
"""Motion of the disc in the same units; negative is to the right."""

RADIUS = 36


def synthetic_clip(count: int) -> Clip:
    """Return the video; up to 120 frames stay within the photograph."""
    sources = Sources(stylekit.Host().catalogue, {})
    back = sources.read_image("sample:coffee").resized(600, 400).pixels
    front = sources.read_image("sample:chelsea").resized(225, 150).pixels[:, 30:110, 60:140]
    return Clip(tuple(_frame(back, front, index) for index in range(count)), "synthetic", fps=FPS)


def _frame(back: torch.Tensor, front: torch.Tensor, index: int) -> Frame:
    pixels = _window(back, 20 + PAN[0] * index, 20 + PAN[1] * index, HEIGHT, WIDTH)
    x, y = 60 - DISC[0] * index, 90 - DISC[1] * index
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    inside = torch.from_numpy((columns - x) ** 2 + (rows - y) ** 2 < RADIUS**2)
    disc = _window(front, 40 - x, 40 - y, HEIGHT, WIDTH)
    time = index / FPS
    return Frame(torch.where(inside, disc, pixels), None, f"synthetic:{index}", time)


def _window(values: torch.Tensor, left: float, top: float, height: int, width: int) -> torch.Tensor:
    """Return a window of an image at a fractional position; edges are repeated."""
    full_height, full_width = values.shape[-2:]
    x = (torch.arange(width) + left) * 2 / (full_width - 1) - 1
    y = (torch.arange(height) + top) * 2 / (full_height - 1) - 1
    grid = torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1)[None].float()
    window = torch.nn.functional.grid_sample(
        values[None], grid, padding_mode="border", align_corners=True
    )
    return window[0].clamp(0, 1)
