"""Style distances: computed by hand, 0 for equal images, ordered, and reported by layer."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm

from stylekit import Clip, Frame
from stylekit.errors import InputError, UsageError
from stylekit.methods.base import Style
from stylekit.protocols import LoadedWeights
from stylekit_plugins.metrics.params import GramDistanceParams, SingleFrechetParams
from stylekit_plugins.metrics.style_distance import GramDistance, SingleFrechet, frechet, gram
from stylekit_plugins.metrics.vgg_features import VGGFeatures
from stylekit_plugins.networks.vgg import layer_indices

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def distance(vgg19_parameters: LoadedWeights) -> GramDistance:
    metric = GramDistance(GramDistanceParams())
    metric.prepare(lambda network: vgg19_parameters, CPU)
    return metric


@pytest.fixture(scope="module")
def sifid(vgg19_parameters: LoadedWeights) -> SingleFrechet:
    metric = SingleFrechet(SingleFrechetParams())
    metric.prepare(lambda network: vgg19_parameters, CPU)
    return metric


@pytest.fixture(scope="module")
def painting(read: Callable[[str], Frame]) -> Frame:
    return read("sample:swirls").resized(96, 96)


def of(frame: Frame) -> Clip:
    return Clip((frame,))


def test_the_gram_matrix_by_hand() -> None:
    features = torch.tensor([[[[1.0, 2.0]], [[3.0, 4.0]]]])
    assert gram(features).tolist() == [[2.5, 5.5], [5.5, 12.5]]


def test_the_distance_by_hand(distance: GramDistance, vgg19_parameters: LoadedWeights) -> None:
    """With features of a separate network, and Frobenius norms by numpy."""
    rng = torch.Generator().manual_seed(0)
    made, style = (Frame(torch.rand(3, 48, 64, generator=rng)) for _ in range(2))
    found = distance.by_layer(made, (Style(style),))
    assert list(found) == ["relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"]
    net = VGGFeatures("vgg19", ["relu2_1"], vgg19_parameters)
    matrices = []
    for frame in (made, style):
        values = net(frame.pixels[None])["relu2_1"][0].double().numpy().reshape(128, -1)
        matrices.append(values @ values.T / values.shape[1])
    difference = np.linalg.norm(matrices[0] - matrices[1])
    assert found["relu2_1"] == pytest.approx(difference / np.linalg.norm(matrices[1]))


def test_the_distance_of_equal_images_is_zero(distance: GramDistance, painting: Frame) -> None:
    assert distance.score_pair(of(painting), of(painting), (Style(painting),)) < 1e-6


def test_nearer_images_have_smaller_distances(
    distance: GramDistance,
    sifid: SingleFrechet,
    painting: Frame,
    read: Callable[[str], Frame],
) -> None:
    cat = read("sample:chelsea").resized(96, 64)
    mixed = cat.with_pixels(torch.lerp(cat.pixels, painting.resized(96, 64).pixels, 0.6))
    other = painting.with_pixels(painting.pixels.flip(2))
    for metric in (distance, sifid):
        near, between, far = (
            metric.score_pair(of(frame), of(cat), (Style(painting),))
            for frame in (other, mixed, cat)
        )
        assert near < between < far


def test_styles_are_blended_as_by_the_method(distance: GramDistance, painting: Frame) -> None:
    """Two halves of one style are that style."""
    twin = Frame(painting.pixels.clone())
    made = painting.with_pixels(1 - painting.pixels)
    one = distance.score_pair(of(made), of(made), (Style(painting),))
    halves = (Style(painting, 0.5), Style(twin, 0.5))
    assert distance.score_pair(of(made), of(made), halves) == pytest.approx(one)


def test_a_report_has_each_layer(
    distance: GramDistance, painting: Frame, read: Callable[[str], Frame]
) -> None:
    cat = read("sample:chelsea").resized(96, 64)
    report = distance.report(of(painting), of(cat), (Style(painting),))
    (table,) = report.tables
    assert [row[0] for row in table.rows][-1] == "mean"
    assert len(table.rows) == 6
    assert report.scores["style"] < report.scores["style of the content"]
    assert report.values["network"] == "vgg19"


def test_the_frechet_distance_is_the_formula() -> None:
    """|m1 - m2|^2 + tr(C1 + C2 - 2 sqrt(C1 C2)), by scipy."""
    rng = np.random.default_rng(0)
    first = rng.normal(size=(400, 5)) @ rng.normal(size=(5, 5))
    second = rng.normal(1, 2, (300, 5))
    means = first.mean(0) - second.mean(0)
    one, two = np.cov(first.T), np.cov(second.T)
    expected = means @ means + np.trace(one + two - 2 * sqrtm(one @ two).real)
    found = frechet(torch.from_numpy(first), torch.from_numpy(second))
    assert found == pytest.approx(expected, rel=1e-6)


def test_sifid_of_an_image_and_itself(sifid: SingleFrechet, painting: Frame) -> None:
    itself = sifid.score_pair(of(painting), of(painting), (Style(painting),))
    noise = painting.with_pixels(torch.rand_like(painting.pixels))
    other = sifid.score_pair(of(noise), of(painting), (Style(painting),))
    assert abs(itself) < 1e-3 * other


def test_small_images_and_unknown_layers_are_refused(
    distance: GramDistance, painting: Frame, vgg19_parameters: LoadedWeights
) -> None:
    tiny = Frame(torch.zeros(3, 16, 200), origin="tiny.png")
    with pytest.raises(InputError, match=r"tiny\.png has 200x16 px.* 32 px"):
        distance.score_pair(of(tiny), of(tiny), (Style(painting),))
    with pytest.raises(UsageError, match="no layer 'relu9_1'"):
        VGGFeatures("vgg19", ["relu9_1"], vgg19_parameters)


def test_layers_are_where_torchvision_has_them() -> None:
    assert layer_indices("vgg19")["relu5_1"] == 29
    assert layer_indices("vgg16")["relu4_3"] == 22
    assert layer_indices("vgg16")["conv1_1"] == 0
