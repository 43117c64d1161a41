"""Regions: from `box:10,20,300,200,feather=8` to the mask of a content image.

Every region source, built-in or third-party, can be followed by `grow=N`, `invert` and `feather=N`,
which are applied in this order; N is in pixels of the content image, or with `%` a percentage of
its long side.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from stylekit.errors import InputError, PluginError, UsageError
from stylekit.files.paths import exists
from stylekit.images.frames import Frame
from stylekit.images.masks import distance, resized
from stylekit.inputs.syntax import MEMORY, RegionName, parse_region, split_scheme
from stylekit.methods.base import Region, Style
from stylekit.protocols import AnnotatedRegionSource, DerivedRegionSource
from stylekit.registry.catalogue import Catalogue, Component, make
from stylekit.specs import MediaSpec, RegionSpec
from stylekit.text import did_you_mean

REST = "rest"
"""The region outside all others."""


class Regions:
    """Makes masks with the components that claim the region sources of a run.

    Args:
        names: region sources as the user wrote them.
        catalogue: has the components.
        tables: parameters by component, from the config.
        read: reads an image source; the number selects one of several frames.

    Attributes:
        components: the components that make masks.

    Raises:
        UsageError: no component claims a source.
    """

    def __init__(
        self,
        names: Sequence[str],
        catalogue: Catalogue,
        tables: Mapping[str, dict[str, object]],
        read: Callable[[str, int | None], Frame],
    ) -> None:
        self.components: list[Component[RegionSpec]] = []
        self._names = [parse_region(name) for name in names]
        self._components = catalogue.all(RegionSpec)
        self._tables = tables
        self._read = read
        self._readable = {s for c in catalogue.all(MediaSpec) for s in c.spec.schemes} | {MEMORY}
        self._makers = [self._maker(name) for name in self._names]
        self._latest: tuple[Frame, int | None, list[Tensor]] | None = None

    @property
    def notes(self) -> list[str]:
        """Messages of region sources for the user: how they interpreted what they read."""
        sources = [maker[0] for maker in self._makers if maker is not None]
        return [
            note
            for source in sources
            if isinstance(source, AnnotatedRegionSource)
            for note in source.notes
        ]

    def of(
        self,
        image: Frame,
        width: int,
        height: int,
        styles: tuple[Style, ...],
        index: int | None = None,
        frames: Sequence[Frame] = (),
    ) -> tuple[Region, ...]:
        """Return the regions of a content image, for a result of width x height.

        For a video, `index` is the number of the frame among its `frames`; None for an image.

        With as many styles as regions, each region has its own style. Otherwise all regions are
        one, with all styles. Where regions overlap, the later one lies on top.

        Raises:
            InputError: a region does not fit the image, or covers nothing of it.
        """
        masks = self._visible(image, styles, index, frames)
        sized = [resized(mask, width, height) for mask in masks]
        if not sized:
            return ()
        if len(sized) == 1:
            return (Region(sized[0], styles),)
        return tuple(
            Region(mask, (replace(style, weight=1.0),), style.weight)
            for mask, style in zip(sized, styles, strict=True)
        )

    def check(self, image: Frame, styles: tuple[Style, ...], index: int | None = None) -> None:
        """Check the regions of an image; raises the errors of `of`."""
        self._visible(image, styles, index)

    def _visible(
        self,
        image: Frame,
        styles: tuple[Style, ...],
        index: int | None,
        frames: Sequence[Frame] = (),
    ) -> list[Tensor]:
        """Return the visible part of each mask, or their union, at the size of the image."""
        if not self._names:
            return []
        # The check before a run and each style need the same masks.
        if self._latest is None or self._latest[0] is not image or self._latest[1] != index:
            self._latest = image, index, self._masks(image, index, frames)
        masks = self._latest[2]
        masks = _stacked(masks) if pairs(len(masks), len(styles)) else [_union(masks)]
        for name, mask in zip(self._names, masks, strict=False):
            if not mask.any():
                raise InputError(f"The region {name.text} covers nothing of {image.origin}.")
        return masks

    def _masks(self, image: Frame, index: int | None, frames: Sequence[Frame]) -> list[Tensor]:
        masks = [
            None if maker is None else self._mask(name, maker, image, index, frames)
            for name, maker in zip(self._names, self._makers, strict=True)
        ]
        known = [mask for mask in masks if mask is not None]
        whole = torch.ones(image.height, image.width)
        rest = whole - _union(known) if known else whole
        return [
            _finished(rest if mask is None else mask, name, image)
            for name, mask in zip(self._names, masks, strict=True)
        ]

    def _mask(
        self,
        name: RegionName,
        maker: tuple[Any, str],
        image: Frame,
        index: int | None,
        frames: Sequence[Frame],
    ) -> Tensor:
        source, rest = maker
        if isinstance(source, DerivedRegionSource):
            # A single image counts as a clip of one frame.
            in_clip = bool(frames) and index is not None
            mask = source.mask_from(
                rest,
                frames if in_clip else (image,),
                (index or 0) if in_clip else 0,
                lambda other, frame: self._other(other, frame, 0 if in_clip else None),
            )
        else:
            mask = source.mask(rest, image, lambda other: self._read(other, index))
        expected = (image.height, image.width)
        if not isinstance(mask, Tensor) or tuple(mask.shape) != expected:
            raise PluginError(
                f"The region {name.text}: its plugin made no mask of shape {expected}."
            )
        if not (torch.isfinite(mask).all() and mask.min() >= 0 and mask.max() <= 1):
            raise PluginError(f"The region {name.text}: its plugin made a mask outside [0, 1].")
        return mask.to("cpu", torch.float32)

    def _other(self, source: str, image: Frame, index: int | None) -> Tensor:
        """Return the mask of a region from which another one is derived."""
        name = parse_region(source)
        maker = self._maker(name)
        if maker is None:
            raise UsageError(f"The region '{source}' cannot be a part of another one.")
        return self._mask(name, maker, image, index, ())

    def _maker(self, name: RegionName) -> tuple[Any, str] | None:
        """Return the region source and its text without the scheme; None for `rest`."""
        if name.source == REST and not exists(REST):
            return None
        scheme, rest = ("", name.source) if exists(name.source) else split_scheme(name.source)
        for component in self._components:
            if scheme in component.spec.schemes:
                return self._make(component, name), rest
            if name.source in component.spec.schemes:
                return self._make(component, name), ""
        looks_like_file = not scheme and "." in rest
        if exists(name.source) or scheme in self._readable or looks_like_file:
            for component in self._components:
                if component.spec.images:
                    return self._make(component, name), name.source
        known = [f"{s}:" for c in self._components for s in c.spec.schemes]
        raise UsageError(
            f"There is no region '{name.text}', and no such file.",
            did_you_mean(f"{scheme}:" if scheme else name.source, [*known, REST]),
        )

    def _make(self, component: Component[RegionSpec], name: RegionName) -> Any:
        if component not in self.components:
            self.components.append(component)
        component.require_extra(f"The region '{name.text}'")
        return make(component, self._tables)


def pairs(regions: int, styles: int) -> bool:
    """Return whether each region has its own style."""
    return regions > 1 and regions == styles


def _union(masks: Sequence[Tensor]) -> Tensor:
    return torch.stack(list(masks)).amax(dim=0)


def _stacked(masks: Sequence[Tensor]) -> list[Tensor]:
    """Return the visible part of each mask when later ones lie on top."""
    free = torch.ones_like(masks[0])
    visible = []
    for mask in reversed(masks):
        visible.append(mask * free)
        free = free * (1 - mask)
    return visible[::-1]


def _finished(mask: Tensor, name: RegionName, image: Frame) -> Tensor:
    """Apply `grow`, `invert` and `feather`."""
    long_side = max(image.width, image.height)
    grow = name.grow.pixels(long_side)
    if grow > 0:
        mask = torch.maximum(mask, (distance(mask < 0.5) <= grow).float())
    elif grow < 0:
        mask = torch.minimum(mask, (distance(mask >= 0.5) > -grow).float())
    if name.invert:
        mask = 1 - mask
    feather = name.feather.pixels(long_side)
    if feather > 0:
        # Inwards, so that pixels outside stay untouched.
        depth = (distance(mask > 0) / feather).clamp(0, 1)
        mask = mask * depth * depth * (3 - 2 * depth)
    return mask
