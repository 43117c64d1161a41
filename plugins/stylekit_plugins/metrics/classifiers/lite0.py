"""EfficientNet-Lite0: the network.

M. Tan, Q. Le: "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", ICML 2019
(arXiv:1905.11946), in its Lite form: no squeeze-and-excitation, ReLU6 for swish, stem and head not
scaled. Names are those of the usual PyTorch implementation, so that its files load as they are.
Trained in TensorFlow, whose `SAME` padding puts the odd pixel after, and whose batch normalization
has an epsilon of 1e-3.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
"""Blocks, kernel, stride of the first block, expansion and width of each stage (table 1)."""

EPSILON = 1e-3


class SameConv(nn.Conv2d):
    """A convolution that is padded as TensorFlow pads: as many outputs as strides fit, begun."""

    def forward(self, input: Tensor) -> Tensor:
        """Return (N, C, ceil(H / stride), ceil(W / stride))."""
        kernel, stride = self.kernel_size[0], self.stride[0]
        missing = [
            max((-(-side // stride) - 1) * stride + kernel - side, 0) for side in input.shape[-2:]
        ]
        top, left = (each // 2 for each in missing)
        padding = (left, missing[1] - left, top, missing[0] - top)
        return super().forward(F.pad(input, padding))


def convolution(
    width_in: int, width: int, kernel: int, stride: int = 1, groups: int = 1
) -> nn.Module:
    """Return a convolution without bias."""
    return SameConv(width_in, width, kernel, stride, groups=groups, bias=False)


def norm(width: int) -> nn.Module:
    """Return a batch normalization."""
    return nn.BatchNorm2d(width, eps=EPSILON)


class Block(nn.Module):
    """An inverted residual (Sandler et al., CVPR 2018), its input added where shapes allow."""

    def __init__(self, width_in: int, width: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        inner = width_in * expansion
        self._expands = expansion > 1
        self._adds = stride == 1 and width_in == width
        if self._expands:
            self._expand_conv = convolution(width_in, inner, 1)
            self._bn0 = norm(inner)
        self._depthwise_conv = convolution(inner, inner, kernel, stride, groups=inner)
        self._bn1 = norm(inner)
        self._project_conv = convolution(inner, width, 1)
        self._bn2 = norm(width)

    def forward(self, features: Tensor) -> Tensor:
        """Return the block's features."""
        inner = features
        if self._expands:
            inner = F.relu6(self._bn0(self._expand_conv(inner)))
        inner = F.relu6(self._bn1(self._depthwise_conv(inner)))
        projected: Tensor = self._bn2(self._project_conv(inner))
        return projected + features if self._adds else projected


class EfficientNetLite0(nn.Module):
    """Logits (N, 1000) of prepared pictures (N, 3, 224, 224)."""

    def __init__(self) -> None:
        super().__init__()
        self._conv_stem = convolution(3, 32, 3, 2)
        self._bn0 = norm(32)
        blocks, width_in = [], 32
        for count, kernel, stride, expansion, width in STAGES:
            for number in range(count):
                first = stride if number == 0 else 1
                blocks.append(Block(width_in, width, kernel, first, expansion))
                width_in = width
        self._blocks = nn.ModuleList(blocks)
        self._conv_head = convolution(width_in, 1280, 1)
        self._bn1 = norm(1280)
        self._fc = nn.Linear(1280, 1000)

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits."""
        features = F.relu6(self._bn0(self._conv_stem(images)))
        for block in self._blocks:
            features = block(features)
        features = F.relu6(self._bn1(self._conv_head(features)))
        logits: Tensor = self._fc(torch.mean(features, dim=(2, 3)))
        return logits
