"""Distances of a result from its style: Gram matrices of features, and their distribution.

`style`: L. A. Gatys, A. S. Ecker, M. Bethge (CVPR 2016), normalized so that layers and networks can
be compared: for a layer with features F (C x N) and G = F F^T / N,

    d = |G - G_style|_F / |G_style|_F

0: the style's own statistics. 1: the distance of zero features; larger values are possible. Several
styles are blended, G_style = sum_k w_k G_k, as the method blends them. The score is the mean over
layers.

`sifid`: T. R. Shaham, T. Dekel, T. Michaeli: "SinGAN" (ICCV 2019): the Frechet distance
between Gaussians fitted to the features at all positions of two images; here on a VGG layer instead
of Inception's first block, whose weights few closed networks have. Compare its scores among
themselves, with the network and layer named.
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
from stylekit_plugins.metrics.style_cache import StyleCache
from stylekit_plugins.metrics.vgg_features import (
    VGGFeatures,
    check_size,
    flatten_positions,
    resize_style,
)

MIN_SIDE = 32
"""Shortest side in pixels: the deepest layer has two positions there."""


class GramDistance:
    """Scores one result against its styles."""

    def __init__(self, params: GramDistanceParams) -> None:
        self.params = params
        self._grams: StyleCache[dict[str, Tensor]] = StyleCache()

    def prepare(self, weights: Callable[[str], LoadedWeights], device: torch.device) -> None:
        """Load the network."""
        network = self.params.network
        self._device = device
        self._net = VGGFeatures(network, self.params.layers, weights(network)).to(device)

    def score_pair(self, result: Clip, content: Clip, styles: tuple[Style, ...]) -> float:
        """Return the mean over the layers, of the first frame of a clip."""
        distances = self.by_layer(result.image, styles)
        return sum(distances.values()) / len(distances)

    def report(self, result: Clip, content: Clip, styles: tuple[Style, ...]) -> Report:
        """Return the distance at each layer, of the result and of its content."""
        after = self.by_layer(result.image, styles)
        before = self.by_layer(_at_size_of(content.image, result.image), styles)
        mean, mean_before = (sum(each.values()) / len(each) for each in (after, before))
        network = self.params.network
        rows: list[list[Cell]] = [[layer, after[layer], before[layer]] for layer in after]
        rows.append(["mean", mean, mean_before])
        return Report(
            {"style": mean, "style of the content": mean_before},
            {"network": network, "layers": after, "layers of the content": before},
            [
                Table(
                    f"|G - G_style| / |G_style| on {network}", ("layer", "result", "content"), rows
                )
            ],
        )

    def by_layer(self, image: Frame, styles: tuple[Style, ...]) -> dict[str, float]:
        """Return the distance at each layer.

        Raises:
            InputError: an image is too small.
        """
        check_size([image], MIN_SIDE, "a distance of style")
        grams = self._grams_of(image.pixels[None])
        style_grams = [
            self._grams.get(style.frame, image, partial(self._of_style, style.frame, image))
            for style in styles
        ]
        distances = {}
        for layer, gram in grams.items():
            target = sum(
                style.weight * each[layer] for style, each in zip(styles, style_grams, strict=True)
            )
            assert isinstance(target, Tensor)
            distances[layer] = float((gram - target).norm() / target.norm())
        return distances

    def _of_style(self, style: Frame, result: Frame) -> dict[str, Tensor]:
        return self._grams_of(resize_style(style, result, MIN_SIDE))

    def _grams_of(self, image: Tensor) -> dict[str, Tensor]:
        return {
            layer: gram(features) for layer, features in self._net(image.to(self._device)).items()
        }


class SingleFrechet:
    """Scores one result against its styles, weighted by their weights."""

    def __init__(self, params: SingleFrechetParams) -> None:
        self.params = params
        self._samples: StyleCache[Tensor] = StyleCache()

    def prepare(self, weights: Callable[[str], LoadedWeights], device: torch.device) -> None:
        """Load the network."""
        network = self.params.network
        self._device = device
        self._net = VGGFeatures(network, [self.params.layer], weights(network)).to(device)

    def score_pair(self, result: Clip, content: Clip, styles: tuple[Style, ...]) -> float:
        """Return the squared distance, of the first frame of a clip; 0: no difference.

        Raises:
            InputError: an image is too small.
        """
        image = result.image
        check_size([image], MIN_SIDE, "a distance of style")
        samples = self._samples_of(image.pixels[None])
        return sum(
            style.weight
            * frechet(
                samples,
                self._samples.get(style.frame, image, partial(self._of_style, style.frame, image)),
            )
            for style in styles
        )

    def _of_style(self, style: Frame, result: Frame) -> Tensor:
        return self._samples_of(resize_style(style, result, MIN_SIDE))

    def _samples_of(self, image: Tensor) -> Tensor:
        """Return the features of all positions, (positions, channels)."""
        return flatten_positions(self._net(image.to(self._device))[self.params.layer]).T.cpu()


def gram(features: Tensor) -> Tensor:
    """Return F F^T / N of features (1, C, h, w): (C, C), float64 on the CPU."""
    values = flatten_positions(features)
    return (values @ values.T / values.shape[1]).cpu()


def frechet(fake: Tensor, real: Tensor) -> float:
    """Return the Frechet distance of two sets of samples (N, C), as torchmetrics computes it."""
    metric = FrechetInceptionDistance(PrecomputedFeatures(fake.shape[1]))
    metric.set_dtype(torch.float64)
    metric.update(real, real=True)
    metric.update(fake, real=False)
    return float(metric.compute())


def _at_size_of(content: Frame, result: Frame) -> Frame:
    return content.resized(result.width, result.height)
