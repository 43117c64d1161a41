"""How much memory a picture takes, whole or in tiles, and which tiles fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stylekit.protocols import Backbone
from stylekit_plugins.gatys.objective import Weights, native

LEAST_CORE = 128
"""Side of the smallest core in pixels: smaller ones are mostly halo."""

_FLOAT = 4

# Copies of the picture that a step holds beside the optimizer's: first, best, mean, gradient.
_COPIES = 6

# Channels of a layer over its stride, as in VGG: 64 at stride 1, 512 at stride 8.
_CHANNELS_PER_STRIDE = 64


def of_whole(components: Mapping[Any, Any], weights: Weights, width: int, height: int) -> float:
    """Return the bytes of a step on the whole picture."""
    return width * height * (_features(components, weights) + _per_pixel(components))


def of_tiles(
    components: Mapping[Any, Any], weights: Weights, width: int, height: int, core: int
) -> float:
    """Return the bytes of a step by tiles with cores of `core` pixels."""
    backbone: Backbone = components["backbone"]
    side = core + 2 * (backbone.reach(weights.layers) + 16)
    tile = min(side, width) * min(side, height) * _features(components, weights)
    content = sum(_CHANNELS_PER_STRIDE / backbone.stride(x) for x in weights.content_layers)
    kept = _per_pixel(components) + _FLOAT * (content + 3 * _COPIES)
    return width * height * kept + tile


def can_tile(components: Mapping[Any, Any]) -> bool:
    """Return whether both losses can be summed over tiles."""
    losses = (components["content_loss"], components["style_loss"])
    return all(getattr(loss, "additive", False) for loss in losses)


def choose_core(
    components: Mapping[Any, Any],
    weights: Weights,
    width: int,
    height: int,
    available: int,
) -> int | None:
    """Return the largest core that fits, a multiple of 128; None: the whole picture does."""
    if of_whole(components, weights, width, height) <= available or not can_tile(components):
        return None
    core = LEAST_CORE
    while (
        core < max(width, height)
        and of_tiles(components, weights, width, height, core + LEAST_CORE) <= available
    ):
        core += LEAST_CORE
    return core


def _features(components: Mapping[Any, Any], weights: Weights) -> float:
    """Return bytes a pixel that the features take."""
    backbone: Backbone = components["backbone"]
    own = native(backbone, components["content_loss"], components["style_loss"])
    if own is None:
        return backbone.bytes_per_pixel(weights.layers)
    return own.native_bytes_per_pixel(weights.layers)


def _per_pixel(components: Mapping[Any, Any]) -> float:
    return float(3 * components["optimizer"].bytes_per_value)
