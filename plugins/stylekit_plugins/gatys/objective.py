"""The objective that the method minimizes: a weighted sum of content, style and image losses.

    total = content_weight * sum_l v_l content_l + style_weight * sum_l w_l style_l + tv_weight * tv

(Gatys, Ecker and Bethge, CVPR 2016, equations 1, 5 and 7.) `v` and `w` are normalized to sum 1.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from stylekit.images.masks import distance
from stylekit.protocols import Backbone, BlendingLoss, ImageLoss, LayerLoss, LowPrecisionBackbone
from stylekit_plugins.gatys import spatial_guidance
from stylekit_plugins.gatys.style_targets import StyleTarget


def low_precision(backbone: Backbone, *losses: LayerLoss) -> LowPrecisionBackbone | None:
    """Return the backbone if it has low-precision features and all losses accept them."""
    if not isinstance(backbone, LowPrecisionBackbone):
        return None
    accepted = all(getattr(loss, "accepts_low_precision", False) for loss in losses)
    return backbone if accepted else None


_LEAST_LOSS = 1e-12
"""Least divisor of balanced layers: a layer that the style image does not activate."""


@dataclass(frozen=True)
class LossWeights:
    """Weights of the terms; those of the layers are normalized.

    Attributes:
        balance: the style loss of each layer is divided by that of an image without features.
    """

    content: float
    style: float
    image: float
    content_layers: Mapping[str, float]
    style_layers: Mapping[str, float]
    balance: bool = False

    def __post_init__(self) -> None:
        for name in ("content_layers", "style_layers"):
            layers = {k: w for k, w in getattr(self, name).items() if w > 0}
            total = sum(layers.values())
            object.__setattr__(self, name, {k: w / total for k, w in layers.items()})

    @property
    def layers(self) -> frozenset[str]:
        """Every layer that is compared."""
        return frozenset(self.content_layers) | frozenset(self.style_layers)


@dataclass(frozen=True, eq=False)
class RegionStyles:
    """The styles of one region.

    Attributes:
        styles: targets with weights that add up to 1; their statistics are blended linearly.
        mask: (H, W) in [0, 1], of the image's size; None: everywhere.
        weight: of this region's style loss.
    """

    styles: Sequence[tuple[StyleTarget, float]]
    mask: Tensor | None = None
    weight: float = 1.0


@dataclass(frozen=True, eq=False)
class RegionTarget:
    """A region as the objective compares it, by layer: targets, positions (None: all), weights."""

    targets: Mapping[str, Tensor]
    positions: Mapping[str, Tensor | None]
    weights: Mapping[str, float]


class Objective:
    """The losses of an image, against targets that are computed once.

    With masks, the image counts inside them alone, and is the content elsewhere; style is
    compared at the positions of each region, content at those that touch any.

    Attributes:
        region_targets: one for each of `regions`.

    Args:
        content: the content image (1, 3, H, W) in [0, 1], of the same size as the result.
        regions: one without a mask, or several with masks.
        temporal_targets: images (1, 3, H, W) to stay near, each with weights (H, W); see
            `stylekit.methods.base.TemporalTarget`.
    """

    def __init__(
        self,
        backbone: Backbone,
        content_loss: LayerLoss,
        style_loss: LayerLoss,
        image_loss: ImageLoss,
        weights: LossWeights,
        content: Tensor,
        regions: Sequence[RegionStyles],
        temporal_targets: Sequence[tuple[Tensor, Tensor]] = (),
    ) -> None:
        self._backbone = backbone
        self._low_precision = low_precision(backbone, content_loss, style_loss)
        self._content_loss = content_loss
        self._style_loss = style_loss
        self._image_loss = image_loss
        self._temporal_targets = temporal_targets
        self.weights = weights
        masks = [region.mask for region in regions if region.mask is not None]
        self._mask = torch.stack(masks).sum(dim=0).clamp(max=1) if masks else None
        self._surroundings = None if self._mask is None else content * (1 - self._mask)
        self._content_positions: dict[str, Tensor | None] = {
            layer: None
            if self._mask is None
            else spatial_guidance.touching(self._mask, backbone.stride(layer))
            for layer in weights.content_layers
        }
        with torch.no_grad():
            self._content_targets = self.content_targets(content, weights.content_layers)
            self.region_targets = [self._region_target(region) for region in regions]

    def __call__(self, image: Tensor) -> dict[str, Tensor]:
        """Return `total`, `content`, `style` and, where they count, `image` and `temporal`.

        Content, style and image loss are not yet multiplied by their weights.
        """
        weights = self.weights
        image = self.composite(image)
        losses, total = self.feature_losses(image)
        if weights.image > 0:
            losses["image"] = self._image_loss(image)
            total = total + weights.image * losses["image"]
        if self._temporal_targets:
            terms = [
                (weight * (image - target).square()).mean()
                for target, weight in self._temporal_targets
            ]
            losses["temporal"] = torch.stack(terms).sum()
            total = total + losses["temporal"]
        return {"total": total, **losses}

    def composite(self, image: Tensor) -> Tensor:
        """Return the image inside the masks, and the content outside."""
        if self._mask is None or self._surroundings is None:
            return image
        return image * self._mask + self._surroundings

    def feature_losses(self, image: Tensor) -> tuple[dict[str, Tensor], Tensor]:
        """Return content and style loss, and their weighted sum."""
        weights = self.weights
        content: list[Tensor] = []
        style: list[Tensor] = []
        for layer, features in self._features(image, weights.layers):
            if layer in weights.content_layers:
                content.append(self._content_term(layer, features))
            if layer in weights.style_layers:
                style += [self._style_term(layer, features, x) for x in self.region_targets]
            # Only what the backward pass needs is kept while the next layer is computed.
            del features
        losses = {"content": torch.stack(content).sum(), "style": torch.stack(style).sum()}
        return losses, weights.content * losses["content"] + weights.style * losses["style"]

    def style_statistics(self, image: Tensor) -> dict[str, Tensor]:
        """Return the style statistics of a whole image (1, 3, H, W), by layer."""
        return self._measure(image, self.weights.style_layers, self._style_loss, {})

    def content_targets(self, image: Tensor, layers: Collection[str]) -> dict[str, Tensor]:
        """Return the targets of the content loss, by layer."""
        return self._measure(image, layers, self._content_loss, self._content_positions)

    def _content_term(self, layer: str, features: Tensor) -> Tensor:
        selected = spatial_guidance.select(features, self._content_positions[layer])
        measured = self._content_loss.measure(selected)
        loss = self._content_loss.compare(measured, self._content_targets[layer])
        return self.weights.content_layers[layer] * loss

    def _style_term(self, layer: str, features: Tensor, region: RegionTarget) -> Tensor:
        selected = spatial_guidance.select(features, region.positions[layer])
        measured = self._style_loss.measure(selected)
        loss = self._style_loss.compare(measured, region.targets[layer])
        return region.weights[layer] * loss

    def _region_target(self, region: RegionStyles) -> RegionTarget:
        layers = self.weights.style_layers
        statistics = [
            (style.statistics(layers, self.style_statistics), weight)
            for style, weight in region.styles
        ]
        targets = {
            layer: self._blend([(by_layer[layer], weight) for by_layer, weight in statistics])
            for layer in layers
        }
        backbone, mask = self._backbone, region.mask
        positions: dict[str, Tensor | None] = dict.fromkeys(layers)
        if mask is not None:
            depth = distance(mask > 0.5)
            for layer in layers:
                stride, reach = backbone.stride(layer), backbone.reach([layer])
                positions[layer] = spatial_guidance.inside(mask, depth, stride, reach)
        weights = {
            layer: region.weight * weight / self._loss_without_features(targets[layer])
            for layer, weight in layers.items()
        }
        return RegionTarget(targets, positions, weights)

    def _loss_without_features(self, target: Tensor) -> float:
        """Compute the divisor of the style loss of a layer: 1 unless layers are balanced."""
        if not self.weights.balance:
            return 1.0
        loss = self._style_loss.compare(torch.zeros_like(target), target)
        return max(float(loss), _LEAST_LOSS)

    def _blend(self, statistics: Sequence[tuple[Tensor, float]]) -> Tensor:
        """Return the target of one layer for several styles with weights."""
        if isinstance(self._style_loss, BlendingLoss):
            return self._style_loss.blend(statistics)
        blend = torch.zeros_like(statistics[0][0])
        for value, weight in statistics:
            blend = blend + weight * value
        return blend

    def _measure(
        self,
        image: Tensor,
        layers: Collection[str],
        loss: LayerLoss,
        positions: Mapping[str, Tensor | None],
    ) -> dict[str, Tensor]:
        """Apply a loss's `measure` to layers, at some positions of each."""
        measured: dict[str, Tensor] = {}
        for layer, features in self._features(image, layers):
            measured[layer] = loss.measure(spatial_guidance.select(features, positions.get(layer)))
            # The loop computes the next layer before it assigns the name again.
            del features
        return measured

    def _features(self, image: Tensor, layers: Collection[str]) -> Iterator[tuple[str, Tensor]]:
        """Yield layers and their features, if possible each as soon as it is computed."""
        if self._low_precision is not None:
            yield from self._low_precision.native_features(image, layers)
        else:
            yield from self._backbone.features(image, layers).items()
