"""Style transfer: from an image and a style embedding to the stylized image.

The network of Johnson et al. with every normalization's scale and shift linear in the embedding
(Dumoulin et al., arXiv:1610.07629; Ghiasi et al., BMVC 2017, section 3.1), a quarter as wide as the
paper's, as Magenta published it. Padding is by reflection, upsampling by nearest neighbor.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stylekit.machine.precision import layout
from stylekit_plugins.arbitrary.layers import convolution

STRIDE = 4
"""Sides of the image must be multiples of it for a result of the same size."""

MIN_SIDE = 8
"""Least side: at a quarter of it, reflection padding by 1 needs two values."""

EPSILON = 1e-5
"""Added to the variance (batchnorm/add/y in the published graph)."""


class Transform(nn.Module):
    """The stylizing network.

    Args:
        state: `LAYER/weights` and `LAYER/biases` by TensorFlow's names.
    """

    def __init__(self, state: Mapping[str, Tensor]) -> None:
        super().__init__()
        self.contract = nn.ModuleList(
            _ConvLayer(state, f"transformer/contract/conv{number}", stride)
            for number, stride in ((1, 1), (2, 2), (3, 2))
        )
        self.residual = nn.ModuleList(
            _Residual(state, f"transformer/residual/residual{number}") for number in range(1, 6)
        )
        self.expand = nn.ModuleList(
            _StyledConv(state, f"transformer/expand/conv{number}/conv") for number in (1, 2, 3)
        )
        self.requires_grad_(False).eval()
        self.to(memory_format=torch.channels_last)

    def forward(self, image: Tensor, embedding: Tensor) -> Tensor:
        """Return (N, 3, H, W) in [0, 1], for images like it and embeddings (N, 100, 1, 1).

        H and W are multiples of `STRIDE` and at least `MIN_SIDE`.
        """
        x = image.contiguous(memory_format=layout(image.device))
        for layer in self.contract:
            x = F.relu(layer(x), inplace=True)
        for block in self.residual:
            x = block(x, embedding)
        for layer in self.expand[:2]:
            x = F.interpolate(x, scale_factor=2, mode="nearest")
            x = F.relu(layer(x, embedding), inplace=True)
        return torch.sigmoid(self.expand[2](x, embedding))


class _ConvLayer(nn.Module):
    """A convolution with reflection padding."""

    def __init__(self, state: Mapping[str, Tensor], layer: str, stride: int = 1) -> None:
        super().__init__()
        self.convolution = convolution(state, layer, stride)
        self.border = state[f"{layer}/weights"].shape[-1] // 2

    def forward(self, x: Tensor) -> Tensor:
        """Return (1, C', h, w) for (1, C, H, W), smaller by the stride."""
        y: Tensor = self.convolution(F.pad(x, (self.border,) * 4, mode="reflect"))
        return y


class _StyledConv(nn.Module):
    """A convolution whose output is normalized, then scaled and shifted by the embedding."""

    def __init__(self, state: Mapping[str, Tensor], layer: str) -> None:
        super().__init__()
        self.convolution = _ConvLayer(state, layer)
        self.shift = convolution(state, f"style_params/{layer}/StyleNorm/Conv")
        self.scale = convolution(state, f"style_params/{layer}/StyleNorm/Conv_1")

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        """Return (1, C', h, w) for (1, C, h, w); a channel's mean and deviation are the style's."""
        x = self.convolution(x)
        variance, mean = torch.var_mean(x, (2, 3), correction=0, keepdim=True)
        factor = self.scale(embedding) * (variance + EPSILON).rsqrt()
        return torch.addcmul(self.shift(embedding) - mean * factor, x, factor)


class _Residual(nn.Module):
    """Two styled convolutions with a skip connection."""

    def __init__(self, state: Mapping[str, Tensor], name: str) -> None:
        super().__init__()
        self.first, self.second = (_StyledConv(state, f"{name}/conv{number}") for number in (1, 2))

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        """Return (1, C, h, w) for (1, C, h, w)."""
        inner = F.relu(self.first(x, embedding), inplace=True)
        output: Tensor = self.second(inner, embedding)
        return x + output


def stylize(network: Transform, image: Tensor, embedding: Tensor) -> Tensor:
    """Return the stylized images (N, 3, H, W) for images of any size.

    Sides that are not multiples of `STRIDE` are padded by up to three pixels, which are cropped
    again. The padding repeats the last pixel, which is closer to a larger image than reflection is
    (benchmarks/notes/arbitrary.md).
    """
    height, width = image.shape[-2:]
    below, right = _padding(height), _padding(width)
    if below or right:
        image = F.pad(image, (0, right, 0, below), mode="replicate")
    return network(image, embedding)[..., :height, :width]  # type: ignore[no-any-return]


def _padding(side: int) -> int:
    return max(-(-side // STRIDE) * STRIDE, MIN_SIDE) - side
