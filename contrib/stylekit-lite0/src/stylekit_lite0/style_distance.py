"""Distance of a result from its style, by a network that no built-in method optimizes on.

stylekit's own `style` uses a VGG, which favors methods that minimize a loss on that very VGG. This
metric is the same distance of Gram matrices (Gatys, Ecker, Bethge, CVPR 2016)

    d = |G - G_style|_F / |G_style|_F,    G = F F^T / N

of EfficientNet-Lite0's features F (C x N), each channel of mean 1 over natural images.
"""

from __future__ import annotations

from collections.abc import Callable
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from stylekit import Clip, Frame, Style, fit
from stylekit.errors import InputError
from stylekit.machine.precision import as_float64, placed
from stylekit.protocols import LoadedWeights
from stylekit_lite0 import NETWORK
from stylekit_lite0.backbone import Lite0Backbone
from stylekit_lite0.params import Lite0Params

LAYERS = ("stem", "wide2", "wide4", "wide6", "wide9")
"""One layer of each stride at which strokes show."""

LEAST = 32
"""Pixels of the shorter side."""


class StyleDistance:
    """Measures one result against its styles.

    Args:
        params: the factor by which images are enlarged.
    """

    def __init__(self, params: Lite0Params) -> None:
        self._params = params
        # The styles are the same for every result.
        self._known: WeakKeyDictionary[Frame, dict[tuple[int, int], dict[str, Tensor]]]
        self._known = WeakKeyDictionary()

    def prepare(self, weights: Callable[[str], LoadedWeights], device: torch.device) -> None:
        """Load the network."""
        self._device = device
        self._net = Lite0Backbone(self._params, weights(NETWORK))
        placed(self._net, device)

    def score_pair(self, result: Clip, content: Clip, styles: tuple[Style, ...]) -> float:
        """Return the mean over the layers, of the first frame of a clip; 0 is the style's own.

        A style is looked at in its own shape, its long side that of the result. Several styles
        are blended: G_style = sum_k w_k G_k.

        Raises:
            InputError: a picture is too small.
        """
        image = result.image
        of_styles = [(style.weight, self._of_style(style.frame, image)) for style in styles]
        total = 0.0
        for layer, gram in self._grams(image).items():
            target = torch.stack([weight * grams[layer] for weight, grams in of_styles]).sum(0)
            total += float((gram - target).norm() / target.norm())
        return total / len(LAYERS)

    def _of_style(self, style: Frame, result: Frame) -> dict[str, Tensor]:
        size = fit(style.width, style.height, max(result.width, result.height))
        by_size = self._known.setdefault(style, {})
        if size not in by_size:
            by_size[size] = self._grams(style.resized(*size))
        return by_size[size]

    @torch.inference_mode()
    def _grams(self, image: Frame) -> dict[str, Tensor]:
        """Return (C, C) by layer, float64 on the CPU."""
        if min(image.width, image.height) < LEAST:
            raise InputError(
                f"{image.origin or 'A picture'} is too small for a distance of style: "
                f"{image.width} x {image.height} px.",
                f"Both sides need {LEAST} px and more.",
            )
        by_layer = self._net.features(image.pixels[None].to(self._device), LAYERS)
        grams = {}
        for layer, features in by_layer.items():
            values = as_float64(features[0].flatten(1))
            grams[layer] = (values @ values.T / values.shape[1]).cpu()
        return grams
