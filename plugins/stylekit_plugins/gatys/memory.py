"""Estimate the memory of a step, whole or in tiles, and choose tiles that fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stylekit.protocols import Backbone
from stylekit_plugins.gatys.objective import LossWeights, low_precision

MIN_CORE = 128
"""Side of the smallest core in pixels: smaller tiles are mostly halo."""

_FLOAT = 4

# Copies of the image that a step holds beside the optimizer's: initial, best, mean, gradient.
_COPIES = 6

# Channels of a layer over its stride, as in VGG: 64 at stride 1, 512 at stride 8.
_CHANNELS_PER_STRIDE = 64


def bytes_whole(
    components: Mapping[Any, Any], weights: LossWeights, width: int, height: int
) -> float:
    """Return the bytes of a step on the whole image."""
    values = width * height * (_feature_bytes(components, weights) + _optimizer_bytes(components))
    return values + _fixed_bytes(components, weights)


def bytes_tiled(
    components: Mapping[Any, Any], weights: LossWeights, width: int, height: int, core: int
) -> float:
    """Return the bytes of a step by tiles with cores of `core` pixels."""
    backbone: Backbone = components["backbone"]
    step = 16 * getattr(backbone, "alignment", 1)
    side = core + 2 * (backbone.reach(weights.layers) + step)
    tile = min(side, width) * min(side, height) * _feature_bytes(components, weights)
    content = sum(_CHANNELS_PER_STRIDE / backbone.stride(x) for x in weights.content_layers)
    whole = _optimizer_bytes(components) + _FLOAT * (content + 3 * _COPIES)
    return width * height * whole + tile + _fixed_bytes(components, weights)


def can_tile(components: Mapping[Any, Any]) -> bool:
    """Return whether both losses can be summed over tiles."""
    losses = (components["content_loss"], components["style_loss"])
    return all(getattr(loss, "additive", False) for loss in losses)


def choose_core(
    components: Mapping[Any, Any],
    weights: LossWeights,
    width: int,
    height: int,
    available: int,
) -> int | None:
    """Return the largest core that fits, a multiple of 128; None: use the whole image."""
    if bytes_whole(components, weights, width, height) <= available or not can_tile(components):
        return None
    core = MIN_CORE
    while (
        core < max(width, height)
        and bytes_tiled(components, weights, width, height, core + MIN_CORE) <= available
    ):
        core += MIN_CORE
    return core


def _feature_bytes(components: Mapping[Any, Any], weights: LossWeights) -> float:
    """Return the bytes that the features need for each pixel."""
    backbone: Backbone = components["backbone"]
    narrow = low_precision(backbone, components["content_loss"], components["style_loss"])
    if narrow is None:
        return backbone.bytes_per_pixel(weights.layers)
    return narrow.native_bytes_per_pixel(weights.layers)


def _fixed_bytes(components: Mapping[Any, Any], weights: LossWeights) -> float:
    """Return the bytes that the network needs at any size, where it says so."""
    fixed_bytes = getattr(components["backbone"], "fixed_bytes", None)
    return 0.0 if fixed_bytes is None else float(fixed_bytes(weights.layers))


def _optimizer_bytes(components: Mapping[Any, Any]) -> float:
    """Return the bytes that the optimizer needs for each pixel."""
    return float(3 * components["optimizer"].bytes_per_value)
