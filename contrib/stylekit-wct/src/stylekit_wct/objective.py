"""The objective: how far the features of an image are from the transformed ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from stylekit import Job, Style, fit
from stylekit.images.masks import resized
from stylekit.protocols import Backbone
from stylekit_wct.params import WctParams
from stylekit_wct.transforms import TRANSFORMS

Features = Mapping[str, Tensor]


class FeatureObjective:
    """`sum_l w_l mean((F_l - T_l)^2)`, T features with the style's statistics.

    Several styles blend in T by weight, and so do, by `strength`, the content's own features.
    With regions, T is each region's inside its mask, and the content's own features outside. The
    targets are set at construction; `set_targets` replaces them.

    Args:
        source: image (1, 3, H, W) whose features are transformed; None: the content.
    """

    def __init__(self, job: Job, params: WctParams, source: Tensor | None = None) -> None:
        self._job = job
        self._backbone: Backbone = job.components["backbone"]
        self._params = params
        whole = sum(params.layers.values())
        self._weights = {layer: x / whole for layer, x in params.layers.items() if x > 0}
        regions = [region.styles for region in job.regions] or [job.styles]
        with torch.no_grad():
            self._content = self._features(job.content.image.pixels[None].to(job.device))
            self._styles = {
                style: self._style_features(style) for styles in regions for style in styles
            }
        self.targets: Mapping[str, Tensor] = {}
        self.set_targets(source)

    def set_targets(self, source: Tensor | None = None) -> None:
        """Transform the features of an image to new targets; None: those of the content."""
        with torch.no_grad():
            features = self._content if source is None else self._features(source)
            self.targets = self._region_targets(features)

    def __call__(self, image: Tensor) -> dict[str, Tensor]:
        """Return `total`, the loss of an image (1, 3, H, W) in [0, 1]."""
        terms = [
            self._weights[layer] * (features - self.targets[layer]).square().mean()
            for layer, features in self._features(image).items()
        ]
        return {"total": torch.stack(terms).sum()}

    def _features(self, image: Tensor) -> dict[str, Tensor]:
        return self._backbone.features(image, tuple(self._weights))

    def _region_targets(self, features: Features) -> dict[str, Tensor]:
        """Return the targets by layer, (1, C, h, w), of features to transform."""
        if not self._job.regions:
            return self._style_targets(features, self._job.styles)
        targets = dict(self._content)
        for region in self._job.regions:
            for layer, inside in self._style_targets(features, region.styles).items():
                content = self._content[layer]
                mask = resized(region.mask, content.shape[-1], content.shape[-2]).to(content)
                targets[layer] = targets[layer] + mask * (inside - content)
        return targets

    def _style_targets(self, features: Features, styles: Sequence[Style]) -> dict[str, Tensor]:
        """Return features transformed to a blend of styles."""
        transform, strength = TRANSFORMS[self._params.transform], self._params.strength
        targets = {layer: (1 - strength) * content for layer, content in self._content.items()}
        for style in styles:
            for layer, style_features in self._styles[style].items():
                own = features[layer]
                changed = transform(own.flatten(2)[0], style_features.flatten(2)[0])
                targets[layer] = targets[layer] + strength * style.weight * changed.view(own.shape)
        return targets

    def _style_features(self, style: Style) -> Features:
        """Return the features of a style image, which is never enlarged: that teaches blur."""
        image, frame = self._job.content.image, style.frame
        long_side = round(max(image.width, image.height) * self._params.style_scale)
        long_side = min(max(1, long_side), max(frame.width, frame.height))
        size = fit(frame.width, frame.height, long_side)
        return self._features(frame.resized(*size).pixels[None].to(self._job.device))
