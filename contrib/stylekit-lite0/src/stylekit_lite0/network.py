"""EfficientNet-Lite0 up to its eleventh block, one activation after the other.

Normalizations are folded into the convolutions before them. TensorFlow's padding of sides that the
stride divides is used for all sides, so that positions stay where they are whatever the size
(TensorFlow moves them by one on the others).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from torch import Tensor, nn
from torch.nn import functional as F

from stylekit_plugins.networks.efficientnet_lite0 import EPSILON, STEM, blocks, same_padding

BLOCKS = 11
"""Blocks that are computed: those of the first five stages."""


@dataclass(frozen=True)
class Step:
    """One convolution.

    Attributes:
        layer: name of its activation; empty for the last one of a block, which has none.
        convolution: prefix of its tensor's name.
        norm: prefix of the names of its normalization's tensors.
        kernel: side of the kernel in positions.
        channels: of its output.
        depthwise: it filters each channel by itself.
        is_residual: the block's input is added to its output.
    """

    layer: str
    convolution: str
    norm: str
    kernel: int
    stride: int
    channels: int
    depthwise: bool = False
    is_residual: bool = False

    @property
    def before(self) -> int:
        """Padding at the left and at the top."""
        return same_padding(self.stride, self.kernel, self.stride)[0]

    @property
    def after(self) -> int:
        """Padding at the right and at the bottom."""
        return same_padding(self.stride, self.kernel, self.stride)[1]


def steps() -> Iterator[Step]:
    """Yield the convolutions, from the input to the output."""
    yield Step("stem", "_conv_stem", "_bn0", 3, 2, STEM)
    for block in islice(blocks(), BLOCKS):
        number, key, inner = block.number, f"_blocks.{block.number}.", block.inner
        if block.expansion > 1:
            yield Step(f"wide{number}", f"{key}_expand_conv", f"{key}_bn0", 1, 1, inner)
        yield Step(
            f"deep{number}",
            f"{key}_depthwise_conv",
            f"{key}_bn1",
            block.kernel,
            block.stride,
            inner,
            depthwise=True,
        )
        yield Step(
            "",
            f"{key}_project_conv",
            f"{key}_bn2",
            1,
            1,
            block.channels,
            is_residual=block.is_residual,
        )


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
        """Yield the layers of prepared images (N, 3, H, W), in [0, 6], each computed on demand."""
        block_input = x
        for step, convolution in self._steps:
            if step.before or step.after:
                x = F.pad(x, (step.before, step.after, step.before, step.after))
            x = convolution(x)
            if step.layer:
                # Not in place: a yielded layer is never overwritten.
                x = F.relu6(x)
                yield step.layer, x
            else:
                block_input = x = x + block_input if step.is_residual else x


def _folded(state: Mapping[str, Tensor], step: Step) -> nn.Conv2d:
    """Return a convolution with its normalization: `w * g` and `b - m * g`, `g = gamma / sd`."""
    weight = state[f"{step.convolution}.weight"].double()
    gamma, beta, mean, variance = (
        state[f"{step.norm}.{kind}"].double()
        for kind in ("weight", "bias", "running_mean", "running_var")
    )
    gain = gamma / (variance + EPSILON).sqrt()
    groups = step.channels if step.depthwise else 1
    convolution = nn.Conv2d(
        weight.shape[1] * groups, step.channels, step.kernel, step.stride, groups=groups
    )
    convolution.weight.data = (weight * gain.view(-1, 1, 1, 1)).float()
    assert convolution.bias is not None
    convolution.bias.data = (beta - mean * gain).float()
    return convolution
