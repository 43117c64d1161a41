"""The objective of a picture that is too large for the memory, by tiles, with the exact gradient.

What a style loss measures is a mean over positions, so it can be summed over tiles. A first pass
does that, and yields the gradient of the loss with respect to what is measured. In a second pass,
each tile is sent back with that gradient alone: by the chain rule, the sum over tiles is the
gradient of the whole picture. Memory is that of one tile; the price is a second forward pass and
the halos.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import torch
from torch import Tensor

from stylekit.protocols import LayerLoss
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

    def __call__(self, image: Tensor) -> dict[str, Tensor]:
        """Return the losses; see `Objective`. Only `total` can be differentiated."""
        parts: dict[str, Tensor] = {}
        total: Tensor = _Tiled.apply(image, self, parts)
        weights = self.weights
        if weights.image > 0:
            roughness = self._image_loss(image)
            parts["image"] = roughness.detach()
            total = total + weights.image * roughness
        return {"total": total, **parts}

    def measure(self, loss: LayerLoss, image: Tensor, layers: Collection[str]) -> dict[str, Tensor]:
        """Return what a style loss measures of a whole picture, summed over its tiles."""
        sums: dict[str, Tensor] = {}
        for tile in self._tiles(image):
            features = self._backbone.features(tile.cut(image), layers)
            for layer in layers:
                share = self._share(tile, features, layer, image)
                part = share * loss.measure(self._core_of(tile, features, layer))
                sums[layer] = sums[layer] + part if layer in sums else part
        return sums

    def content_targets(self, image: Tensor, layers: Collection[str]) -> dict[str, Tensor]:
        """Return the content's features, put together from its tiles."""
        whole: dict[str, Tensor] = {}
        height, width = image.shape[-2:]
        for tile in self._tiles(image):
            features = self._backbone.features(tile.cut(image), layers)
            for layer in layers:
                stride = self._backbone.stride(layer)
                core = self._content_loss.measure(self._core_of(tile, features, layer))
                if layer not in whole:
                    shape = (*core.shape[:2], height // stride, width // stride)
                    whole[layer] = core.new_empty(shape)
                tile.place(whole[layer], stride).copy_(core)
        return whole

    def gradient(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return content loss, style loss, and the gradient of their weighted sum (1, 3, H, W)."""
        weights = self.weights
        with torch.no_grad():
            measured = self.measure(self._style_loss, image, weights.style_layers)
        leaves = {layer: value.requires_grad_(True) for layer, value in measured.items()}
        with torch.enable_grad():
            style = torch.stack(
                [
                    weight * self._style_loss.compare(leaves[layer], self._style_targets[layer])
                    for layer, weight in weights.style_layers.items()
                ]
            ).sum()
        slopes = dict(zip(leaves, torch.autograd.grad(style, list(leaves.values())), strict=True))
        gradient = torch.zeros_like(image)
        content = torch.zeros((), device=image.device)
        for tile in self._tiles(image):
            piece = tile.cut(image).detach().clone().requires_grad_(True)
            with torch.enable_grad():
                features = self._backbone.features(piece, weights.layers)
                content_part = self._content_part(tile, features, image)
                pull = weights.content * content_part
                for layer, slope in slopes.items():
                    share = self._share(tile, features, layer, image)
                    value = self._style_loss.measure(self._core_of(tile, features, layer))
                    pull = pull + weights.style * share * (slope * value).sum()
            tile.cut(gradient).add_(torch.autograd.grad(pull, piece)[0])
            content += content_part.detach()
        return content, style.detach(), gradient

    def _content_part(self, tile: Tile, features: Mapping[str, Tensor], image: Tensor) -> Tensor:
        terms = []
        for layer, weight in self.weights.content_layers.items():
            core = self._content_loss.measure(self._core_of(tile, features, layer))
            target = tile.place(self._content_targets[layer], self._backbone.stride(layer))
            share = self._share(tile, features, layer, image)
            terms.append(weight * share * self._content_loss.compare(core, target))
        return torch.stack(terms).sum()

    def _tiles(self, image: Tensor) -> list[Tile]:
        stride = max(self._backbone.stride(layer) for layer in self.weights.layers)
        halo = -(-self._backbone.reach(self.weights.layers) // stride) * stride
        height, width = image.shape[-2:]
        return cut_into_tiles(width, height, self._core, halo, stride)

    def _core_of(self, tile: Tile, features: Mapping[str, Tensor], layer: str) -> Tensor:
        return tile.core(features[layer], self._backbone.stride(layer))

    def _share(
        self, tile: Tile, features: Mapping[str, Tensor], layer: str, image: Tensor
    ) -> float:
        """Return the part of a layer's positions that lies in this core."""
        stride = self._backbone.stride(layer)
        height, width = image.shape[-2:]
        core = self._core_of(tile, features, layer)
        return core.shape[-2] * core.shape[-1] / ((height // stride) * (width // stride))


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
