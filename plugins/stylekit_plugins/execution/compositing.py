"""Composites a result into the regions of its content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from stylekit.errors import PluginError
from stylekit.images.frames import Clip
from stylekit.methods.base import Region
from stylekit.protocols import Blend


class Feather:
    """The default blend: a weighted mean."""

    def blend(self, content: Tensor, result: Tensor, mask: Tensor) -> Tensor:
        """Return the mean; exactly the result where the mask is 1."""
        return torch.where(mask == 1, result, torch.lerp(content, result, mask))


def composite(
    result: Clip, content: Clip, regions: Sequence[Region], blend: Blend | None = None
) -> Clip:
    """Return the content with the result in its regions; where every mask is 0, exactly it."""
    if not regions:
        return result
    mask = sum((region.mask for region in regions), torch.zeros(())).clamp(max=1)
    blend = blend or Feather()
    frames = []
    for painted, original in zip(result, content, strict=True):
        pixels = blend.blend(original.pixels, painted.pixels, mask)
        if pixels.shape != original.pixels.shape or not torch.isfinite(pixels).all():
            raise PluginError(
                "The blend of the regions did not return a finite image of the content's shape."
            )
        pixels = torch.where(mask == 0, original.pixels, pixels.clamp(0, 1))
        frames.append(painted.with_pixels(pixels))
    return replace(result, frames=tuple(frames))
