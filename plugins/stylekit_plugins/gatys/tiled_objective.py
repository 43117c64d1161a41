"""The objective of an image that is too large for memory, by tiles, with the exact gradient.

The statistics of a style loss are means over positions, so they can be summed over tiles. A first
pass does that, and yields the gradient of the loss with respect to the statistics. In a second
pass, each tile is differentiated with that gradient alone: by the chain rule, the sum over tiles is
the gradient of the whole image. Memory is that of one tile; the price is a second forward pass and
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
    """An `Objective` that evaluates an image tile by tile.

    Args:
        core: side of the tiles' cores in pixels; a multiple of the deepest layer's stride.
        options: as for `Objective`.
    """

    def __init__(self, core: int, **options: Any) -> None:
        # First, because the constructor of `Objective` computes its targets by tiles.
        self._core = core
        super().__init__(**options)

    def feature_losses(self, image: Tensor) -> tuple[dict[str, Tensor], Tensor]:
        """Return content and style loss, detached, and their weighted sum."""
        content, style, gradient = self._losses_and_gradient(image.detach())
        value = self.weights.content * content + self.weights.style * style
        total: Tensor = _WithGradient.apply(image, value, gradient)
        return {"content": content, "style": style}, total

    def style_statistics(self, image: Tensor) -> dict[str, Tensor]:
        """Return the style statistics of a whole image, summed over its tiles."""
        layers = dict.fromkeys(self.weights.style_layers)
        return self._region_statistics(image, [layers])[0]

    def content_targets(self, image: Tensor, layers: Collection[str]) -> dict[str, Tensor]:
        """Return the content's features, assembled from its tiles."""
        whole: dict[str, Tensor] = {}
        height, width = image.shape[-2:]
        for tile in self._tiles(image):
            for layer, features in self._features(tile.crop(image), layers):
                stride = self._backbone.stride(layer)
                core = self._content_loss.measure(tile.core(features, stride))
                if layer not in whole:
                    shape = (*core.shape[:2], height // stride, width // stride)
                    whole[layer] = core.new_empty(shape)
                tile.core_in_image(whole[layer], stride).copy_(core)
        return whole

    def _losses_and_gradient(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return content loss, style loss, and the gradient of their weighted sum (1, 3, H, W)."""
        weights = self.weights
        style, style_gradients = self._style_gradients(image)
        gradient = torch.zeros_like(image)
        content = torch.zeros((), device=image.device)
        for tile in filter(self._overlaps, self._tiles(image)):
            crop = tile.crop(image).detach().clone().requires_grad_(True)
            with torch.enable_grad():
                terms = []
                for layer, features in self._features(crop, weights.layers):
                    if layer in weights.content_layers:
                        loss = self._content_loss_in(tile, features, layer, image)
                        content += loss.detach()
                        terms.append(weights.content * loss)
                    if layer in weights.style_layers:
                        terms += self._style_surrogates(
                            tile, features, layer, style_gradients, image
                        )
                total = torch.stack(terms).sum()
            tile.crop(gradient).add_(torch.autograd.grad(total, crop)[0])
        return content, style, gradient

    def _style_gradients(self, image: Tensor) -> tuple[Tensor, list[dict[str, Tensor]]]:
        """Return the style loss, and its gradient with respect to each region's statistics."""
        layers = self.weights.style_layers
        with torch.no_grad():
            positions = [region.positions for region in self.region_targets]
            statistics = self._region_statistics(image, positions)
        leaves = [value.requires_grad_(True) for values in statistics for value in values.values()]
        with torch.enable_grad():
            style = torch.stack(
                [
                    region.weights[layer]
                    * self._style_loss.compare(values[layer], region.targets[layer])
                    for region, values in zip(self.region_targets, statistics, strict=True)
                    for layer in layers
                ]
            ).sum()
        gradients = iter(torch.autograd.grad(style, leaves))
        by_region = [{layer: next(gradients) for layer in values} for values in statistics]
        return style.detach(), by_region

    def _style_surrogates(
        self,
        tile: Tile,
        features: Tensor,
        layer: str,
        style_gradients: Sequence[Mapping[str, Tensor]],
        image: Tensor,
    ) -> Iterator[Tensor]:
        """Yield for each region a term whose gradient is the style loss's by this tile's layer."""
        for region, gradients in zip(self.region_targets, style_gradients, strict=True):
            selected = self._select(tile, features, layer, region.positions[layer])
            if selected.numel():
                fraction = self._fraction(selected, layer, region.positions[layer], image)
                value = self._style_loss.measure(selected)
                yield self.weights.style * fraction * (gradients[layer] * value).sum()

    def _region_statistics(
        self, image: Tensor, regions: Sequence[Mapping[str, Tensor | None]]
    ) -> list[dict[str, Tensor]]:
        """Return the style statistics by layer, for the positions by layer of each region."""
        sums: list[dict[str, Tensor]] = [{} for _ in regions]
        for tile in self._tiles(image):
            for layer, features in self._features(tile.crop(image), regions[0]):
                for region, by_layer in zip(regions, sums, strict=True):
                    positions = region[layer]
                    selected = self._select(tile, features, layer, positions)
                    if selected.numel():
                        fraction = self._fraction(selected, layer, positions, image)
                        part = fraction * self._style_loss.measure(selected)
                        by_layer[layer] = by_layer[layer] + part if layer in by_layer else part
        return sums

    def _content_loss_in(self, tile: Tile, features: Tensor, layer: str, image: Tensor) -> Tensor:
        """Return the tile's part of a layer's weighted content loss."""
        positions = self._content_positions[layer]
        selected = self._select(tile, features, layer, positions)
        if not selected.numel():
            return torch.zeros((), device=image.device)
        stride = self._backbone.stride(layer)
        target = tile.core_in_image(self._content_targets[layer], stride)
        if positions is not None:
            target = spatial_guidance.select(target, tile.core_in_image(positions, stride))
        loss = self._content_loss.compare(self._content_loss.measure(selected), target)
        fraction = self._fraction(selected, layer, positions, image)
        return self.weights.content_layers[layer] * fraction * loss

    def _select(self, tile: Tile, features: Tensor, layer: str, positions: Tensor | None) -> Tensor:
        """Return the features of those positions that lie in the tile's core."""
        stride = self._backbone.stride(layer)
        core = tile.core(features, stride)
        if positions is None:
            return core
        return spatial_guidance.select(core, tile.core_in_image(positions, stride))

    def _fraction(
        self, selected: Tensor, layer: str, positions: Tensor | None, image: Tensor
    ) -> float:
        """Return the fraction of positions, (h, w) or the whole layer's, that were selected."""
        if positions is None:
            stride = self._backbone.stride(layer)
            total = (image.shape[-2] // stride) * (image.shape[-1] // stride)
        else:
            total = int(positions.sum())
        return selected.shape[-2] * selected.shape[-1] / total

    def _overlaps(self, tile: Tile) -> bool:
        """Return whether any compared position lies in the tile's core."""
        if self._mask is None:
            return True
        compared = [self._content_positions, *(each.positions for each in self.region_targets)]
        return any(
            bool(tile.core_in_image(positions, self._backbone.stride(layer)).any())
            for by_layer in compared
            for layer, positions in by_layer.items()
            if positions is not None
        )

    def _tiles(self, image: Tensor) -> list[Tile]:
        stride = max(self._backbone.stride(layer) for layer in self.weights.layers)
        step = stride * getattr(self._backbone, "alignment", 1)
        halo = -(-self._backbone.reach(self.weights.layers) // step) * step
        height, width = image.shape[-2:]
        return cut_into_tiles(width, height, self._core, halo, stride)


class _WithGradient(torch.autograd.Function):
    """A value whose gradient with respect to the image is already known."""

    @staticmethod
    def forward(ctx: Any, image: Tensor, value: Tensor, gradient: Tensor) -> Tensor:
        ctx.save_for_backward(gradient)
        return value.clone()

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor, None, None]:
        (gradient,) = ctx.saved_tensors
        return grad_outputs[0] * gradient, None, None
