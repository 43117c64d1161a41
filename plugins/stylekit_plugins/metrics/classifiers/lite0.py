"""EfficientNet-Lite0 as a classifier: the network.

Names are those of the usual PyTorch implementation, so that its files load as they are.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stylekit_plugins.networks.efficientnet_lite0 import (
    CLASSES,
    EPSILON,
    HEAD,
    STEM,
    Block,
    blocks,
    same_padding,
)


class SameConv(nn.Conv2d):
    """A convolution with TensorFlow's `SAME` padding, which depends on the size of the input."""

    def forward(self, input: Tensor) -> Tensor:
        """Return (N, C, ceil(H / stride), ceil(W / stride))."""
        kernel, stride = self.kernel_size[0], self.stride[0]
        top, bottom = same_padding(input.shape[-2], kernel, stride)
        left, right = same_padding(input.shape[-1], kernel, stride)
        return super().forward(F.pad(input, (left, right, top, bottom)))


def convolution(
    channels_in: int, channels: int, kernel: int, stride: int = 1, groups: int = 1
) -> nn.Module:
    """Return a convolution without bias."""
    return SameConv(channels_in, channels, kernel, stride, groups=groups, bias=False)


def norm(channels: int) -> nn.Module:
    """Return a batch normalization."""
    return nn.BatchNorm2d(channels, eps=EPSILON)


class InvertedResidual(nn.Module):
    """One block of the network."""

    def __init__(self, block: Block) -> None:
        super().__init__()
        self._block, inner = block, block.inner
        if block.expansion > 1:
            self._expand_conv = convolution(block.channels_in, inner, 1)
            self._bn0 = norm(inner)
        self._depthwise_conv = convolution(inner, inner, block.kernel, block.stride, groups=inner)
        self._bn1 = norm(inner)
        self._project_conv = convolution(inner, block.channels, 1)
        self._bn2 = norm(block.channels)

    def forward(self, features: Tensor) -> Tensor:
        """Return the block's features (N, C, H / stride, W / stride)."""
        inner = features
        if self._block.expansion > 1:
            inner = F.relu6(self._bn0(self._expand_conv(inner)))
        inner = F.relu6(self._bn1(self._depthwise_conv(inner)))
        projected: Tensor = self._bn2(self._project_conv(inner))
        return projected + features if self._block.is_residual else projected


class EfficientNetLite0(nn.Module):
    """Computes logits (N, 1000) of prepared images (N, 3, 224, 224)."""

    def __init__(self) -> None:
        super().__init__()
        self._conv_stem = convolution(3, STEM, 3, 2)
        self._bn0 = norm(STEM)
        every = list(blocks())
        self._blocks = nn.ModuleList(map(InvertedResidual, every))
        self._conv_head = convolution(every[-1].channels, HEAD, 1)
        self._bn1 = norm(HEAD)
        self._fc = nn.Linear(HEAD, CLASSES)

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits."""
        features = F.relu6(self._bn0(self._conv_stem(images)))
        for block in self._blocks:
            features = block(features)
        features = F.relu6(self._bn1(self._conv_head(features)))
        logits: Tensor = self._fc(torch.mean(features, dim=(2, 3)))
        return logits
