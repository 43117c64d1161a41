"""Translate a large image strip by strip, with the statistics of the whole image.

Only layers at a quarter of the size are held as a whole; strips of the large layers are computed
again when they are needed, which costs little, as nine tenths of the work are done at a quarter of
the size.
"""

from __future__ import annotations

from torch import Tensor, nn

from stylekit_plugins.cyclegan.generator import Generator, Residual
from stylekit_plugins.cyclegan.norm import InstanceNorm
from stylekit_plugins.cyclegan.resampling import BlurDownsample, ResizeConv
from stylekit_plugins.networks.row_sources import (
    ConvRows,
    NormalizedRows,
    ReLURows,
    RowSource,
    TensorRows,
    UpsampledRows,
)


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
            layer, border = ConvRows(layer, module, border, int(module.padding[0])), 0
        elif isinstance(module, BlurDownsample):
            layer = ConvRows(layer, module, 1)
        elif isinstance(module, nn.ConvTranspose2d):
            layer = TransposedConvRows(layer, module)
        elif isinstance(module, nn.Upsample):
            layer = UpsampledRows(layer, module)
        elif isinstance(module, ResizeConv):
            layer = ConvRows(UpsampledRows(layer, module.resize), module.convolution, 1)
        elif isinstance(module, InstanceNorm):
            layer = _normalized(layer, module)
        elif isinstance(module, nn.ReLU):
            layer = ReLURows(layer)
        elif isinstance(module, Residual):
            layer = _residual(layer, module)
    return layer.whole().tanh_()


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


def _normalized(source: RowSource, norm: InstanceNorm) -> RowSource:
    return NormalizedRows(source, norm.eps, norm.weight, norm.bias)


def _residual(source: RowSource, block: Residual) -> RowSource:
    """Return the output of a residual block, computed as a whole."""
    total = source.whole()
    layer: RowSource = TensorRows(total)
    for module in block.conv_block:
        if isinstance(module, nn.Conv2d):
            # As a whole: the normalization reads it twice, for the statistics and for the values.
            layer = TensorRows(ConvRows(layer, module, 1).whole())
        elif isinstance(module, InstanceNorm):
            layer = _normalized(layer, module)
        elif isinstance(module, nn.ReLU):
            layer = ReLURows(layer)
    for start, strip in layer.strips():
        total[:, :, start : start + strip.shape[2]] += strip
    return TensorRows(total)
