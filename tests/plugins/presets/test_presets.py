"""Presets, against the published objectives computed from raw features."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from stylekit import Frame, Host, PresetSpec
from stylekit.protocols import LoadedWeights
from stylekit_plugins.backbones.calibration import mean_activations
from stylekit_plugins.backbones.vgg import VGG, VGGParams
from stylekit_plugins.gatys.method import Gatys
from stylekit_plugins.gatys.objective import Objective, RegionStyles
from stylekit_plugins.losses.content import ContentLoss
from stylekit_plugins.losses.gram import GramLoss
from stylekit_plugins.losses.params import GramParams
from stylekit_plugins.losses.tv import TotalVariationLoss

Features = dict[str, dict[str, Tensor]]
"""By role (image, content, style), by layer."""

STYLE_LAYERS = ["relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"]
PAPER_LAYERS = ["conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1"]
TUTORIAL_LAYERS = ["conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1"]


@pytest.fixture(scope="module")
def images(read: Callable[[str], Frame]) -> dict[str, Tensor]:
    names = {"content": "sample:astronaut", "style": "sample:swirls", "image": "sample:coffee"}
    return {role: read(name).resized(96, 96).pixels[None] for role, name in names.items()}


def preset_total(
    host: Host,
    name: str,
    images: dict[str, Tensor],
    net: VGG,
    region: RegionStyles,
) -> float:
    plan = host.plan({"preset": name})
    method = plan.method.make().unchecked
    assert isinstance(method, Gatys)
    assert plan.slots["backbone"].component.id == "backbones:vgg19"
    assert plan.slots["backbone"].params.pooling == net.pooling
    assert plan.slots["optimizer"].component.id == "optimizers:lbfgs"
    objective = Objective(
        net,
        ContentLoss(None),
        GramLoss(GramParams(precision="float32")),
        TotalVariationLoss(None),
        method.weights,
        images["content"],
        [region],
    )
    with torch.no_grad():
        return float(objective(images["image"])["total"])


def raw(parameters: LoadedWeights, pooling: str) -> VGG:
    """The network with its features as trained, not scaled to unit activation."""
    assert parameters.activations is not None
    ones = dict.fromkeys(parameters.activations, 1.0)
    net = VGG(VGGParams(precision="float32"), dataclasses.replace(parameters, activations=ones))
    # Not at construction, which would scale it to average pooling's activations.
    net.pooling = pooling
    return net


def features_of(net: VGG, images: dict[str, Tensor], layers: list[str]) -> Features:
    with torch.no_grad():
        return {role: net.features(image, layers) for role, image in images.items()}


def grams(f: Features, layer: str, divisor: Callable[[int, int], int]) -> list[Tensor]:
    """`F F^T / divisor(C, N)` of the image and of the style."""
    flat = [f[role][layer].flatten(2)[0] for role in ("image", "style")]
    return [x @ x.T / divisor(*x.shape) for x in flat]


def notebook(f: Features) -> float:
    """L. Gatys' notebook: mse of relu4_2, and 1e3 / C^2 times the mse of F F^T / N."""
    loss = F.mse_loss(f["image"]["relu4_2"], f["content"]["relu4_2"])
    for layer in STYLE_LAYERS:
        channels = f["image"][layer].shape[1]
        mse = F.mse_loss(*grams(f, layer, lambda c, n: n))
        loss = loss + 1e3 / channels**2 * mse
    return float(loss)


def neural_style(f: Features) -> float:
    """neural-style-pt: 5 * mse of relu4_2, and 100 * mse of F F^T / (C N)."""
    loss = 5 * F.mse_loss(f["image"]["relu4_2"], f["content"]["relu4_2"])
    for layer in STYLE_LAYERS:
        loss = loss + 100 * F.mse_loss(*grams(f, layer, lambda c, n: c * n))
    return float(loss)


@pytest.mark.parametrize(
    ("name", "published", "content_weight"),
    [("gatys2016-code", notebook, 1.0), ("neural-style-pt", neural_style, 5.0)],
)
def test_the_objective_is_the_published_one(
    host: Host,
    name: str,
    published: Callable[[Features], float],
    content_weight: float,
    images: dict[str, Tensor],
    vgg19_parameters: LoadedWeights,
    region_styles: Callable[..., RegionStyles],
) -> None:
    """Equal but for the constant factor by which the published objective is divided."""
    assert vgg19_parameters.activations is not None
    layers = [*STYLE_LAYERS, "relu4_2"]
    expected = published(features_of(raw(vgg19_parameters, "max"), images, layers))
    factor = content_weight * vgg19_parameters.activations["relu4_2"] ** 2
    net = VGG(VGGParams(precision="float32"), vgg19_parameters)
    ours = preset_total(host, name, images, net, region_styles((images["style"], 1.0)))
    assert ours * factor == pytest.approx(expected, rel=2e-4)


