"""Average pooling, which Gatys et al. (2016) used for their images."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from stylekit import Host
from stylekit.errors import UsageError
from stylekit.protocols import LoadedWeights
from stylekit_plugins.backbones.calibration import mean_activations
from stylekit_plugins.backbones.vgg import VGG, VGGParams


def test_average_pooling_has_unit_activations_too(vgg19_parameters: LoadedWeights) -> None:
    """Average pooling has separate constants: those of max pooling are wrong by a factor."""
    layers = list(vgg19_parameters.activations or {})
    net = VGG(VGGParams(pooling="average", precision="float32"), vgg19_parameters)
    measured = mean_activations(net.features, layers)
    assert measured == pytest.approx(dict.fromkeys(layers, 1.0), rel=1e-3)
    net.pooling = "max"
    assert mean_activations(net.features, ["relu5_1"])["relu5_1"] > 2


def test_pooling_is_the_function_that_it_is_named_after(vgg16_parameters: LoadedWeights) -> None:
    image = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    functions = {"max": F.max_pool2d, "average": F.avg_pool2d}
    for pooling, function in functions.items():
        net = VGG(
            VGGParams.model_validate({"pooling": pooling, "precision": "float32"}), vgg16_parameters
        )
        pooled = net.features(image, ["relu1_2", "pool1"])
        torch.testing.assert_close(pooled["pool1"], function(pooled["relu1_2"], 2))


def test_max_is_the_default_and_avg_is_short_for_average(host: Host) -> None:
    assert VGGParams().pooling == "max"
    plan = host.plan({"backbone": "vgg16", "vgg16": {"pooling": "avg"}})
    assert plan.resolved()["backbones:vgg16"]["pooling"] == "average"


def test_an_unknown_pooling_is_refused_with_the_known_ones(host: Host) -> None:
    with pytest.raises(UsageError, match=r"pooling = 'mean'.*'max' or 'average'"):
        host.plan({"backbone": "vgg16", "vgg16": {"pooling": "mean"}})
