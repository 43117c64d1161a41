"""Style prediction: from an image to its style embedding of 100 values.

MobileNetV2 (Sandler et al., arXiv:1801.04381) in TensorFlow's form, a mean over all positions and
one linear layer (Ghiasi et al., BMVC 2017, section 3.2; Magenta distilled its Inception-v3 into
this network). Batch normalization is folded into the convolutions.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stylekit_plugins.networks.named_layers import convolution

STRIDE = 32
"""Sides of the input must be multiples of it: then the padding equals TensorFlow's `SAME`."""

BLOCKS = 17
_HALVING = {1, 3, 6, 13}
"""Blocks with stride 2 (table 2)."""

_RESIDUAL = {2, 4, 5, 7, 8, 9, 11, 12, 14, 15}
"""Blocks that add their input: those with stride 1 and as many channels out as in."""


class Predict(nn.Module):
    """Predicts style embeddings of images.

    Args:
        state: `LAYER/weights` and `LAYER/biases` by TensorFlow's names.
    """

    def __init__(self, state: Mapping[str, Tensor]) -> None:
        super().__init__()
        self.first = convolution(state, "MobilenetV2/Conv", stride=2)
        self.blocks = nn.ModuleList(_Block(state, number) for number in range(BLOCKS))
        self.last = convolution(state, "MobilenetV2/Conv_1")
        self.head = convolution(state, "mobilenet_conv/Conv")
        self.requires_grad_(False).eval()

    def forward(self, image: Tensor) -> Tensor:
        """Return (N, 100, 1, 1) for (N, 3, H, W) in [0, 1]; H and W multiples of `STRIDE`."""
        x = F.relu6(self.first(_pad(image)))
        for block in self.blocks:
            x = block(x)
        x = F.relu6(self.last(x)).mean((2, 3), keepdim=True)
        embedding: Tensor = self.head(x)
        return embedding


class _Block(nn.Module):
    """An inverted residual: expand, filter each channel, project."""

    def __init__(self, state: Mapping[str, Tensor], number: int) -> None:
        super().__init__()
        name = "MobilenetV2/expanded_conv" + (f"_{number}" if number else "")
        self.downsamples, self.is_residual = number in _HALVING, number in _RESIDUAL
        self.expand = convolution(state, f"{name}/expand") if number else nn.Identity()
        channels = state[f"{name}/depthwise/weights"].shape[0]
        self.depthwise = convolution(
            state,
            f"{name}/depthwise",
            stride=2 if self.downsamples else 1,
            padding=0 if self.downsamples else 1,
            groups=channels,
        )
        self.project = convolution(state, f"{name}/project")
        self.expands = bool(number)

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, C', h, w) for (N, C, h, w), half the size if the block downsamples."""
        inner = F.relu6(self.expand(x)) if self.expands else x
        inner = F.relu6(self.depthwise(_pad(inner) if self.downsamples else inner))
        output: Tensor = self.project(inner)
        return x + output if self.is_residual else output


def _pad(x: Tensor) -> Tensor:
    """Pad as TensorFlow's `SAME` does for a 3x3 kernel with stride 2 and an even size."""
    return F.pad(x, (0, 1, 0, 1))


def blend(embeddings: list[tuple[Tensor, float]]) -> Tensor:
    """Return the weighted sum of style embeddings."""
    return torch.stack([value * weight for value, weight in embeddings]).sum(0)
