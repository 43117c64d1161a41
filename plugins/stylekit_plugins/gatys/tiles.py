"""Cut an image into tiles whose features are exactly those of the whole image.

A tile has a core and a halo. Cores cover the image without overlap and begin at multiples of the
network's stride, so that pooling falls on the same pixels. The halo is at least as wide as the
receptive field of the core's features; at the image's own border there is none, and the network
pads there as it does for the whole image. So every feature belongs to one core, and equals that of
the whole image.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Span:
    """One tile in one direction, in pixels: the core within the core and its halo."""

    outer_start: int
    core_start: int
    core_end: int
    outer_end: int
    last: bool

    def in_tile(self, stride: int) -> slice:
        """Return the core's positions among the features of the whole tile."""
        start = (self.core_start - self.outer_start) // stride
        # The last core has the remainder that rounding down leaves, as the whole image has.
        return slice(start, None if self.last else (self.core_end - self.outer_start) // stride)

    def in_image(self, stride: int, count: int) -> slice:
        """Return the core's positions among the features of the image, `count` in all."""
        return slice(self.core_start // stride, count if self.last else self.core_end // stride)


@dataclass(frozen=True)
class Tile:
    """A rectangle of an image."""

    rows: Span
    columns: Span

    def crop(self, image: Tensor) -> Tensor:
        """Return core and halo of an image (1, 3, H, W), as a view."""
        rows, columns = self.rows, self.columns
        return image[
            ...,
            rows.outer_start : rows.outer_end,
            columns.outer_start : columns.outer_end,
        ]

    def core(self, features: Tensor, stride: int) -> Tensor:
        """Return the core's features among those of the whole tile, as a view."""
        return features[..., self.rows.in_tile(stride), self.columns.in_tile(stride)]

    def core_in_image(self, features: Tensor, stride: int) -> Tensor:
        """Return the core's part of the whole image's features, as a view."""
        height, width = features.shape[-2:]
        rows = self.rows.in_image(stride, height)
        columns = self.columns.in_image(stride, width)
        return features[..., rows, columns]


def cut_into_tiles(width: int, height: int, core: int, halo: int, stride: int) -> list[Tile]:
    """Return the tiles of an image.

    Args:
        core: side of a core in pixels, a multiple of `stride`.
        halo: width of the halo in pixels, a multiple of `stride`.
        stride: of the deepest layer.
    """
    return [
        Tile(rows, columns)
        for rows in _spans(height, core, halo, stride)
        for columns in _spans(width, core, halo, stride)
    ]


def _spans(length: int, core: int, halo: int, stride: int) -> Iterator[Span]:
    starts = list(range(0, length, core))
    # A core narrower than one position of the deepest layer would have no feature there.
    if len(starts) > 1 and length - starts[-1] < stride:
        starts.pop()
    for start, end in zip(starts, [*starts[1:], length], strict=True):
        yield Span(max(0, start - halo), start, end, min(length, end + halo), last=end == length)
