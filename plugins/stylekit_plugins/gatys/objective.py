"""What the method minimises: a weighted sum of content, style and image losses.

    total = content_weight * sum_l v_l content_l + style_weight * sum_l w_l style_l + tv_weight * tv

(Gatys, Ecker and Bethge, CVPR 2016, equations 1, 5 and 7.) `v` and `w` are normalised to sum 1.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from stylekit.protocols import Backbone, ImageLoss, LayerLoss


@dataclass(frozen=True)
class Weights:
    """Weights of the terms; those of the layers are normalised."""

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


class Objective:
    """The losses of a picture, against targets that are measured once.

    Args:
        content: the content picture (1, 3, H, W) in [0, 1], of the same size as the result.
        styles: style pictures (1, 3, h, w) in [0, 1] with shares that add up to 1; what is
            measured of them is blended linearly.
    """

    def __init__(
        self,
        backbone: Backbone,
        content_loss: LayerLoss,
        style_loss: LayerLoss,
        image_loss: ImageLoss,
        weights: Weights,
        content: Tensor,
        styles: Sequence[tuple[Tensor, float]],
    ) -> None:
        self._backbone = backbone
        self._content_loss = content_loss
        self._style_loss = style_loss
        self._image_loss = image_loss
        self.weights = weights
        with torch.no_grad():
            self._content_targets = self.content_targets(content, weights.content_layers)
            self._style_targets: dict[str, Tensor] = {}
            for picture, share in styles:
                for layer, value in self.measure(style_loss, picture, weights.style_layers).items():
                    blended = self._style_targets.get(layer, torch.zeros_like(value))
                    self._style_targets[layer] = blended + share * value

    def __call__(self, image: Tensor) -> dict[str, Tensor]:
        """Return `total`, `content`, `style` and, if it has a weight, `image` of a picture.

        The parts are not yet multiplied by the weights of their terms.
        """
        weights = self.weights
        features = self._backbone.features(image, weights.layers)
        losses = {
            "content": _compare(
                self._content_loss, features, self._content_targets, weights.content_layers
            ),
            "style": _compare(
                self._style_loss, features, self._style_targets, weights.style_layers
            ),
        }
        total = weights.content * losses["content"] + weights.style * losses["style"]
        if weights.image > 0:
            losses["image"] = self._image_loss(image)
            total = total + weights.image * losses["image"]
        return {"total": total, **losses}

    def measure(self, loss: LayerLoss, image: Tensor, layers: Collection[str]) -> dict[str, Tensor]:
        """Return what a loss measures of a picture, by layer."""
        features = self._backbone.features(image, layers)
        return {layer: loss.measure(value) for layer, value in features.items()}

    def content_targets(self, image: Tensor, layers: Collection[str]) -> dict[str, Tensor]:
        """Return what the content loss compares with, by layer."""
        return self.measure(self._content_loss, image, layers)


def _compare(
    loss: LayerLoss,
    features: Mapping[str, Tensor],
    targets: Mapping[str, Tensor],
    layers: Mapping[str, float],
) -> Tensor:
    terms = [
        weight * loss.compare(loss.measure(features[layer]), targets[layer])
        for layer, weight in layers.items()
    ]
    return torch.stack(terms).sum()
