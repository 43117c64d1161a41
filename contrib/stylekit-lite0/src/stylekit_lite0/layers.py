"""The names of the layers; no torch here.

`stem` is the first convolution, `wideN` and `deepN` the two activations of block N: after its
channels are widened, and after each is filtered by itself. Whoever knows VGG alone may use VGG's
names: each means the layer that serves pictures as that one does, at the same stride (`relu5_1`: at
half of it).
"""

from __future__ import annotations

from collections.abc import Mapping

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
"""What the names of VGG's layers mean here."""


def own_name(layer: str) -> str:
    """Return the network's own name of a layer."""
    return AS_IN_VGG.get(layer, layer)
