"""Translate a large image strip by strip, with the statistics of the whole image.

Tiles that are translated one by one differ in color, because instance normalization takes its mean
and deviation from the tile. Here every normalization gets those of the whole image, exactly: its
input is computed once in strips for the statistics, and once more for the values. Only layers at a
quarter of the size are held as a whole; strips of the large layers are computed again when they are
needed, which costs little, as nine tenths of the work are done at a quarter of the size.

The result equals that of the network on the whole image, up to the rounding of sums.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stylekit_plugins.cyclegan.generator import Generator, Residual
from stylekit_plugins.cyclegan.norm import InstanceNorm
from stylekit_plugins.cyclegan.resampling import BlurDownsample, ResizeConv

STRIP_ROWS = 64
"""Rows of a strip of each layer; a multiple of 4."""


def translate_in_strips(generator: Generator, image: Tensor) -> Tensor:
    """Return the generator's output for an image (1, 3, H, W) in [-1, 1].

    H and W are multiples of the generator's stride.
    """
    layer: RowSource = TensorRows(image)
    border = 0
    for module in generator.model:
        if isinstance(module, nn.ReflectionPad2d):
            border = int(module.padding[0])
        elif isinstance(module, nn.Conv2d):
            layer, border = ConvRows(layer, module, border), 0
        elif isinstance(module, BlurDownsample):
            layer = ConvRows(layer, module, 1)
        elif isinstance(module, nn.ConvTranspose2d):
            layer = TransposedConvRows(layer, module)
        elif isinstance(module, nn.Upsample):
            layer = UpsampledRows(layer, module)
        elif isinstance(module, ResizeConv):
            layer = ConvRows(UpsampledRows(layer, module.resize), module.convolution, 1)
        elif isinstance(module, InstanceNorm):
            layer = NormalizedRows(layer, module)
        elif isinstance(module, nn.ReLU):
            layer = ReLURows(layer)
        elif isinstance(module, Residual):
            layer = _residual(layer, module)
    return layer.whole().tanh_()


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
    """A convolution after reflection padding, or with its own zero padding."""

    def __init__(
        self, source: RowSource, convolution: nn.Conv2d | BlurDownsample, reflection: int
    ) -> None:
        self._source, self._convolution, self._reflection = source, convolution, reflection
        self._kernel, self._stride = convolution.kernel_size[0], convolution.stride[0]
        self._border = reflection or int(convolution.padding[0])
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


class TransposedConvRows(RowSource):
    """A transposed convolution of 3x3 with stride 2, which doubles both sides."""

    def __init__(self, source: RowSource, convolution: nn.ConvTranspose2d) -> None:
        super().__init__(convolution.out_channels, 2 * source.height, 2 * source.width)
        self._source, self._convolution = source, convolution

    def rows(self, start: int, stop: int) -> Tensor:
        """Compute the rows."""
        first = start // 2
        # An odd row has contributions of the source's row after its own.
        inside = self._source.rows(first, min((stop + 1) // 2 + 1, self._source.height))
        upsampled: Tensor = self._convolution(inside)
        return upsampled[:, :, start - 2 * first : stop - 2 * first]


class UpsampledRows(RowSource):
    """Upsampling to twice the size."""

    def __init__(self, source: RowSource, upsample: nn.Upsample) -> None:
        super().__init__(source.channels, 2 * source.height, 2 * source.width)
        self._source, self._upsample = source, upsample

    def rows(self, start: int, stop: int) -> Tensor:
        """Compute the rows; interpolation needs one more row of the source at each end."""
        first, last = max(start // 2 - 1, 0), min((stop + 1) // 2 + 1, self._source.height)
        upsampled: Tensor = self._upsample(self._source.rows(first, last))
        return upsampled[:, :, start - 2 * first : stop - 2 * first]


class NormalizedRows(RowSource):
    """Instance normalization with the statistics of all rows."""

    def __init__(self, source: RowSource, norm: InstanceNorm) -> None:
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


class ReLURows(RowSource):
    """A ReLU."""

    def __init__(self, source: RowSource) -> None:
        super().__init__(source.channels, source.height, source.width)
        self._source = source

    def rows(self, start: int, stop: int) -> Tensor:
        """Compute the rows."""
        return self._source.rows(start, stop).relu_()


def _residual(source: RowSource, block: Residual) -> RowSource:
    """Return the output of a residual block, computed as a whole."""
    total = source.whole()
    layer: RowSource = TensorRows(total)
    for module in block.conv_block:
        if isinstance(module, nn.Conv2d):
            # As a whole: the normalization reads it twice, for the statistics and for the values.
            layer = TensorRows(ConvRows(layer, module, 1).whole())
        elif isinstance(module, InstanceNorm):
            layer = NormalizedRows(layer, module)
        elif isinstance(module, nn.ReLU):
            layer = ReLURows(layer)
    for start, strip in layer.strips():
        total[:, :, start : start + strip.shape[2]] += strip
    return TensorRows(total)
