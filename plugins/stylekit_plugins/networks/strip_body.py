"""The body of `transfer_body` on a whole image or in strips, as memory allows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stylekit_plugins.networks.packed_body import PackedBody
from stylekit_plugins.networks.row_sources import (
    STRIP_ROWS,
    ConvRows,
    NormalizedRows,
    ReLURows,
    RowSource,
    TensorRows,
    UpsampledRows,
)
from stylekit_plugins.networks.transfer_body import EPSILON, Norm, TransferBody

BYTES_FIXED = 64 * 2.0**20
"""What the libraries and their caches need at any size (benchmarks/notes/memory.md)."""

FLOAT = 4


def bytes_whole(width: int, pixels: int, packed: bool) -> float:
    """Estimate the peak memory in bytes of a body on a whole image.

    Args:
        width: channels at the full size.
        pixels: of the image.
        packed: it is a `PackedBody`.
    """
    # The widest layers, their padded copies and images, and a tenth as a margin. Measured with 8
    # and 32 channels at 3 MP: 107 and 317 bytes a pixel packed; with 8 at 1 MP, above the fixed
    # part: up to 134.
    return BYTES_FIXED + (14 * width + 3 * 3 * FLOAT if packed else 27.5 * width) * pixels


def bytes_in_strips(width: int, pixels: int, long_side: int) -> float:
    """Estimate the peak memory in bytes of a body in strips."""
    # Three layers at a quarter of the size with 4 times the channels, one at half of it with twice
    # as many, and the image four times.
    whole = (3 * 4 / 16 + 2 / 4) * width * FLOAT * pixels + 4 * 3 * FLOAT * pixels
    return BYTES_FIXED + whole + 8 * FLOAT * width * (STRIP_ROWS + 16) * long_side


def in_strips(body: TransferBody, image: Tensor, norms: Sequence[Norm | None]) -> Tensor:
    """Return the body's result for an image (1, 3, H, W), up to the rounding of sums.

    Args:
        image: H and W are multiples of `STRIDE` and at least `MIN_SIDE`.
        norms: of each convolution, (1, C, 1, 1); None: its output is not normalized.
    """
    following = iter(norms)
    layer: RowSource = TensorRows(image)
    for convolution in body.contract:
        layer = ReLURows(_styled(layer, convolution, next(following)))
    total = layer.whole()
    for block in body.residual:
        first, second = cast("nn.ModuleList", block)
        # As wholes: a normalization reads its input twice, for the statistics and for the values.
        inner = ReLURows(_styled(TensorRows(total), first, next(following), whole=True))
        outer = _styled(TensorRows(inner.whole()), second, next(following), whole=True)
        for start, strip in outer.strips():
            total[:, :, start : start + strip.shape[2]] += strip
    layer = TensorRows(total)
    upsample = partial(F.interpolate, scale_factor=2, mode="nearest")
    for index, convolution in enumerate(body.expand[:2]):
        layer = ReLURows(_styled(UpsampledRows(layer, upsample), convolution, next(following)))
        if index == 0:
            layer = TensorRows(layer.whole())
    result = _styled(layer, body.expand[2], norms[-1]).whole()
    return result if norms[-1] is None else result.sigmoid_()


def _styled(
    source: RowSource, module: nn.Module, norm: Norm | None, whole: bool = False
) -> RowSource:
    """Return the rows of a normalized convolution."""
    convolution = cast("nn.Conv2d", module)
    layer: RowSource = ConvRows(source, convolution, convolution.kernel_size[0] // 2)
    if whole:
        layer = TensorRows(layer.whole())
    return layer if norm is None else NormalizedRows(layer, EPSILON, norm.scale, norm.shift)


class BodyInMemory(nn.Module):
    """A body that takes large images in strips.

    Args:
        body: the plain form.
        fast: the fastest form (`packed_body.for_inference`).
        memory: bytes that it may use.
    """

    def __init__(self, body: TransferBody, fast: nn.Module, memory: float) -> None:
        super().__init__()
        self.body, self.fast, self.memory = body, fast, memory

    def forward(self, image: Tensor, norms: Sequence[Norm | None]) -> Tensor:
        """Return the result (N, 3, H, W); see `TransferBody.forward`."""
        pixels = image.shape[-2] * image.shape[-1]
        packed = isinstance(self.fast, PackedBody)
        if bytes_whole(self.body.width, len(image) * pixels, packed) <= self.memory:
            result: Tensor = self.fast(image, norms)
            return result
        return torch.cat([in_strips(self.body, each[None], norms) for each in image])
