"""How far a result is from its style: Gram matrices of features, and their distribution.

`style`: L. A. Gatys, A. S. Ecker, M. Bethge (CVPR 2016), normalized so that layers and networks can
be told side by side: for a layer with features F (C x N) and G = F F^T / N,

    d = |G - G_style|_F / |G_style|_F

0 is the style's own statistics; no features at all would have 1, and more is possible. Several
styles are blended, G_style = sum_k w_k G_k, as the method blends them. The figure is the mean over
layers.

`sifid`: T. R. Shaham, T. Dekel, T. Michaeli: "SinGAN" (ICCV 2019): the Frechet distance of the
Gaussians of the features at all positions of one picture and those of another; here on a VGG layer
instead of Inception's first block, whose weights few closed networks have. Compare its figures
among themselves, with the network and layer named.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor
from torchmetrics.image.fid import FrechetInceptionDistance

from stylekit.evaluation.report import Cell, Report, Table
from stylekit.images.frames import Clip, Frame
from stylekit.methods.base import Style
from stylekit.protocols import LoadedWeights
from stylekit_plugins.metrics.features import PrecomputedFeatures
from stylekit_plugins.metrics.params import GramDistanceParams, SingleFrechetParams
from stylekit_plugins.metrics.style_cache import OfStyles
from stylekit_plugins.metrics.vgg_features import Layers, alike, check_size, flat

LEAST = 32
"""Pixels of the shorter side, below which the deepest layer has hardly a position."""


class GramDistance:
    """Measures one result against its styles."""

    def __init__(self, params: GramDistanceParams) -> None:
        self.params = params
        self._grams: OfStyles[dict[str, Tensor]] = OfStyles()

    def prepare(self, weights: Callable[[str], LoadedWeights], device: torch.device) -> None:
        """Load the network."""
        network = self.params.network
        self._device = device
        self._net = Layers(network, self.params.layers, weights(network)).to(device)

    def score_pair(self, result: Clip, content: Clip, styles: tuple[Style, ...]) -> float:
        """Return the mean over the layers, of the first frame of a clip."""
        found = self.by_layer(result.image, styles)
        return sum(found.values()) / len(found)

    def report(self, result: Clip, content: Clip, styles: tuple[Style, ...]) -> Report:
        """Return the distance at each layer, of the result and of its content."""
        made = self.by_layer(result.image, styles)
        before = self.by_layer(_at_size_of(content.image, result.image), styles)
        mean, mean_before = (sum(found.values()) / len(found) for found in (made, before))
        network = self.params.network
        rows: list[list[Cell]] = [[layer, made[layer], before[layer]] for layer in made]
        rows.append(["mean", mean, mean_before])
        return Report(
            {"style": mean, "style of the content": mean_before},
            {"network": network, "layers": made, "layers of the content": before},
            [
                Table(
                    f"|G - G_style| / |G_style| on {network}", ("layer", "result", "content"), rows
                )
            ],
        )

    def by_layer(self, image: Frame, styles: tuple[Style, ...]) -> dict[str, float]:
        """Return the distance at each layer.

        Raises:
            InputError: a picture is too small.
        """
        check_size([image], LEAST, "a distance of style")
        made = self._of(image.pixels[None])
        of_styles = [
            self._grams.get(style.frame, image, partial(self._of_style, style.frame, image))
            for style in styles
        ]
        distances = {}
        for layer, gram in made.items():
            target = sum(
                style.weight * grams[layer] for style, grams in zip(styles, of_styles, strict=True)
            )
            assert isinstance(target, Tensor)
            distances[layer] = float((gram - target).norm() / target.norm())
        return distances

    def _of_style(self, style: Frame, result: Frame) -> dict[str, Tensor]:
        return self._of(alike(style, result, LEAST))

    def _of(self, image: Tensor) -> dict[str, Tensor]:
        return {
            layer: gram(features) for layer, features in self._net(image.to(self._device)).items()
        }


class SingleFrechet:
    """Measures one result against its styles; several count by their weights."""

    def __init__(self, params: SingleFrechetParams) -> None:
        self.params = params
        self._samples: OfStyles[Tensor] = OfStyles()

    def prepare(self, weights: Callable[[str], LoadedWeights], device: torch.device) -> None:
        """Load the network."""
        network = self.params.network
        self._device = device
        self._net = Layers(network, [self.params.layer], weights(network)).to(device)

    def score_pair(self, result: Clip, content: Clip, styles: tuple[Style, ...]) -> float:
        """Return the squared distance, of the first frame of a clip; 0: no difference.

        Raises:
            InputError: a picture is too small.
        """
        image = result.image
        check_size([image], LEAST, "a distance of style")
        made = self._of(image.pixels[None])
        return sum(
            style.weight
            * frechet(
                made,
                self._samples.get(style.frame, image, partial(self._of_style, style.frame, image)),
            )
            for style in styles
        )

    def _of_style(self, style: Frame, result: Frame) -> Tensor:
        return self._of(alike(style, result, LEAST))

    def _of(self, image: Tensor) -> Tensor:
        """Return the features of all positions, (positions, channels)."""
        return flat(self._net(image.to(self._device))[self.params.layer]).T.cpu()


def gram(features: Tensor) -> Tensor:
    """Return F F^T / N of features (1, C, h, w): (C, C), float64 on the CPU."""
    values = flat(features)
    return (values @ values.T / values.shape[1]).cpu()


def frechet(made: Tensor, real: Tensor) -> float:
    """Return the Frechet distance of two sets of samples (N, C), as torchmetrics computes it."""
    metric = FrechetInceptionDistance(PrecomputedFeatures(made.shape[1]))
    metric.set_dtype(torch.float64)
    metric.update(real, real=True)
    metric.update(made, real=False)
    return float(metric.compute())


def _at_size_of(content: Frame, result: Frame) -> Frame:
    return content.resized(result.width, result.height)
