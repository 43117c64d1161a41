"""EfficientNet-Lite0 up to its eleventh block, one activation after the other.

M. Tan, Q. Le: "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", ICML 2019
(arXiv:1905.11946), table 1, in its Lite form: no squeeze-and-excitation, ReLU6 for swish. Each
block (Sandler et al., CVPR 2018) widens its channels, filters each by itself, and narrows them.

Normalizations are folded into the convolutions before them. Where a stride skips positions, the odd
one of padding comes after, as TensorFlow, in which the network was trained, pads even sides. Odd
sides are padded alike, so that positions stay where they are whatever the size (TensorFlow moves
them by one).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn import functional as F

STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
)
"""Blocks, kernel, stride of the first block, expansion and width of the first five stages."""

EPSILON = 1e-3
"""Of the batch normalizations."""


@dataclass(frozen=True)
class Step:
    """One convolution.

    Attributes:
        layer: the layer that its activation is; empty for the last one of a block, which has none.
        convolution: prefix of its tensor's name.
        norm: prefix of the names of its normalization's tensors.
        kernel: side of the kernel in positions.
        channels: how many it makes.
        depthwise: it filters each channel by itself.
        adds: what came into the block is added to what it makes.
    """

    layer: str
    convolution: str
    norm: str
    kernel: int
    stride: int
    channels: int
    depthwise: bool = False
    adds: bool = False

    @property
    def before(self) -> int:
        """Padding at the left and at the top."""
        return max(0, self.kernel - self.stride) // 2

    @property
    def after(self) -> int:
        """Padding at the right and at the bottom."""
        return max(0, self.kernel - self.stride) - self.before


def steps() -> Iterator[Step]:
    """Yield the convolutions, from the input to the output."""
    yield Step("stem", "_conv_stem", "_bn0", 3, 2, 32)
    number, width_in = 0, 32
    for blocks, kernel, stride, expansion, width in STAGES:
        for first in (True, *[False] * (blocks - 1)):
            key, inner = f"_blocks.{number}.", width_in * expansion
            if expansion > 1:
                yield Step(f"wide{number}", f"{key}_expand_conv", f"{key}_bn0", 1, 1, inner)
            yield Step(
                f"deep{number}",
                f"{key}_depthwise_conv",
                f"{key}_bn1",
                kernel,
                stride if first else 1,
                inner,
                depthwise=True,
            )
            yield Step("", f"{key}_project_conv", f"{key}_bn2", 1, 1, width, adds=not first)
            number, width_in = number + 1, width


class Lite0(nn.Module):
    """The network.

    Args:
        state: tensors with the names of the usual PyTorch implementation (`_blocks.3._bn1.bias`).
    """

    def __init__(self, state: Mapping[str, Tensor]) -> None:
        super().__init__()
        self._steps = [(step, _folded(state, step)) for step in steps()]
        self.net = nn.ModuleList(convolution for _, convolution in self._steps)

    def forward(self, x: Tensor) -> Iterator[tuple[str, Tensor]]:
        """Yield the layers of prepared pictures (N, 3, H, W), in [0, 6], each made on demand."""
        begun = x
        for step, convolution in self._steps:
            if step.before or step.after:
                x = F.pad(x, (step.before, step.after, step.before, step.after))
            x = convolution(x)
            if step.layer:
                # Not in place: what is yielded is never overwritten.
                x = F.relu6(x)
                yield step.layer, x
            else:
                begun = x = x + begun if step.adds else x


def _folded(state: Mapping[str, Tensor], step: Step) -> nn.Conv2d:
    """Return a convolution with its normalization: `w * g` and `b - m * g`, `g = gamma / sd`."""
    weight = state[f"{step.convolution}.weight"].double()
    gamma, beta, mean, variance = (
        state[f"{step.norm}.{kind}"].double()
        for kind in ("weight", "bias", "running_mean", "running_var")
    )
    gain = gamma / (variance + EPSILON).sqrt()
    groups = step.channels if step.depthwise else 1
    made = nn.Conv2d(
        weight.shape[1] * groups, step.channels, step.kernel, step.stride, groups=groups
    )
    made.weight.data = (weight * gain.view(-1, 1, 1, 1)).float()
    assert made.bias is not None
    made.bias.data = (beta - mean * gain).float()
    return made
