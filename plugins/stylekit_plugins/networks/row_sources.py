"""The rows of a layer, computed on demand: a large image strip by strip, as if it were whole.

Tiles that are translated one by one differ in color, because instance normalization takes its mean
and deviation from the tile. Here every normalization gets those of the whole image, exactly: its
input is computed once in strips for the statistics, and once more for the values. Layers that are
small enough are held as a whole (`RowSource.whole`); strips of the large ones are computed again
when they are needed.

The result equals that of the network on the whole image, up to the rounding of sums.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional as F

STRIP_ROWS = 64
"""Rows of a strip of each layer; a multiple of 4."""


class Convolution(Protocol):
    """What `ConvRows` asks of a convolution; `torch.nn.Conv2d` has it."""

    @property
    def kernel_size(self) -> tuple[int, ...]:
        """As of `torch.nn.Conv2d`."""

    @property
    def stride(self) -> tuple[int, ...]:
        """As of `torch.nn.Conv2d`."""

    @property
    def groups(self) -> int:
        """As of `torch.nn.Conv2d`."""

    @property
    def out_channels(self) -> int:
        """As of `torch.nn.Conv2d`."""

    @property
    def weight(self) -> Tensor:
        """As of `torch.nn.Conv2d`."""

    @property
    def bias(self) -> Tensor | None:
        """As of `torch.nn.Conv2d`."""


class RowSource(ABC):
    """A layer's output, (1, C, H, W), of which rows are computed on demand."""

    def __init__(self, channels: int, height: int, width: int) -> None:
        self.channels, self.height, self.width = channels, height, width

    @abstractmethod
    def rows(self, start: int, stop: int) -> Tensor:
        """Return rows (1, C, stop - start, W) as a new tensor, which the caller may change."""

    def strips(self) -> Iterator[tuple[int, Tensor]]:
        """Yield strips of rows, each with the number of its first row."""
        for start in range(0, self.height, STRIP_ROWS):
            yield start, self.rows(start, min(start + STRIP_ROWS, self.height))

    def whole(self) -> Tensor:
        """Return all rows in one tensor."""
        result: Tensor | None = None
        for start, strip in self.strips():
            if result is None:
                result = strip.new_empty(1, self.channels, self.height, self.width)
            result[:, :, start : start + strip.shape[2]] = strip
        assert result is not None
        return result


class TensorRows(RowSource):
    """Rows of a tensor (1, C, H, W)."""

    def __init__(self, values: Tensor) -> None:
        super().__init__(*values.shape[1:])
        self.values = values

    def rows(self, start: int, stop: int) -> Tensor:
        """Return a copy of the rows."""
        return self.values[:, :, start:stop].clone()

    def whole(self) -> Tensor:
        """Return the tensor itself."""
        return self.values


class ConvRows(RowSource):
    """A convolution after padding by reflection, or by zeros.

    Args:
        convolution: its own padding does not count.
        reflection: pixels of padding by reflection.
        zeros: pixels of padding by zeros, where there is no reflection.
    """

    def __init__(
        self, source: RowSource, convolution: Convolution, reflection: int, zeros: int = 0
    ) -> None:
        self._source, self._convolution, self._reflection = source, convolution, reflection
        self._kernel, self._stride = convolution.kernel_size[0], convolution.stride[0]
        self._border = reflection or zeros
        sides = [
            (side + 2 * self._border - self._kernel) // self._stride + 1
            for side in (source.height, source.width)
        ]
        super().__init__(convolution.out_channels, *sides)

    def rows(self, start: int, stop: int) -> Tensor:
        """Compute the rows."""
        first = start * self._stride - self._border
        last = (stop - 1) * self._stride - self._border + self._kernel
        height, border = self._source.height, self._border
        inside = self._source.rows(max(first, 0), min(last, height))
        above, below = max(-first, 0), max(last - height, 0)
        if self._reflection:
            inside = F.pad(inside, (border, border, 0, 0), mode="reflect")
            # The strip at an edge of the image holds the rows that are reflected there.
            inside = F.pad(inside, (0, 0, above, below), mode="reflect")
        else:
            inside = F.pad(inside, (border, border, above, below))
        weight, bias = self._convolution.weight, self._convolution.bias
        return F.conv2d(inside, weight, bias, self._stride, groups=self._convolution.groups)


class UpsampledRows(RowSource):
    """Upsampling to twice the size."""

    def __init__(self, source: RowSource, upsample: Callable[[Tensor], Tensor]) -> None:
        super().__init__(source.channels, 2 * source.height, 2 * source.width)
        self._source, self._upsample = source, upsample

    def rows(self, start: int, stop: int) -> Tensor:
        """Compute the rows; interpolation needs one more row of the source at each end."""
        first, last = max(start // 2 - 1, 0), min((stop + 1) // 2 + 1, self._source.height)
        upsampled = self._upsample(self._source.rows(first, last))
        return upsampled[:, :, start - 2 * first : stop - 2 * first]


class NormalizedRows(RowSource):
    """Instance normalization with the statistics of all rows.

    Args:
        epsilon: added to the variance.
        scale: of each channel, after the normalization; None: 1.
        shift: likewise; None: 0.
    """

    def __init__(
        self,
        source: RowSource,
        epsilon: float,
        scale: Tensor | None = None,
        shift: Tensor | None = None,
    ) -> None:
        super().__init__(source.channels, source.height, source.width)
        self._source = source
        total = torch.zeros(source.channels, dtype=torch.float64)
        squares = torch.zeros(source.channels, dtype=torch.float64)
        for _, strip in source.strips():
            # A strip about its own mean in float32, sums over strips in float64: both are accurate.
            variance, mean = torch.var_mean(strip.float(), (0, 2, 3), correction=0)
            count = strip.shape[2] * strip.shape[3]
            mean, variance = mean.cpu().double(), variance.cpu().double()
            total += count * mean
            squares += count * (variance + mean * mean)
        count = self.height * self.width
        mean = total / count
        factor = (squares / count - mean * mean + epsilon).rsqrt()
        if scale is not None:
            factor = factor * scale.flatten().cpu().double()
        offset = -mean * factor
        if shift is not None:
            offset = offset + shift.flatten().cpu().double()
        self._factor, self._shift = factor.view(1, -1, 1, 1), offset.view(1, -1, 1, 1)

    def rows(self, start: int, stop: int) -> Tensor:
        """Compute the rows."""
        values = self._source.rows(start, stop)
        return values.mul_(self._factor.to(values)).add_(self._shift.to(values))


class ReLURows(RowSource):
    """A ReLU."""

    def __init__(self, source: RowSource) -> None:
        super().__init__(source.channels, source.height, source.width)
        self._source = source

    def rows(self, start: int, stop: int) -> Tensor:
        """Compute the rows."""
        return self._source.rows(start, stop).relu_()
