"""The objective of a picture that is too large for the memory, by tiles, with the exact gradient.

What a style loss measures is a mean over positions, so it can be summed over tiles. A first pass
does that, and yields the gradient of the loss with respect to what is measured. In a second pass,
each tile is sent back with that gradient alone: by the chain rule, the sum over tiles is the
gradient of the whole picture. Memory is that of one tile; the price is a second forward pass and
the halos.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from stylekit_plugins.gatys import spatial_guidance
from stylekit_plugins.gatys.objective import Objective
from stylekit_plugins.gatys.tiles import Tile, cut_into_tiles


class TiledObjective(Objective):
    """As `Objective`, in pieces.

    Args:
        core: side of the tiles' cores in pixels; a multiple of the deepest layer's stride.
        options: as for `Objective`.
    """

    def __init__(self, core: int, **options: Any) -> None:
        self._core = core
        super().__init__(**options)

    def compared(self, image: Tensor) -> tuple[dict[str, Tensor], Tensor]:
        """Return content and style loss, detached, and their weighted sum."""
        parts: dict[str, Tensor] = {}
        total: Tensor = _Tiled.apply(image, self, parts)
        return parts, total

    def measure_style(self, image: Tensor) -> dict[str, Tensor]:
        """Return what the style loss measures of a whole picture, summed over its tiles."""
        layers = dict.fromkeys(self.weights.style_layers)
        return self._measure_areas(image, [layers])[0]

    def content_targets(self, image: Tensor, layers: Collection[str]) -> dict[str, Tensor]:
        """Return the content's features, put together from its tiles."""
        whole: dict[str, Tensor] = {}
        height, width = image.shape[-2:]
        for tile in self._tiles(image):
            for layer, features in self._features(tile.cut(image), layers):
                stride = self._backbone.stride(layer)
                core = self._content_loss.measure(tile.core(features, stride))
                if layer not in whole:
                    shape = (*core.shape[:2], height // stride, width // stride)
                    whole[layer] = core.new_empty(shape)
                tile.place(whole[layer], stride).copy_(core)
        return whole

    def gradient(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return content loss, style loss, and the gradient of their weighted sum (1, 3, H, W)."""
        weights = self.weights
        style, slopes = self._style_slopes(image)
        gradient = torch.zeros_like(image)
        content = torch.zeros((), device=image.device)
        for tile in filter(self._concerns, self._tiles(image)):
            piece = tile.cut(image).detach().clone().requires_grad_(True)
            with torch.enable_grad():
                pulls = []
                for layer, features in self._features(piece, weights.layers):
                    if layer in weights.content_layers:
                        part = self._content_part(tile, features, layer, image)
                        content += part.detach()
                        pulls.append(weights.content * part)
                    if layer in weights.style_layers:
                        pulls += self._style_pulls(tile, features, layer, slopes, image)
                pull = torch.stack(pulls).sum()
            tile.cut(gradient).add_(torch.autograd.grad(pull, piece)[0])
        return content, style, gradient

    def _style_slopes(self, image: Tensor) -> tuple[Tensor, list[dict[str, Tensor]]]:
        """Return the style loss, and its gradient with respect to what each area measures."""
        layers = self.weights.style_layers
        with torch.no_grad():
            measured = self._measure_areas(image, [goal.positions for goal in self.goals])
        leaves = [value.requires_grad_(True) for values in measured for value in values.values()]
        with torch.enable_grad():
            style = torch.stack(
                [
                    goal.weight
                    * weight
                    * self._style_loss.compare(values[layer], goal.targets[layer])
                    for goal, values in zip(self.goals, measured, strict=True)
                    for layer, weight in layers.items()
                ]
            ).sum()
        slopes = iter(torch.autograd.grad(style, leaves))
        return style.detach(), [{layer: next(slopes) for layer in values} for values in measured]

    def _measure_areas(
        self, image: Tensor, areas: Sequence[Mapping[str, Tensor | None]]
    ) -> list[dict[str, Tensor]]:
        """Return what the style loss measures at the positions of each area, by layer."""
        sums: list[dict[str, Tensor]] = [{} for _ in areas]
        for tile in self._tiles(image):
            for layer, features in self._features(tile.cut(image), areas[0]):
                for area, measured in zip(areas, sums, strict=True):
                    positions = area[layer]
                    picked = self._pick(tile, features, layer, positions)
                    if picked.numel():
                        share = self._share(picked, layer, positions, image)
                        part = share * self._style_loss.measure(picked)
                        measured[layer] = measured[layer] + part if layer in measured else part
        return sums

    def _content_part(self, tile: Tile, features: Tensor, layer: str, image: Tensor) -> Tensor:
        """Return the tile's part of a layer's weighted content loss."""
        positions = self._content_positions[layer]
        picked = self._pick(tile, features, layer, positions)
        if not picked.numel():
            return torch.zeros((), device=image.device)
        stride = self._backbone.stride(layer)
        target = tile.place(self._content_targets[layer], stride)
        if positions is not None:
            target = spatial_guidance.select(target, tile.place(positions, stride))
        loss = self._content_loss.compare(self._content_loss.measure(picked), target)
        share = self._share(picked, layer, positions, image)
        return self.weights.content_layers[layer] * share * loss

    def _style_pulls(
        self,
        tile: Tile,
        features: Tensor,
        layer: str,
        slopes: Sequence[Mapping[str, Tensor]],
        image: Tensor,
    ) -> Iterator[Tensor]:
        """Yield, for each area, what has the style loss's gradient by a layer of the tile."""
        for goal, slope in zip(self.goals, slopes, strict=True):
            picked = self._pick(tile, features, layer, goal.positions[layer])
            if picked.numel():
                share = self._share(picked, layer, goal.positions[layer], image)
                value = self._style_loss.measure(picked)
                yield self.weights.style * share * (slope[layer] * value).sum()

    def _pick(self, tile: Tile, features: Tensor, layer: str, positions: Tensor | None) -> Tensor:
        """Return the features of those positions that lie in the tile's core."""
        stride = self._backbone.stride(layer)
        core = tile.core(features, stride)
        return (
            core
            if positions is None
            else spatial_guidance.select(core, tile.place(positions, stride))
        )

    def _share(self, picked: Tensor, layer: str, positions: Tensor | None, image: Tensor) -> float:
        """Return the part of all positions, (h, w) or everything, that was picked."""
        if positions is None:
            stride = self._backbone.stride(layer)
            total = (image.shape[-2] // stride) * (image.shape[-1] // stride)
        else:
            total = int(positions.sum())
        return picked.shape[-2] * picked.shape[-1] / total

    def _concerns(self, tile: Tile) -> bool:
        """Return whether any position that is compared lies in the tile's core."""
        if self._mask is None:
            return True
        wanted = [self._content_positions, *(goal.positions for goal in self.goals)]
        return any(
            bool(tile.place(positions, self._backbone.stride(layer)).any())
            for area in wanted
            for layer, positions in area.items()
            if positions is not None
        )

    def _tiles(self, image: Tensor) -> list[Tile]:
        stride = max(self._backbone.stride(layer) for layer in self.weights.layers)
        halo = -(-self._backbone.reach(self.weights.layers) // stride) * stride
        height, width = image.shape[-2:]
        return cut_into_tiles(width, height, self._core, halo, stride)


class _Tiled(torch.autograd.Function):
    """Content and style loss with a gradient that is already known after the forward pass."""

    @staticmethod
    def forward(
        ctx: Any, image: Tensor, objective: TiledObjective, parts: dict[str, Tensor]
    ) -> Tensor:
        content, style, gradient = objective.gradient(image)
        ctx.save_for_backward(gradient)
        parts |= {"content": content, "style": style}
        weights = objective.weights
        return weights.content * content + weights.style * style

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> tuple[Tensor, None, None]:
        (gradient,) = ctx.saved_tensors
        return slopes[0] * gradient, None, None