def paper(f: Features) -> float:
    """Gatys et al. (CVPR 2016), equations 1, 3 to 5 and 7, alpha 1e-3, beta 1.

    The sum of equation 1 grows with the image: it is taken to the paper's 512x512 px.
    """
    difference = f["image"]["conv4_2"] - f["content"]["conv4_2"]
    content = difference.square().sum() / 2 * (512 / 96) ** 2
    style = torch.zeros(())
    for layer in PAPER_LAYERS:
        _, channels, height, width = f["image"][layer].shape
        gram, target = grams(f, layer, lambda c, n: 1)
        error = (gram - target).square().sum() / (4 * channels**2 * (height * width) ** 2)
        style = style + error / 5
    return float(1e-3 * content + 1.0 * style)


def test_the_objective_is_that_of_the_papers_text(
    host: Host,
    images: dict[str, Tensor],
    vgg19_parameters: LoadedWeights,
    region_styles: Callable[..., RegionStyles],
) -> None:
    unscaled = raw(vgg19_parameters, "average")
    expected = paper(features_of(unscaled, images, [*PAPER_LAYERS, "conv4_2"]))
    activation = mean_activations(unscaled.features, ["relu4_2"])["relu4_2"]
    # alpha / 2, the values of conv4_2 at 512x512 px, and what its raw features are larger by.
    factor = 1e-3 / 2 * (512 * 64 * 64) * activation**2
    net = VGG(VGGParams(pooling="average", precision="float32"), vgg19_parameters)
    ours = preset_total(host, "gatys2016-paper", images, net, region_styles((images["style"], 1.0)))
    assert ours * factor == pytest.approx(expected, rel=2e-4)


def tutorial(f: Features) -> float:
    """PyTorch's tutorial: mse of conv_4, and 1e6 times the mse of F F^T / (a b c d)."""
    loss = F.mse_loss(f["image"]["conv2_2"], f["content"]["conv2_2"])
    for layer in TUTORIAL_LAYERS:
        loss = loss + 1e6 * F.mse_loss(*grams(f, layer, lambda c, n: c * n))
    return float(loss)


def test_the_objective_is_that_of_the_tutorial(
    host: Host,
    images: dict[str, Tensor],
    vgg19_parameters: LoadedWeights,
    region_styles: Callable[..., RegionStyles],
) -> None:
    """On raw features, divided by each layer's mean activation."""
    assert vgg19_parameters.activations is not None
    features = features_of(raw(vgg19_parameters, "max"), images, TUTORIAL_LAYERS)
    for by_layer in features.values():
        for layer in TUTORIAL_LAYERS:
            by_layer[layer] /= vgg19_parameters.activations[layer.replace("conv", "relu")]
    net = VGG(VGGParams(precision="float32"), vgg19_parameters)
    ours = preset_total(
        host, "pytorch-tutorial", images, net, region_styles((images["style"], 1.0))
    )
    assert ours == pytest.approx(tutorial(features), rel=2e-4)


@pytest.mark.parametrize(
    ("name", "init", "steps", "weights"),
    [
        ("gatys2016-paper", "noise", 500, "vgg19-oxford-8bit"),
        ("pytorch-tutorial", "content", 300, "auto"),
    ],
)
def test_start_and_steps(host: Host, name: str, init: str, steps: int, weights: str) -> None:
    plan = host.plan({"preset": name})
    assert (plan.method.params.init, plan.method.params.steps) == (init, steps)
    assert weights in plan.config.weights
    assert plan.method.params.min_improvement == 0


def test_every_preset_is_a_plan(host: Host) -> None:
    names = [component.spec.name for component in host.catalogue.all(PresetSpec)]
    assert {"default", "subtle", "strong", "crowson-w2"} <= set(names)
    for name in names:
        assert host.plan({"preset": name}).method.component.id == "gatys:gatys"


def test_crowsons_layer_weights(host: Host) -> None:
    plan = host.plan({"preset": "crowson-w2"})
    weights = plan.method.make().weights
    assert plan.slots["style_loss"].component.id == "losses:wasserstein"
    assert weights.style_layers["relu1_1"] == pytest.approx(256 / 341)
    assert weights.style_layers["relu5_1"] == pytest.approx(1 / 341)
    assert plan.method.params.ema_decay == 0.99
