"""The body that feed-forward networks of style transfer share.

J. Johnson, A. Alahi, L. Fei-Fei: "Perceptual Losses for Real-Time Style Transfer and
Super-Resolution", ECCV 2016 (arXiv:1603.08155), with instance normalization (Ulyanov et al.,
arXiv:1607.08022), reflection padding everywhere, and upsampling by nearest neighbor. Which layers
are normalized, and by which scale and shift, is for the network that holds the body to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stylekit.machine.precision import layout

STRIDE = 4
"""Sides of the image must be multiples of it for a result of the same size."""

MIN_SIDE = 8
"""Least side: at a quarter of it, reflection padding by 1 needs two values."""

EPSILON = 1e-5
"""Added to the variance, in Magenta's networks and in those of pytorch/examples."""


class Norm(NamedTuple):
    """The scale and the shift after a normalization, (N, C, 1, 1) each."""

    scale: Tensor
    shift: Tensor


class TransferBody(nn.Module):
    """Convolutions that contract to a quarter of the size, residual blocks, and back.

    Args:
        contract: three convolutions, the last two of stride 2.
        residual: blocks at a quarter of the size.
        expand: three convolutions, the first two after upsampling by 2.
    """

    def __init__(
        self,
        contract: Sequence[nn.Conv2d],
        residual: Sequence[tuple[nn.Conv2d, nn.Conv2d]],
        expand: Sequence[nn.Conv2d],
    ) -> None:
        super().__init__()
        self.contract = nn.ModuleList(contract)
        self.residual = nn.ModuleList(nn.ModuleList(pair) for pair in residual)
        self.expand = nn.ModuleList(expand)
        self.to(memory_format=torch.channels_last)

    @property
    def width(self) -> int:
        """Channels of the widest layer at the full size."""
        first, *_, last = self.convolutions()
        return max(first.out_channels, last.in_channels)

    def convolutions(self) -> Iterator[nn.Conv2d]:
        """Yield the convolutions from the input on, in the order of the norms of `forward`."""
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                yield module

    def forward(self, image: Tensor, norms: Sequence[Norm | None]) -> Tensor:
        """Return (N, 3, H, W) for images (N, 3, H, W) in [0, 1].

        A sigmoid brings the result to [0, 1] if its last layer is normalized; else the values are
        as they come.

        Args:
            image: H and W are multiples of `STRIDE` and at least `MIN_SIDE`.
            norms: of each convolution; None: its output is not normalized.
        """
        x = image.contiguous(memory_format=layout(image.device))
        following = iter(norms)
        for convolution in self.contract:
            x = F.relu(normalized(convolution(x), next(following)), inplace=True)
        for block in self.residual:
            first, second = cast("nn.ModuleList", block)
            inner = F.relu(normalized(first(x), next(following)), inplace=True)
            x = x + normalized(second(inner), next(following))
        for convolution in self.expand[:2]:
            x = F.interpolate(x, scale_factor=2, mode="nearest")
            x = F.relu(normalized(convolution(x), next(following)), inplace=True)
        x = normalized(self.expand[2](x), norms[-1])
        return x if norms[-1] is None else torch.sigmoid(x)


class StyledBody(nn.Module):
    """A body in one style, for images (N, 3, H, W) that it takes.

    Args:
        norms: of each convolution, (1, C, 1, 1).
    """

    def __init__(self, body: TransferBody, norms: Sequence[Norm | None]) -> None:
        super().__init__()
        self.body, self._norms = body, list(norms)

    def forward(self, images: Tensor) -> Tensor:
        """Return the stylized images (N, 3, H, W)."""
        stylized: Tensor = self.body(images, self._norms)
        return stylized


def normalized(x: Tensor, norm: Norm | None) -> Tensor:
    """Give each channel the mean and deviation that a norm says; None: return `x` itself."""
    if norm is None:
        return x
    # On a CPU a fourth of the time of `torch.var_mean`, and as precise.
    x = x - x.mean((2, 3), keepdim=True)
    factor = norm.scale * (x.square().mean((2, 3), keepdim=True) + EPSILON).rsqrt()
    return torch.addcmul(norm.shift, x, factor)


def painted(body: nn.Module, image: Tensor, norms: Sequence[Norm | None]) -> Tensor:
    """Return a body's result for images (N, 3, H, W) of any size.

    Sides that are not multiples of `STRIDE` are padded by up to three pixels, which are cropped
    again.
    """
    height, width = image.shape[-2:]
    result: Tensor = body(padded(image), norms)
    return result[..., :height, :width]


def padded(image: Tensor) -> Tensor:
    """Pad an image (N, 3, H, W) below and at the right to sides that the body takes.

    The padding repeats the last pixel, which is closer to a larger image than reflection is
    (benchmarks/notes/arbitrary.md).
    """
    below, right = (_padding(side) for side in image.shape[-2:])
    if not (below or right):
        return image
    return F.pad(image, (0, right, 0, below), mode="replicate")


def _padding(side: int) -> int:
    return max(-(-side // STRIDE) * STRIDE, MIN_SIDE) - side
