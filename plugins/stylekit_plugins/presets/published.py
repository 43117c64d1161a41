"""Published settings, converted to stylekit's features of unit mean activation.

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

# s_l of the original VGG-19 weights with average pooling, computed like those of max pooling.
_AVERAGE_POOLING = {
    "conv1_1": 22.003646,
    "conv2_1": 96.519281,
    "conv3_1": 73.927516,
    "conv4_1": 220.35525,
    "conv4_2": 146.3194,
    "conv5_1": 12.010204,
}

# The first convolutions, with their channels.
_FIRST_FIVE = {"conv1_1": 64, "conv1_2": 64, "conv2_1": 128, "conv2_2": 128, "conv3_1": 256}

_ORIGINAL = "vgg19-oxford-8bit"

_ONE_SCALE = 65536


def raw_gram(ratio: float) -> dict[str, Any]:
    """Return the weights of `ratio * sum_l mean((G_l - G_s,l)^2) / C_l^2` on raw features."""
    layers = {name: ratio * weight for name, weight in zip(STYLE_LAYERS, _RAW_GRAM, strict=True)}
    return _losses("relu4_2", layers)


def paper(alpha: float, beta: float, side: int) -> dict[str, Any]:
    """Return the weights of the paper's objective on raw features, for images of `side` pixels.

        alpha * sum((F - P)^2) / 2 + beta * sum_l sum((G_l - A_l)^2) / (4 C_l^2 N_l^2) / 5

    There `G = F F^T`; with stylekit's `G = F F^T / N` a layer's term is `mean((G - A)^2) / 4`.
    """
    values = 512 * (side // 8) ** 2
    content = alpha * values / 2 * _AVERAGE_POOLING["conv4_2"] ** 2
    names = [name.replace("relu", "conv") for name in STYLE_LAYERS]
    return _losses(
        "conv4_2",
        {name: beta / 5 / 4 * _AVERAGE_POOLING[name] ** 4 / content for name in names},
    )


def _losses(content_layer: str, style_layers: Mapping[str, float]) -> dict[str, Any]:
    return {
        "content_weight": 1.0,
        "style_weight": sum(style_layers.values()),
        "content_layers": {content_layer: 1.0},
        "style_layers": style_layers,
    }


def _with_lbfgs(losses: Mapping[str, Any], **gatys: Any) -> dict[str, Any]:
    return {
        "method": "gatys",
        "backbone": "vgg19",
        "optimizer": "lbfgs",
        "style_loss": "gram",
        "lbfgs": {"history_size": 100},
        # The originals have one scale, and never end early.
        "gatys": {**losses, "min_size": _ONE_SCALE, "min_improvement": 0.0, **gatys},
    }


GATYS2016_PAPER: Mapping[str, Any] = {
    **_with_lbfgs(paper(alpha=1e-3, beta=1.0, side=512), init="noise", steps=500),
    "weights": _ORIGINAL,
    "vgg19": {"pooling": "average"},
}
"""The text of Gatys, Ecker and Bethge (CVPR 2016): average pooling, the convolutions' outputs
before their ReLU, equal layers, alpha / beta = 1e-3, white noise, L-BFGS. Departs: raw activations
of the original weights instead of the authors' copy with a mean of 1 for each channel, on which the
sums of the text come to a style weight of 2e-4, which is invisible; the content's sum grows with
the image and stylekit's mean does not, so that the ratio is that of 512x512 px for every size; 500
steps as in the authors' notebook, because the paper gives none; the image stays in [0, 1]."""

GATYS2016_CODE: Mapping[str, Any] = {
    **_with_lbfgs(raw_gram(1000.0), init="content", steps=500),
    "weights": _ORIGINAL,
}
"""L. Gatys' notebook PytorchNeuralStyleTransfer: content 1, style 1e3 / C^2 a layer, 500 steps from
the content. Departs: the image stays in [0, 1]; no second run at a higher resolution follows."""

NEURAL_STYLE_PT: Mapping[str, Any] = {
    **_with_lbfgs(raw_gram(20.0), init="noise", steps=1000),
    "weights": _ORIGINAL,
}
"""ProGamerGov's neural-style-pt (after J. Johnson's neural-style): content 5, style 100 with
`G / (C N)`, 1000 steps from noise. Departs: noise of deviation 0.25 instead of 1e-3; no total
variation, whose form differs; the image stays in [0, 1]."""

PYTORCH_TUTORIAL: Mapping[str, Any] = _with_lbfgs(
    _losses("conv2_2", {name: 1e6 / channels**2 for name, channels in _FIRST_FIVE.items()}),
    init="content",
    steps=300,
)
"""PyTorch's tutorial "Neural Transfer Using PyTorch" (A. Jacq): content at its `conv_4`, style at
its first five convolutions, all before their ReLU, `G / (C N)`, 1e6 to 1, 300 evaluations from the
content. Departs: its formula is on features of unit mean activation instead of the raw ones of
torchvision's weights, whose means are not known here, and on any VGG-19 weights; the style image
keeps its shape; L-BFGS sees the gradient projected to [0, 1], where the tutorial only clamps."""

CROWSON_W2: Mapping[str, Any] = {
    "method": "gatys",
    "backbone": "vgg19",
    "optimizer": "adam",
    "style_loss": "wasserstein",
    "adam": {"lr": 0.02, "beta1": 0.9, "beta2": 0.99},
    "gatys": {
        "content_weight": 0.015,
        # Twice hers, because the built-in loss is half of hers.
        "style_weight": 2.0,
        "content_layers": {"relu4_2": 1.0},
        "style_layers": dict(zip(STYLE_LAYERS, (256.0, 64.0, 16.0, 4.0, 1.0), strict=True)),
        "init": "content",
        "ema_decay": 0.99,
        "min_size": 128,
        "min_improvement": 0.0,
        "steps": 3000,
    },
}
"""K. Crowson's style-transfer-pytorch: Wasserstein-2, layer weights 256:64:16:4:1, content 0.015,
Adam with averaging. Departs: the weights are on unit-activation features; scales double (hers grow
by the square root of 2); no total variation; zero instead of replicate padding."""
