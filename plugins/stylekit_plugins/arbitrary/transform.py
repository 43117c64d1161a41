"""Style transfer: a picture and 100 style numbers to the repainted picture.

The network of Johnson et al. with every normalization's scale and shift linear in the style numbers
(Dumoulin et al., arXiv:1610.07629; Ghiasi et al., BMVC 2017, section 3.1), a quarter as wide as the
paper's, as Magenta published it. Borders are mirrored; enlarging repeats the nearest value.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stylekit.machine.precision import layout
from stylekit_plugins.arbitrary.layers import convolution

STRIDE = 4
"""Sides of the picture must be multiples of it for a result of the same size."""

LEAST = 8
"""The least side: at a quarter of it, two values are needed to mirror one."""

EPSILON = 1e-5
"""Added to the variance (batchnorm/add/y in the published graph)."""


class Transform(nn.Module):
    """The repainting.

    Args:
        state: `LAYER/weights` and `LAYER/biases` by TensorFlow's names.
    """

    def __init__(self, state: Mapping[str, Tensor]) -> None:
        super().__init__()
        self.contract = nn.ModuleList(
            _Plain(state, f"transformer/contract/conv{number}", stride)
            for number, stride in ((1, 1), (2, 2), (3, 2))
        )
        self.residual = nn.ModuleList(
            _Residual(state, f"transformer/residual/residual{number}") for number in range(1, 6)
        )
        self.expand = nn.ModuleList(
            _Styled(state, f"transformer/expand/conv{number}/conv") for number in (1, 2, 3)
        )
        self.requires_grad_(False).eval()
        self.to(memory_format=torch.channels_last)

    def forward(self, image: Tensor, numbers: Tensor) -> Tensor:
        """Return (N, 3, H, W) in [0, 1], for pictures like them and style numbers (N, 100, 1, 1).

        H and W are multiples of `STRIDE` and at least `LEAST`.
        """
        x = image.contiguous(memory_format=layout(image.device))
        for layer in self.contract:
            x = F.relu(layer(x), inplace=True)
        for block in self.residual:
            x = block(x, numbers)
        for layer in self.expand[:2]:
            x = F.interpolate(x, scale_factor=2, mode="nearest")
            x = F.relu(layer(x, numbers), inplace=True)
        return torch.sigmoid(self.expand[2](x, numbers))


class _Plain(nn.Module):
    """A convolution with mirrored borders."""

    def __init__(self, state: Mapping[str, Tensor], layer: str, stride: int = 1) -> None:
        super().__init__()
        self.convolution = convolution(state, layer, stride)
        self.border = state[f"{layer}/weights"].shape[-1] // 2

    def forward(self, x: Tensor) -> Tensor:
        """Return (1, C', h, w) for (1, C, H, W), smaller by the stride."""
        y: Tensor = self.convolution(F.pad(x, (self.border,) * 4, mode="reflect"))
        return y


class _Styled(nn.Module):
    """A convolution whose output is normalized, then scaled and shifted by the style."""

    def __init__(self, state: Mapping[str, Tensor], layer: str) -> None:
        super().__init__()
        self.plain = _Plain(state, layer)
        self.shift = convolution(state, f"style_params/{layer}/StyleNorm/Conv")
        self.scale = convolution(state, f"style_params/{layer}/StyleNorm/Conv_1")

    def forward(self, x: Tensor, numbers: Tensor) -> Tensor:
        """Return (1, C', h, w) for (1, C, h, w); a channel's mean and deviation are the style's."""
        x = self.plain(x)
        variance, mean = torch.var_mean(x, (2, 3), correction=0, keepdim=True)
        factor = self.scale(numbers) * (variance + EPSILON).rsqrt()
        return torch.addcmul(self.shift(numbers) - mean * factor, x, factor)


class _Residual(nn.Module):
    """Two such convolutions whose result is added to their input."""

    def __init__(self, state: Mapping[str, Tensor], name: str) -> None:
        super().__init__()
        self.first, self.second = (_Styled(state, f"{name}/conv{number}") for number in (1, 2))

    def forward(self, x: Tensor, numbers: Tensor) -> Tensor:
        """Return (1, C, h, w) for (1, C, h, w)."""
        inner = F.relu(self.first(x, numbers), inplace=True)
        added: Tensor = self.second(inner, numbers)
        return x + added


def repaint(network: Transform, image: Tensor, numbers: Tensor) -> Tensor:
    """Return the repainted pictures (N, 3, H, W) for pictures of any size.

    Sides that are no multiples of `STRIDE` are continued by up to three pixels, which are cut off
    again. They repeat the last pixel: over eight pictures that really go on, this came closer to
    the result with the real continuation than mirroring did (0.0022 against 0.0031 on average).
    """
    height, width = image.shape[-2:]
    below, right = _missing(height), _missing(width)
    if below or right:
        image = F.pad(image, (0, right, 0, below), mode="replicate")
    return network(image, numbers)[..., :height, :width]  # type: ignore[no-any-return]


def _missing(side: int) -> int:
    return max(-(-side // STRIDE) * STRIDE, LEAST) - side
