"""A large picture through the generator strip by strip, with the whole picture's statistics.

Tiles that are translated one by one differ in color, because instance normalization takes its mean
and deviation from the tile. Here every normalization gets those of the whole picture, exactly: its
input is computed once in strips to add them up, and once more to be used. Only layers at a quarter
of the size are held as a whole; strips of the large layers are computed again when they are needed,
which costs little, as nine tenths of the work are done at a quarter of the size.

The result is that of the untiled network but for the rounding of sums.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stylekit_plugins.cyclegan.generator import Generator, Residual
from stylekit_plugins.cyclegan.norm import InstanceNorm
from stylekit_plugins.cyclegan.resampling import Blurring, Enlarging

ROWS = 64
"""Rows of a strip, in pixels of the layer; a multiple of 4."""


def translate_in_strips(generator: Generator, image: Tensor) -> Tensor:
    """Return the translation of a picture (1, 3, H, W) in [-1, 1], as the network itself would.

    H and W are multiples of the generator's stride.
    """
    layer: Rows = Stored(image)
    border = 0
    for module in generator.model:
        if isinstance(module, nn.ReflectionPad2d):
            border = int(module.padding[0])
        elif isinstance(module, nn.Conv2d):
            layer, border = Convolved(layer, module, border), 0
        elif isinstance(module, Blurring):
            layer = Convolved(layer, module, 1)
        elif isinstance(module, nn.ConvTranspose2d):
            layer = Enlarged(layer, module)
        elif isinstance(module, nn.Upsample):
            layer = Repeated(layer, module)
        elif isinstance(module, Enlarging):
            layer = Convolved(Repeated(layer, module.enlarge), module.convolution, 1)
        elif isinstance(module, InstanceNorm):
            layer = Normalized(layer, module)
        elif isinstance(module, nn.ReLU):
            layer = Rectified(layer)
        elif isinstance(module, Residual):
            layer = _residual(layer, module)
    return layer.whole().tanh_()


class Rows(ABC):
    """A layer's output, (1, C, H, W), of which rows are computed on demand."""

    def __init__(self, channels: int, height: int, width: int) -> None:
        self.channels, self.height, self.width = channels, height, width

    @abstractmethod
    def rows(self, start: int, stop: int) -> Tensor:
        """Return rows (1, C, stop - start, W), to be overwritten by whoever asked for them."""

    def strips(self) -> Iterator[tuple[int, Tensor]]:
        """Yield all rows, some at a time, with the number of the first."""
        for start in range(0, self.height, ROWS):
            yield start, self.rows(start, min(start + ROWS, self.height))

    def whole(self) -> Tensor:
        """Return all rows at once."""
        result: Tensor | None = None
        for start, strip in self.strips():
            if result is None:
                result = strip.new_empty(1, self.channels, self.height, self.width)
            result[:, :, start : start + strip.shape[2]] = strip
        assert result is not None
        return result


class Stored(Rows):
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


class Convolved(Rows):
    """A convolution after a mirrored border, or within its own border of zeros."""

    def __init__(self, source: Rows, convolution: nn.Conv2d | Blurring, mirrored: int) -> None:
        self._source, self._convolution, self._mirrored = source, convolution, mirrored
        self._kernel, self._stride = convolution.kernel_size[0], convolution.stride[0]
        self._border = mirrored or int(convolution.padding[0])
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
        if self._mirrored:
            inside = F.pad(inside, (border, border, 0, 0), mode="reflect")
            # The strip at an edge of the picture holds the rows that are mirrored there.
            inside = F.pad(inside, (0, 0, above, below), mode="reflect")
        else:
            inside = F.pad(inside, (border, border, above, below))
        weight, bias = self._convolution.weight, self._convolution.bias
        return F.conv2d(inside, weight, bias, self._stride, groups=self._convolution.groups)


class Enlarged(Rows):
    """A transposed convolution of 3x3 with stride 2, which doubles both sides."""

    def __init__(self, source: Rows, convolution: nn.ConvTranspose2d) -> None:
        super().__init__(convolution.out_channels, 2 * source.height, 2 * source.width)
        self._source, self._convolution = source, convolution

    def rows(self, start: int, stop: int) -> Tensor:
        """Compute the rows."""
        first = start // 2
        # An odd row has contributions of the source's row after its own.
        inside = self._source.rows(first, min((stop + 1) // 2 + 1, self._source.height))
        enlarged: Tensor = self._convolution(inside)
        return enlarged[:, :, start - 2 * first : stop - 2 * first]


class Repeated(Rows):
    """Rows enlarged to twice their size without a network."""

    def __init__(self, source: Rows, enlarging: nn.Upsample) -> None:
        super().__init__(source.channels, 2 * source.height, 2 * source.width)
        self._source, self._enlarging = source, enlarging

    def rows(self, start: int, stop: int) -> Tensor:
        """Compute the rows; a mean of neighbors needs one more of the source at each end."""
        first, last = max(start // 2 - 1, 0), min((stop + 1) // 2 + 1, self._source.height)
        enlarged: Tensor = self._enlarging(self._source.rows(first, last))
        return enlarged[:, :, start - 2 * first : stop - 2 * first]


class Normalized(Rows):
    """Instance normalization with the statistics of all rows."""

    def __init__(self, source: Rows, norm: InstanceNorm) -> None:
        super().__init__(source.channels, source.height, source.width)
        self._source = source
        total = torch.zeros(source.channels, dtype=torch.float64)
        squares = torch.zeros(source.channels, dtype=torch.float64)
        for _, strip in source.strips():
            # Of one strip in its own precision, about its own mean; of all in double precision.
            variance, mean = torch.var_mean(strip.float(), (0, 2, 3), correction=0)
            count = strip.shape[2] * strip.shape[3]
            mean, variance = mean.cpu().double(), variance.cpu().double()
            total += count * mean
            squares += count * (variance + mean * mean)
        count = self.height * self.width
        mean = total / count
        factor = (squares / count - mean * mean + norm.eps).rsqrt()
        shift = -mean * factor
        if norm.affine:
            scale, offset = norm.weight.cpu().double(), norm.bias.cpu().double()
            factor, shift = factor * scale, shift * scale + offset
        self._factor, self._shift = factor.view(1, -1, 1, 1), shift.view(1, -1, 1, 1)

    def rows(self, start: int, stop: int) -> Tensor:
        """Compute the rows."""
        values = self._source.rows(start, stop)
        return values.mul_(self._factor.to(values)).add_(self._shift.to(values))


class Rectified(Rows):
    """ReLU."""

    def __init__(self, source: Rows) -> None:
        super().__init__(source.channels, source.height, source.width)
        self._source = source

    def rows(self, start: int, stop: int) -> Tensor:
        """Compute the rows."""
        return self._source.rows(start, stop).relu_()


def _residual(source: Rows, block: Residual) -> Rows:
    """Return a residual block's output, held as a whole."""
    total = source.whole()
    layer: Rows = Stored(total)
    for module in block.conv_block:
        if isinstance(module, nn.Conv2d):
            # Held: it is asked for twice, for the statistics and for the values.
            layer = Stored(Convolved(layer, module, 1).whole())
        elif isinstance(module, InstanceNorm):
            layer = Normalized(layer, module)
        elif isinstance(module, nn.ReLU):
            layer = Rectified(layer)
    for start, strip in layer.strips():
        total[:, :, start : start + strip.shape[2]] += strip
    return Stored(total)
