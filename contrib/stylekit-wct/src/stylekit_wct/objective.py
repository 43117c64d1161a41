"""What the method minimizes: how far features are from the changed ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from stylekit.images.frames import fit
from stylekit.images.masks import resized
from stylekit.methods.base import Job, Style
from stylekit.protocols import Backbone
from stylekit_wct.params import WctParams
from stylekit_wct.transforms import TRANSFORMS

Features = Mapping[str, Tensor]


class Objective:
    """`sum_l w_l mean((F_l - T_l)^2)`, T features of a picture with the style's statistics.

    Several styles mix by their shares of T, and so do, by `strength`, the content's own features.
    With regions, T is each region's inside its mask, and the content's own features outside.

    Args:
        begun: the picture (1, 3, H, W) whose features are changed; None: the content.
    """

    def __init__(self, job: Job, params: WctParams, begun: Tensor | None = None) -> None:
        self._job = job
        self._backbone: Backbone = job.components["backbone"]
        self._params = params
        whole = sum(params.layers.values())
        self._weights = {layer: x / whole for layer, x in params.layers.items() if x > 0}
        areas = [region.styles for region in job.regions] or [job.styles]
        with torch.no_grad():
            self._content = self._features(job.content.image.pixels[None].to(job.device))
            self._styles = {style: self._measured(style) for area in areas for style in area}
        self.targets: Mapping[str, Tensor] = {}
        self.begin(begun)

    def begin(self, begun: Tensor | None = None) -> None:
        """Set the targets anew, from the features of a picture; None: of the content."""
        with torch.no_grad():
            own = self._content if begun is None else self._features(begun)
            self.targets = self._in_regions(own)

    def __call__(self, image: Tensor) -> dict[str, Tensor]:
        """Return `total`, the loss of a picture (1, 3, H, W) in [0, 1]."""
        terms = [
            self._weights[layer] * (features - self.targets[layer]).square().mean()
            for layer, features in self._features(image).items()
        ]
        return {"total": torch.stack(terms).sum()}

    def _features(self, image: Tensor) -> dict[str, Tensor]:
        return self._backbone.features(image, tuple(self._weights))

    def _in_regions(self, own: Features) -> dict[str, Tensor]:
        """Return the targets by layer, (1, C, h, w), for features to be changed."""
        if not self._job.regions:
            return self._in_styles(own, self._job.styles)
        targets = dict(self._content)
        for region in self._job.regions:
            for layer, inside in self._in_styles(own, region.styles).items():
                content = self._content[layer]
                mask = resized(region.mask, content.shape[-1], content.shape[-2]).to(content)
                targets[layer] = targets[layer] + mask * (inside - content)
        return targets

    def _in_styles(self, own: Features, styles: Sequence[Style]) -> dict[str, Tensor]:
        """Return features changed to a mixture of styles."""
        transform, strength = TRANSFORMS[self._params.transform], self._params.strength
        targets = {layer: (1 - strength) * content for layer, content in self._content.items()}
        for style in styles:
            for layer, its in self._styles[style].items():
                changed = transform(own[layer].flatten(2)[0], its.flatten(2)[0])
                share = strength * style.weight
                targets[layer] = targets[layer] + share * changed.view(own[layer].shape)
        return targets

    def _measured(self, style: Style) -> Features:
        """Return the features of a style picture; it is never enlarged, which teaches blur."""
        image, frame = self._job.content.image, style.frame
        long_side = round(max(image.width, image.height) * self._params.style_scale)
        long_side = min(max(1, long_side), max(frame.width, frame.height))
        size = fit(frame.width, frame.height, long_side)
        return self._features(frame.resized(*size).pixels[None].to(self._job.device))
