"""The style distance: by its formula, and on real images."""

from __future__ import annotations

import pytest
import torch
from stylekit_lite0.backbone import Lite0Backbone
from stylekit_lite0.params import Lite0Params
from stylekit_lite0.style_distance import LAYERS, StyleDistance

import stylekit
from stylekit import Clip, Frame, Style
from stylekit.errors import InputError
from stylekit.inputs.sources import Sources
from stylekit.testing import MetricSuite
from stylekit.weights.manager import WeightsManager


class TestStyleLite0(MetricSuite):
    component = "style-lite0"


@pytest.fixture(scope="module")
def weights():
    return WeightsManager(stylekit.Host().catalogue, {}).load


@pytest.fixture(scope="module")
def metric(weights):
    metric = StyleDistance(Lite0Params())
    metric.prepare(weights, torch.device("cpu"))
    return metric


@pytest.fixture(scope="module")
def photograph():
    return Sources(stylekit.Host().catalogue, {}).read_image("sample:coffee").resized(96, 64)


@pytest.fixture(scope="module")
def painting():
    return Sources(stylekit.Host().catalogue, {}).read_image("sample:waves").resized(96, 64)


def test_the_value_is_that_of_the_formula(metric, weights, photograph, painting):
    net = Lite0Backbone(Lite0Params(), weights("efficientnet-lite0"))
    distances = []
    for layer in LAYERS:
        grams = []
        for image in (photograph, painting):
            values = net.features(image.pixels[None], [layer])[layer][0].double()
            grams.append(torch.einsum("chw,dhw->cd", values, values) / values[0].numel())
        distances.append(float((grams[0] - grams[1]).norm() / grams[1].norm()))
    value = metric.score_pair(Clip((photograph,)), Clip((photograph,)), (Style(painting),))
    assert value == pytest.approx(sum(distances) / len(distances), rel=1e-6)


def test_the_style_itself_is_nearest_and_a_stylized_image_nearer(metric, photograph, painting):
    image = stylekit.run(
        "gatys", backbone="vgg19", content=photograph, style=painting, size=96, steps=30
    ).image
    content, styles = Clip((photograph,)), (Style(painting),)
    assert metric.score_pair(Clip((painting,)), content, styles) == pytest.approx(0, abs=1e-9)
    before = metric.score_pair(content, content, styles)
    assert metric.score_pair(Clip((image,)), content, styles) < 0.7 * before


def test_two_styles_are_blended(metric, photograph, painting):
    mixed = (Style(photograph, 0.25), Style(painting, 0.75))
    content = Clip((photograph,))
    ends = [metric.score_pair(Clip((each,)), content, mixed) for each in (photograph, painting)]
    assert 0 < ends[1] < ends[0]


def test_an_image_that_is_too_small_is_refused(metric, painting):
    small = Clip((Frame(torch.zeros(3, 16, 64)),))
    with pytest.raises(InputError, match="too small"):
        metric.score_pair(small, small, (Style(painting),))
