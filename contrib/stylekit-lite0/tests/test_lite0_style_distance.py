"""The distance of styles: what it must be by its formula, and what it says of real pictures."""

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
def judge(weights):
    made = StyleDistance(Lite0Params())
    made.prepare(weights, torch.device("cpu"))
    return made


@pytest.fixture(scope="module")
def photograph():
    return Sources(stylekit.Host().catalogue, {}).read_image("sample:coffee").resized(96, 64)


@pytest.fixture(scope="module")
def painting():
    return Sources(stylekit.Host().catalogue, {}).read_image("sample:waves").resized(96, 64)


def test_by_its_formula(judge, weights, photograph, painting):
    net = Lite0Backbone(Lite0Params(), weights("efficientnet-lite0"))
    distances = []
    for layer in LAYERS:
        grams = []
        for image in (photograph, painting):
            values = net.features(image.pixels[None], [layer])[layer][0].double()
            grams.append(torch.einsum("chw,dhw->cd", values, values) / values[0].numel())
        distances.append(float((grams[0] - grams[1]).norm() / grams[1].norm()))
    found = judge.score_pair(Clip((photograph,)), Clip((photograph,)), (Style(painting),))
    assert found == pytest.approx(sum(distances) / len(distances), rel=1e-6)


def test_the_style_itself_is_nearest_and_a_stylized_image_nearer(judge, photograph, painting):
    made = stylekit.run(
        "gatys", backbone="vgg19", content=photograph, style=painting, size=96, steps=30
    ).image
    content, styles = Clip((photograph,)), (Style(painting),)
    assert judge.score_pair(Clip((painting,)), content, styles) == pytest.approx(0, abs=1e-9)
    before = judge.score_pair(content, content, styles)
    assert judge.score_pair(Clip((made,)), content, styles) < 0.7 * before


def test_two_styles_are_blended(judge, photograph, painting):
    mixed = (Style(photograph, 0.25), Style(painting, 0.75))
    content = Clip((photograph,))
    ends = [judge.score_pair(Clip((each,)), content, mixed) for each in (photograph, painting)]
    assert 0 < ends[1] < ends[0]


def test_too_small(judge, painting):
    small = Clip((Frame(torch.zeros(3, 16, 64)),))
    with pytest.raises(InputError, match="too small"):
        judge.score_pair(small, small, (Style(painting),))
