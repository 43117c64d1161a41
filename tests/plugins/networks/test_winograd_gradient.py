"""Gradients by Winograd's algorithm against those of direct convolutions in float64."""

from __future__ import annotations

import pytest
import torch
from tests.plugins.networks.test_winograd import normal
from torch import Tensor
from torch.nn import functional as F

from stylekit_plugins.networks import winograd
from stylekit_plugins.networks.convolution import TrainedConvolution
from stylekit_plugins.networks.winograd_gradient import gradients

# Of the largest value.
TOLERANCE = 3e-5


def assert_close(values: Tensor | None, expected: Tensor) -> None:
    assert values is not None
    assert values.shape == expected.shape
    difference = (values.double() - expected).abs().max()
    assert float(difference / expected.abs().max()) < TOLERANCE


# Images, channels, outputs of the convolution, and their height and width.
SHAPES = [
    (1, 3, 5, 1, 1),
    (1, 8, 16, 13, 6),
    (2, 8, 4, 3, 18),
    (2, 64, 32, 16, 16),
    (1, 64, 64, 66, 130),
    (5, 32, 16, 32, 29),
    (1, 256, 128, 32, 32),
]


@pytest.mark.parametrize("shape", SHAPES)
def test_they_are_those_of_a_direct_convolution(shape: tuple[int, ...], threads: int) -> None:
    count, channels, outputs, height, width = shape
    weight = normal(outputs, channels, 3, 3, seed=1)
    x, upstream = normal(count, channels, height + 2, width + 2), normal(count, *shape[2:], seed=2)
    exact = [values.double().requires_grad_(True) for values in (x, weight)]
    by_x, by_weight = torch.autograd.grad(F.conv2d(*exact), exact, upstream.double())
    last = torch.channels_last
    apart = torch.stack((x, x), dim=-1)[..., 0]
    transposed = upstream.mT.contiguous().mT
    for given, input in (
        (upstream, x),
        (upstream.contiguous(memory_format=last), x.contiguous(memory_format=last)),
        (transposed, apart),
    ):
        result = gradients(given, input, winograd.transform(weight), by_weight=True)
        assert_close(result[0], by_x)
        assert_close(result[1], by_weight)
        assert result[0] is not None
        assert result[0].is_contiguous(memory_format=last)


def test_only_what_is_asked_for_is_computed() -> None:
    x, upstream, weight = normal(1, 8, 10, 10), normal(1, 4, 8, 8, seed=1), normal(4, 8, 3, 3)
    transformed = winograd.transform(weight)
    both = gradients(upstream, x, transformed, by_weight=True)
    by_x = gradients(upstream, x, transformed, by_weight=False)
    by_weight = gradients(upstream, x, None, by_weight=True)
    assert both[0] is not None
    assert by_x[0] is not None
    assert torch.equal(both[0], by_x[0])
    assert both[1] is not None
    assert by_weight[1] is not None
    assert torch.equal(both[1], by_weight[1])
    assert by_x[1] is None
    assert by_weight[0] is None


def test_the_same_bytes_every_time(threads: int) -> None:
    x, upstream = normal(2, 64, 50, 70), normal(2, 32, 48, 68, seed=1)
    transformed = winograd.transform(normal(32, 64, 3, 3))
    first = gradients(upstream, x, transformed, by_weight=True)
    for _ in range(3):
        again = gradients(upstream, x, transformed, by_weight=True)
        for one, other in zip(first, again, strict=True):
            assert one is not None
            assert other is not None
            assert torch.equal(one, other)


def test_uninitialized_memory_is_not_read(threads: int) -> None:
    x, upstream = normal(2, 64, 51, 71), normal(2, 32, 49, 69, seed=1)
    transformed = winograd.transform(normal(32, 64, 3, 3))
    expected = gradients(upstream, x, transformed, by_weight=True)
    before = torch.are_deterministic_algorithms_enabled()
    # torch then fills it with NaN.
    torch.use_deterministic_algorithms(True)
    try:
        assert torch.empty(1).isnan().all()
        result = gradients(upstream, x, transformed, by_weight=True)
    finally:
        torch.use_deterministic_algorithms(before)
    for one, other in zip(result, expected, strict=True):
        assert one is not None
        assert other is not None
        assert torch.equal(one, other)


@pytest.mark.parametrize("needed", [(True, True), (False, True), (True, False)])
@pytest.mark.usefixtures("plain")
def test_a_trained_convolution_has_the_gradients_of_a_direct_one(
    needed: tuple[bool, bool],
) -> None:
    convolution = TrainedConvolution(128, 160).to(memory_format=torch.channels_last)
    x = normal(2, 128, 35, 42).requires_grad_(needed[0])
    convolution.requires_grad_(needed[1])
    assert convolution.bias is not None
    values = (x, convolution.weight, convolution.bias)
    exact = [value.detach().double().requires_grad_(True) for value in values]
    expected = F.conv2d(*exact)
    upstream = normal(*expected.shape, seed=3)
    result = convolution(x)
    assert_close(result.detach(), expected.detach())
    assert not torch.equal(result, F.conv2d(*values))
    result.backward(upstream)
    expected.backward(upstream.double())
    for value, reference in zip(values, exact, strict=True):
        if value.requires_grad:
            assert reference.grad is not None
            assert_close(value.grad, reference.grad)
        else:
            assert value.grad is None


@pytest.mark.usefixtures("plain")
def test_gradients_of_several_calls_add_up() -> None:
    convolution = TrainedConvolution(128, 128)
    x = normal(1, 128, 34, 34)
    convolution(x).sum().backward()
    assert convolution.weight.grad is not None
    once = convolution.weight.grad.clone()
    (convolution(x).sum() + convolution(x).sum()).backward()
    torch.testing.assert_close(convolution.weight.grad, 3 * once)
