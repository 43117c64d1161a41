"""What the method minimizes: a weighted sum of content, style and image losses.

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


def native(backbone: Backbone, *losses: LayerLoss) -> LowPrecisionBackbone | None:
    """Return the backbone if it has features in its own number format and all losses take it."""
    if not isinstance(backbone, LowPrecisionBackbone):
        return None
    return (
        backbone if all(getattr(loss, "accepts_low_precision", False) for loss in losses) else None
    )


@dataclass(frozen=True)
class Weights:
    """Weights of the terms; those of the layers are normalized."""

    content: float
    style: float
    image: float
    content_layers: Mapping[str, float]
    style_layers: Mapping[str, float]

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
class Area:
    """Where which style is wanted.

    Attributes:
        styles: with shares that add up to 1; what is measured of them is blended linearly.
        mask: (H, W) in [0, 1], of the picture's size; None: everywhere.
        weight: of this area's style loss.
    """

    styles: Sequence[tuple[StyleTarget, float]]
    mask: Tensor | None = None
    weight: float = 1.0


@dataclass(frozen=True, eq=False)
class Goal:
    """An area as it is compared: targets and positions by layer (None: all positions)."""

    targets: Mapping[str, Tensor]
    positions: Mapping[str, Tensor | None]
    weight: float


class Objective:
    """The losses of a picture, against targets that are measured once.

    With masks, the picture shows in their areas alone, and is the content elsewhere; style is
    compared at the positions of each area, content at those that touch any.

    Attributes:
        goals: the areas, measured.

    Args:
        content: the content picture (1, 3, H, W) in [0, 1], of the same size as the result.
        areas: one without a mask, or several with masks.
        anchors: pictures (1, 3, H, W) to stay near, each with weights (H, W); see
            `stylekit.methods.base.TemporalTarget`.
    """

    def __init__(
        self,
        backbone: Backbone,
        content_loss: LayerLoss,
        style_loss: LayerLoss,
        image_loss: ImageLoss,
        weights: Weights,
        content: Tensor,
        areas: Sequence[Area],
        anchors: Sequence[tuple[Tensor, Tensor]] = (),
    ) -> None:
        self._backbone = backbone
        self._native = native(backbone, content_loss, style_loss)
        self._content_loss = content_loss
        self._style_loss = style_loss
        self._image_loss = image_loss
        self._anchors = anchors
        self.weights = weights
        masks = [area.mask for area in areas if area.mask is not None]
        self._mask = torch.stack(masks).sum(dim=0).clamp(max=1) if masks else None
        self._around = None if self._mask is None else content * (1 - self._mask)
        self._content_positions: dict[str, Tensor | None] = {
            layer: None
            if self._mask is None
            else spatial_guidance.touching(self._mask, backbone.stride(layer))
            for layer in weights.content_layers
        }
        with torch.no_grad():
            self._content_targets = self.content_targets(content, weights.content_layers)
            self.goals = [self._goal(area) for area in areas]

    def __call__(self, image: Tensor) -> dict[str, Tensor]:
        """Return `total`, `content`, `style` and, if there are any, `image` and `anchor`.

        The parts are not yet multiplied by the weights of their terms, but for the last.
        """
        weights = self.weights
        image = self.shown(image)
        losses, total = self.compared(image)
        if weights.image > 0:
            losses["image"] = self._image_loss(image)
            total = total + weights.image * losses["image"]
        if self._anchors:
            pulls = [(weight * (image - near).square()).mean() for near, weight in self._anchors]
            losses["anchor"] = torch.stack(pulls).sum()
            total = total + losses["anchor"]
        return {"total": total, **losses}

    def shown(self, image: Tensor) -> Tensor:
        """Return the picture as it is seen: within the masks."""
        if self._mask is None or self._around is None:
            return image
        return image * self._mask + self._around

    def compared(self, image: Tensor) -> tuple[dict[str, Tensor], Tensor]:
        """Return content and style loss, and their weighted sum."""
        weights = self.weights
        content: list[Tensor] = []
        style: list[Tensor] = []
        for layer, features in self._features(image, weights.layers):
            if layer in weights.content_layers:
                content.append(self._content_term(layer, features))
            if layer in weights.style_layers:
                style += [self._style_term(layer, features, goal) for goal in self.goals]
            # Nothing is kept of it, unless for the way back, while the next layer is computed.
            del features
        losses = {"content": torch.stack(content).sum(), "style": torch.stack(style).sum()}
        return losses, weights.content * losses["content"] + weights.style * losses["style"]

    def _content_term(self, layer: str, features: Tensor) -> Tensor:
        picked = spatial_guidance.select(features, self._content_positions[layer])
        measured = self._content_loss.measure(picked)
        loss = self._content_loss.compare(measured, self._content_targets[layer])
        return self.weights.content_layers[layer] * loss

    def _style_term(self, layer: str, features: Tensor, goal: Goal) -> Tensor:
        measured = self._style_loss.measure(
            spatial_guidance.select(features, goal.positions[layer])
        )
        loss = self._style_loss.compare(measured, goal.targets[layer])
        return goal.weight * self.weights.style_layers[layer] * loss

    def measure_style(self, image: Tensor) -> dict[str, Tensor]:
        """Return what the style loss measures of a whole picture, by layer."""
        return self._measured(image, self.weights.style_layers, self._style_loss, {})

    def content_targets(self, image: Tensor, layers: Collection[str]) -> dict[str, Tensor]:
        """Return what the content loss compares with, by layer."""
        return self._measured(image, layers, self._content_loss, self._content_positions)

    def _measured(
        self,
        image: Tensor,
        layers: Collection[str],
        loss: LayerLoss,
        positions: Mapping[str, Tensor | None],
    ) -> dict[str, Tensor]:
        """Return what a loss measures of layers, at some positions of each."""
        measured: dict[str, Tensor] = {}
        for layer, features in self._features(image, layers):
            measured[layer] = loss.measure(spatial_guidance.select(features, positions.get(layer)))
            # The next layer is computed before the name is given anew.
            del features
        return measured

    def _blended(self, measured: Sequence[tuple[Tensor, float]]) -> Tensor:
        """Return the target of one layer that stands for several styles."""
        if isinstance(self._style_loss, BlendingLoss):
            return self._style_loss.blend(measured)
        blend = torch.zeros_like(measured[0][0])
        for value, share in measured:
            blend = blend + share * value
        return blend

    def _features(self, image: Tensor, layers: Collection[str]) -> Iterator[tuple[str, Tensor]]:
        """Yield layers and their features, if possible each as soon as it is computed."""
        if self._native is not None:
            yield from self._native.native_features(image, layers)
        else:
            yield from self._backbone.features(image, layers).items()

    def _goal(self, area: Area) -> Goal:
        layers = self.weights.style_layers
        measured = [(style.measured(layers, self.measure_style), x) for style, x in area.styles]
        targets = {
            layer: self._blended([(values[layer], share) for values, share in measured])
            for layer in layers
        }
        backbone, mask = self._backbone, area.mask
        positions: dict[str, Tensor | None] = dict.fromkeys(layers)
        if mask is not None:
            depth = distance(mask > 0.5)
            for layer in layers:
                stride, reach = backbone.stride(layer), backbone.reach([layer])
                positions[layer] = spatial_guidance.inside(mask, depth, stride, reach)
        return Goal(targets, positions, area.weight)
