"""The names of the layers. It imports no torch.

`stem` is the first convolution, `wideN` and `deepN` are the two activations of block N: after its
channels are expanded, and after each is filtered by itself. VGG's names work too: each means the
layer that plays the same role in style transfer, at the same stride (`relu5_1`: at half of it).
"""

from __future__ import annotations

from collections.abc import Mapping

from stylekit import did_you_mean
from stylekit.errors import UsageError

LAYERS = ("stem", "deep0", *(f"{kind}{n}" for n in range(1, 11) for kind in ("wide", "deep")))
"""From the input to the output."""

AS_IN_VGG: Mapping[str, str] = {
    "relu1_1": "stem",
    "relu2_1": "wide2",
    "relu3_1": "wide4",
    "relu4_1": "wide6",
    "relu4_2": "wide7",
    "relu5_1": "wide9",
}
"""Our layers by VGG's names."""


def own_name(layer: str) -> str:
    """Return the network's own name of a layer.

    Raises:
        UsageError: there is no such layer.
    """
    name = AS_IN_VGG.get(layer, layer)
    if name not in LAYERS:
        raise UsageError(
            f"The backbone lite0 has no layer '{layer}'.",
            did_you_mean(layer, (*LAYERS, *AS_IN_VGG)),
        )
    return name
