"""The generator: a residual network between two strided convolutions and two that enlarge again.

J.-Y. Zhu, T. Park, P. Isola, A. A. Efros: "Unpaired Image-to-Image Translation using
Cycle-Consistent Adversarial Networks" (ICCV 2017), appendix 7.2, after Johnson et al. (2016).
Layers have the names that they have in the authors' repository (`model.10.conv_block.1.weight`), so
that its files fit.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from stylekit_plugins.cyclegan.architecture import Architecture
from stylekit_plugins.cyclegan.norm import InstanceNorm, Mirrored
from stylekit_plugins.cyclegan.resampling import doubling, halving

LEAST = 4
"""The least side of the smallest layers, whose border of 1 is mirrored."""


class Generator(nn.Module):
    """Translates images (N, 3, H, W) in [-1, 1]; H and W are multiples of its stride, see `LEAST`.

    Args:
        architecture: what it is made of.
        checkpointed: keep only the inputs of the residual blocks for the way back, and compute
            their insides again (Chen et al., arXiv:1604.06174): less memory, a third more time.
    """

    def __init__(self, architecture: Architecture, checkpointed: bool = False) -> None:
        super().__init__()
        self.architecture = architecture
        self.checkpointed = checkpointed
        width, affine = architecture.width, architecture.affine
        layers: list[nn.Module] = [
            Mirrored(3),
            nn.Conv2d(3, width, 7),
            *_normalized(width, affine),
        ]
        factors = [2**number for number in range(architecture.halvings)]
        for factor in factors:
            narrow, wide = factor * width, 2 * factor * width
            convolution, after = halving(narrow, wide, architecture)
            layers += [convolution, *_normalized(wide, affine), *after]
        channels = architecture.stride * width
        layers += [
            Residual(channels, affine, architecture.dropout) for _ in range(architecture.blocks)
        ]
        for factor in reversed(factors):
            wide, narrow = 2 * factor * width, factor * width
            layers += [
                *doubling(wide, narrow, architecture.upsample),
                *_normalized(narrow, affine),
            ]
        layers += [Mirrored(3), nn.Conv2d(width, 3, 7), nn.Tanh()]
        self.model = nn.Sequential(*layers)

    def forward(self, image: Tensor) -> Tensor:
        """Return the translation, of the same shape and range."""
        x = image
        for layer in self.model:
            if self.checkpointed and isinstance(layer, Residual) and x.requires_grad:
                x = checkpoint(layer, x, use_reentrant=False)
            else:
                x = layer(x)
        return x


class Residual(nn.Module):
    """A residual block of two convolutions; no ReLU after the sum."""

    def __init__(self, channels: int, affine: bool, dropout: bool) -> None:
        super().__init__()
        layers: list[nn.Module] = [
            Mirrored(1),
            nn.Conv2d(channels, channels, 3),
            *_normalized(channels, affine),
        ]
        if dropout:
            layers.append(nn.Dropout(0.5))
        layers += [
            Mirrored(1),
            nn.Conv2d(channels, channels, 3),
            InstanceNorm(channels, affine=affine),
        ]
        self.conv_block = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, C, h, w) for (N, C, h, w)."""
        inner: Tensor = self.conv_block(x)
        return x + inner


def initialize(net: nn.Module, deviation: float, generator: torch.Generator) -> None:
    """Draw every weight of a convolution from a normal distribution; biases are 0."""
    for layer in net.modules():
        if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
            with torch.no_grad():
                layer.weight.normal_(0.0, deviation, generator=generator)
                if layer.bias is not None:
                    layer.bias.zero_()


def _normalized(channels: int, affine: bool) -> list[nn.Module]:
    return [InstanceNorm(channels, affine=affine), nn.ReLU(inplace=True)]
