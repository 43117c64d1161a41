"""Presets, against the published objectives computed from raw features."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import torch
from torch import Tensor

from stylekit import Host, PresetSpec
from stylekit.protocols import Parameters
from stylekit_plugins.backbones.vgg import VGG, VGGParams
from stylekit_plugins.gatys.method import Gatys
from stylekit_plugins.gatys.objective import Objective
from stylekit_plugins.losses.content import ContentLoss
from stylekit_plugins.losses.gram import GramLoss
from stylekit_plugins.losses.tv import TotalVariationLoss

STYLE_LAYERS = ["relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"]


@pytest.fixture(scope="module")
def pictures(host: Host) -> dict[str, Tensor]:
    run = host.start(host.plan({"content": ["sample:astronaut"]}), write=False)
    names = {"content": "sample:astronaut", "style": "sample:swirls", "image": "sample:coffee"}
    return {
        role: run._read_content(name).picture.resized(96, 96).pixels[None]
        for role, name in names.items()
    }


def preset_total(host: Host, name: str, pictures: dict[str, Tensor], net: VGG) -> float:
    plan = host.plan({"preset": name})
    method = plan.method.make()
    assert isinstance(method, Gatys)
    assert plan.slots["backbone"].component.id == "backbones:vgg19"
    objective = Objective(
        net,
        ContentLoss(None),
        GramLoss(None),
        TotalVariationLoss(None),
        method.weights,
        pictures["content"],
        [(pictures["style"], 1.0)],
    )
    with torch.no_grad():
        return float(objective(pictures["image"])["total"])


def raw_features(net: VGG, pictures: dict[str, Tensor]) -> dict[str, dict[str, Tensor]]:
    with torch.no_grad():
        return {
            role: net.features(image, [*STYLE_LAYERS, "relu4_2"])
            for role, image in pictures.items()
        }


def notebook(f: dict[str, dict[str, Tensor]]) -> float:
    """L. Gatys' notebook: mse of relu4_2, and 1e3 / C^2 times the mse of F F^T / N."""
    loss = torch.nn.functional.mse_loss(f["image"]["relu4_2"], f["content"]["relu4_2"])
    for layer in STYLE_LAYERS:
        grams = []
        for role in ("image", "style"):
            b, c, h, w = f[role][layer].shape
            flat = f[role][layer].view(b, c, h * w)
            grams.append(torch.bmm(flat, flat.transpose(1, 2)).div_(h * w))
        loss = loss + 1e3 / c**2 * torch.nn.functional.mse_loss(*grams)
    return float(loss)


def neural_style(f: dict[str, dict[str, Tensor]]) -> float:
    """neural-style-pt: 5 * mse of relu4_2, and 100 * mse of F F^T / (C N)."""
    loss = 5 * torch.nn.functional.mse_loss(f["image"]["relu4_2"], f["content"]["relu4_2"])
    for layer in STYLE_LAYERS:
        grams = []
        for role in ("image", "style"):
            _, c, h, w = f[role][layer].shape
            flat = f[role][layer].view(c, h * w)
            grams.append(torch.mm(flat, flat.t()).div(c * h * w))
        loss = loss + 100 * torch.nn.functional.mse_loss(*grams)
    return float(loss)


@pytest.mark.parametrize(
    ("name", "published", "content_weight"),
    [("gatys2016-code", notebook, 1.0), ("neural-style-pt", neural_style, 5.0)],
)
def test_the_objective_is_the_published_one(
    host: Host,
    name: str,
    published: Any,
    content_weight: float,
    pictures: dict[str, Tensor],
    vgg19_parameters: Parameters,
) -> None:
    """Equal but for the constant factor by which the published objective is divided."""
    assert vgg19_parameters.activations is not None
    ones = dict.fromkeys(vgg19_parameters.activations, 1.0)
    raw = VGG(VGGParams(), dataclasses.replace(vgg19_parameters, activations=ones))
    expected = published(raw_features(raw, pictures))
    factor = content_weight * vgg19_parameters.activations["relu4_2"] ** 2
    ours = preset_total(host, name, pictures, VGG(VGGParams(), vgg19_parameters))
    assert ours * factor == pytest.approx(expected, rel=2e-4)


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
    assert plan.method.params.averaging == 0.99
