"""The generator: residual blocks between strided convolutions and upsampling ones.

J.-Y. Zhu, T. Park, P. Isola, A. A. Efros: "Unpaired Image-to-Image Translation using
Cycle-Consistent Adversarial Networks" (ICCV 2017), appendix 7.2, after Johnson et al. (2016).
Layers have the names of the authors' repository (`model.10.conv_block.1.weight`), so that its files
load.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from stylekit_plugins.cyclegan.architecture import Architecture
from stylekit_plugins.cyclegan.norm import InstanceNorm, ReflectionPad
from stylekit_plugins.cyclegan.resampling import downsampling_layers, upsampling_layers
from stylekit_plugins.networks.convolution import TrainedConvolution
from stylekit_plugins.networks.trained_layers import TrainedConv2d, TrainedConvTranspose2d

MIN_SIDE = 4
"""Least side of the smallest layers, which are padded by reflection."""


class Generator(nn.Module):
    """Translates images (N, 3, H, W) in [-1, 1]; H and W are multiples of its stride.

    They are at least `MIN_SIDE` strides.

    Args:
        architecture: of the network.
        gradient_checkpointing: keep only the inputs of the residual blocks for the backward pass,
            and compute the blocks again (Chen et al., arXiv:1604.06174): less memory, a third more
            time.
    """

    def __init__(self, architecture: Architecture, gradient_checkpointing: bool = False) -> None:
        super().__init__()
        self.architecture = architecture
        self.gradient_checkpointing = gradient_checkpointing
        channels, affine = architecture.base_channels, architecture.affine
        layers: list[nn.Module] = [
            ReflectionPad(3),
            TrainedConv2d(3, channels, 7),
            *_norm_relu(channels, affine),
        ]
        factors = [2**number for number in range(architecture.halvings)]
        for factor in factors:
            narrow, wide = factor * channels, 2 * factor * channels
            convolution, after = downsampling_layers(narrow, wide, architecture)
            layers += [convolution, *_norm_relu(wide, affine), *after]
        deepest = architecture.stride * channels
        layers += [
            Residual(deepest, affine, architecture.dropout) for _ in range(architecture.blocks)
        ]
        for factor in reversed(factors):
            wide, narrow = 2 * factor * channels, factor * channels
            layers += [
                *upsampling_layers(wide, narrow, architecture.upsample),
                *_norm_relu(narrow, affine),
            ]
        layers += [ReflectionPad(3), TrainedConv2d(channels, 3, 7), nn.Tanh()]
        self.model = nn.Sequential(*layers)

    def forward(self, image: Tensor) -> Tensor:
        """Translate images; the output has the same shape and range."""
        x = image
        for layer in self.model:
            if self.gradient_checkpointing and isinstance(layer, Residual) and x.requires_grad:
                x = checkpoint(layer, x, use_reentrant=False)
            else:
                x = layer(x)
        return x


class Residual(nn.Module):
    """A residual block of two convolutions; no ReLU after the sum."""

    def __init__(self, channels: int, affine: bool, dropout: bool) -> None:
        super().__init__()
        layers: list[nn.Module] = [
            ReflectionPad(1),
            TrainedConvolution(channels, channels),
            *_norm_relu(channels, affine),
        ]
        if dropout:
            layers.append(nn.Dropout(0.5))
        layers += [
            ReflectionPad(1),
            TrainedConvolution(channels, channels),
            InstanceNorm(channels, affine=affine),
        ]
        self.conv_block = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, C, h, w) for (N, C, h, w)."""
        inner: Tensor = self.conv_block(x)
        return x + inner


def convolve_directly(net: nn.Module) -> None:
    """Let a network use no convolution but direct ones, whose rounding is torch's own."""
    for layer in net.modules():
        if isinstance(layer, (TrainedConvolution, TrainedConv2d, TrainedConvTranspose2d)):
            layer.direct = True


def initialize(net: nn.Module, deviation: float, generator: torch.Generator) -> None:
    """Draw the weights of convolutions from a normal distribution; set biases to 0."""
    for layer in net.modules():
        if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
            with torch.no_grad():
                layer.weight.normal_(0.0, deviation, generator=generator)
                if layer.bias is not None:
                    layer.bias.zero_()


def _norm_relu(channels: int, affine: bool) -> list[nn.Module]:
    return [InstanceNorm(channels, affine=affine), nn.ReLU(inplace=True)]
