"""Published settings on stylekit's scale of unit-activation features.

With raw features, layer l's mean activation is `s_l` (see `weights.activations`), so its Gram loss
is `s_l^4` times that of unit features, and its content loss `s_l^2` times. Dividing a published
objective by its content weight and `s_c^2` gives the same minimum with content weight 1 and the
style weights below. A test computes the published objectives from raw features and compares.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

STYLE_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")

# k / C^2 * s_l^4 / s_c^2 for k = 1, the original VGG-19 weights, content at relu4_2.
_RAW_GRAM = (4.707154e-4, 8.968506e-2, 3.025752e-2, 2.165316, 2.309143e-4)

_ONE_SCALE = 65536


def raw_gram(ratio: float) -> dict[str, Any]:
    """Return the style weights of `ratio * sum_l mean((G_l - G_s,l)^2) / C_l^2` on raw features."""
    layers = {name: ratio * weight for name, weight in zip(STYLE_LAYERS, _RAW_GRAM, strict=True)}
    return {
        "content_weight": 1.0,
        "style_weight": sum(layers.values()),
        "content_layers": {"relu4_2": 1.0},
        "style_layers": layers,
    }


def _on_raw_features(ratio: float, **gatys: Any) -> Mapping[str, Any]:
    return {
        "method": "gatys",
        "backbone": "vgg19",
        "weights": "vgg19-oxford-8bit",
        "optimizer": "lbfgs",
        "style_loss": "gram",
        "lbfgs": {"history": 100},
        # The originals have one scale, and take all their steps.
        "gatys": {**raw_gram(ratio), "coarsest": _ONE_SCALE, "plateau": 0.0, **gatys},
    }


GATYS2016_CODE = _on_raw_features(1000.0, init="content", steps=500)
"""L. Gatys' notebook PytorchNeuralStyleTransfer: content 1, style 1e3 / C^2 a layer, 500 steps from
the content. Departs: the picture stays in [0, 1]; no second run at a higher resolution follows."""

NEURAL_STYLE_PT = _on_raw_features(20.0, init="noise", steps=1000)
"""ProGamerGov's neural-style-pt (after J. Johnson's neural-style): content 5, style 100 with
`G / (C N)`, 1000 steps from noise. Departs: noise of deviation 0.25 instead of 1e-3; no total
variation, whose form differs; the picture stays in [0, 1]."""

CROWSON_W2: Mapping[str, Any] = {
    "method": "gatys",
    "backbone": "vgg19",
    "optimizer": "adam",
    "style_loss": "wasserstein",
    "adam": {"lr": 0.02, "beta1": 0.9, "beta2": 0.99},
    "gatys": {
        "content_weight": 0.015,
        # 2, because the built-in loss is half of hers.
        "style_weight": 2.0,
        "content_layers": {"relu4_2": 1.0},
        "style_layers": dict(zip(STYLE_LAYERS, (256.0, 64.0, 16.0, 4.0, 1.0), strict=True)),
        "init": "content",
        "averaging": 0.99,
        "coarsest": 128,
        "plateau": 0.0,
        "steps": 3000,
    },
}
"""K. Crowson's style-transfer-pytorch: Wasserstein-2, layer weights 256:64:16:4:1, content 0.015,
Adam with averaging. Departs: the weights are on unit-activation features; scales double (hers grow
by the square root of 2); no total variation; zero instead of replicate padding."""
