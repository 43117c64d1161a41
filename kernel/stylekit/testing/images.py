"""Test images and videos: small, photograph-like, and always the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor
from torch.nn import functional as F

from stylekit.images.frames import Clip, Frame


def pixels(seed: int = 0, width: int = 64, height: int = 48) -> Tensor:
    """Return (1, 3, H, W) in [0, 1]: clouds with as much detail at each scale as photographs."""
    generator = torch.Generator().manual_seed(seed)
    mixed = torch.zeros(1, 3, height, width)
    cells = 2
    while cells <= max(width, height):
        noise = torch.randn(1, 3, cells, cells, generator=generator)
        size = (height, width)
        mixed += F.interpolate(noise, size=size, mode="bicubic", align_corners=False) / cells**0.5
        cells *= 2
    return mixed.mul(0.9).sigmoid()


def frame(seed: int = 0, width: int = 64, height: int = 48, cutout: bool = False) -> Frame:
    """Return an image; a cut-out has an alpha that fades from left to right."""
    fading = torch.linspace(0, 1, width).repeat(height, 1) if cutout else None
    return Frame(pixels(seed, width, height)[0], fading, f"image-{seed}-{width}x{height}")


def clip(seed: int = 0, count: int = 5, width: int = 64, height: int = 48) -> Clip:
    """Return a video of ten frames a second that moves two pixels a frame to the left."""
    wide = pixels(seed, width + 2 * count, height)[0]
    times = tuple(index / 10 for index in range(count))
    origin = f"clip-{seed}-{width}x{height}"
    frames = tuple(
        Frame(wide[:, :, 2 * index : 2 * index + width].contiguous(), None, origin, time)
        for index, time in enumerate(times)
    )
    return Clip(frames, origin, 10.0, times)


@contextmanager
def left_alone(what: str, *tensors: Tensor | None) -> Iterator[None]:
    """Check that tensors are the same afterwards."""
    present = [tensor for tensor in tensors if tensor is not None]
    before = [tensor.detach().clone() for tensor in present]
    yield
    same = all(torch.equal(was, now.detach()) for was, now in zip(before, present, strict=True))
    assert same, f"{what} was changed in place; work on a copy (`x.clone()`)."


def check_image(image: Tensor, shape: tuple[int, ...], what: str) -> None:
    """Check that a tensor is an image: float32, of a shape, finite, in [0, 1]."""
    assert isinstance(image, Tensor), f"{what} must be a tensor, not a {type(image).__name__}."
    assert tuple(image.shape) == shape, f"{what} has shape {tuple(image.shape)}, not {shape}."
    assert image.dtype is torch.float32, f"{what} is {image.dtype}; it must be float32."
    assert bool(image.isfinite().all()), f"{what} has values that are not finite."
    low, high = float(image.min()), float(image.max())
    assert low >= 0, f"{what} falls to {low:g}; values must be in [0, 1]: .clamp(0, 1)"
    assert high <= 1, f"{what} rises to {high:g}; values must be in [0, 1]: .clamp(0, 1)"
