"""Layers of a generator that halve or double the sides, under the names of the published files."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stylekit_plugins.cyclegan.architecture import MODES, Architecture, Upsample
from stylekit_plugins.cyclegan.norm import reflection_pad
from stylekit_plugins.networks.trained_layers import TrainedConv2d, TrainedConvTranspose2d

BLUR = (1.0, 2.0, 1.0)
"""Filter of downsampling."""

SMOOTH = (1.0, 3.0, 3.0, 1.0)
"""Filter of upsampling."""


def downsampling_layers(
    narrow: int, wide: int, architecture: Architecture
) -> tuple[nn.Module, list[nn.Module]]:
    """Make a convolution that halves the sides, and the layers that follow its normalization."""
    if architecture.antialias:
        return TrainedConv2d(narrow, wide, 3, padding=1), [BlurDownsample(wide)]
    return TrainedConv2d(narrow, wide, 3, stride=2, padding=1), []


def upsampling_layers(wide: int, narrow: int, upsample: Upsample) -> list[nn.Module]:
    """Make the layers that double the sides; their names are those of the published ones."""
    if upsample == "transposed":
        return [TrainedConvTranspose2d(wide, narrow, 3, stride=2, padding=1, output_padding=1)]
    if upsample in MODES:
        return [ResizeConv(wide, narrow, upsample)]
    resize = BlurUpsample(wide) if upsample == "bilinear-zeros" else nn.Upsample(scale_factor=2)
    return [resize, TrainedConv2d(wide, narrow, 3, padding=1)]


class BlurDownsample(nn.Module):
    """Blurs by (1, 2, 1) / 4 in both directions and keeps every second pixel."""

    kernel_size, stride, padding, bias = (3, 3), (2, 2), (0, 0), None

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.out_channels = self.groups = channels
        self.register_buffer("filt", _filters(channels, BLUR))

    @property
    def weight(self) -> Tensor:
        """The filters, (C, 1, 3, 3)."""
        filters: Tensor = self.get_buffer("filt")
        return filters

    def forward(self, x: Tensor) -> Tensor:
        """Give (N, C, h / 2, w / 2) for (N, C, h, w)."""
        return F.conv2d(reflection_pad(x, 1), self.weight, stride=2, groups=self.groups)


class BlurUpsample(nn.Upsample):
    """Doubles the sides with the filter (1, 3, 3, 1) / 4, which is what `bilinear` means."""

    def __init__(self, channels: int) -> None:
        super().__init__(scale_factor=2, mode="bilinear")
        # In the file, as published; torch computes the same without the filter.
        self.register_buffer("filt", 4 * _filters(channels, SMOOTH))


class ResizeConv(nn.Module):
    """Doubles the sides, then convolves with reflection padding."""

    def __init__(self, wide: int, narrow: int, upsample: Upsample) -> None:
        super().__init__()
        # In the file, because names and shapes do not show the mode.
        self.register_buffer("mode", torch.tensor(MODES.index(upsample), dtype=torch.uint8))
        self.resize = nn.Upsample(scale_factor=2, mode=upsample)
        self.convolution = nn.Conv2d(wide, narrow, 3, padding=1, padding_mode="reflect")

    def forward(self, x: Tensor) -> Tensor:
        """Give (N, C', 2h, 2w) for (N, C, h, w)."""
        y: Tensor = self.convolution(self.resize(x))
        return y


def is_published(filters: Tensor) -> bool:
    """Return whether filters (C, 1, n, n) are those of `BlurDownsample` or `BlurUpsample`."""
    known = BLUR if filters.shape[-1] == len(BLUR) else SMOOTH
    scale = 1 if known is BLUR else 4
    return torch.allclose(filters, scale * _filters(len(filters), known), atol=1e-4)


def _filters(channels: int, values: tuple[float, ...]) -> Tensor:
    """Make the filter of each channel, (C, 1, n, n), whose values sum to 1."""
    row = torch.tensor(values)
    plane = row[:, None] * row[None, :]
    return (plane / plane.sum()).repeat(channels, 1, 1, 1)
