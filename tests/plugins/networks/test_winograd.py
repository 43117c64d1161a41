"""Winograd's algorithm against direct convolutions in float64, and where it is used."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from stylekit.machine import precision
from stylekit_plugins.networks import winograd
from stylekit_plugins.networks.convolution import FrozenConvolution, uses_winograd

# Of the largest value.
TOLERANCE = 2e-5


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def assert_close(values: Tensor, expected: Tensor) -> None:
    assert values.shape == expected.shape
    difference = (values.double() - expected).abs().max()
    assert float(difference / expected.abs().max()) < TOLERANCE


SHAPES = [
    (1, 8, 8, 1, 1, 1),
    (1, 3, 5, 2, 3, 1),
    (1, 4, 4, 1, 1, 2),
    (1, 16, 8, 7, 9, 1),
    (2, 16, 8, 4, 4, 0),
    (3, 8, 4, 13, 6, 0),
    (5, 64, 32, 16, 16, 1),
    (1, 64, 64, 65, 130, 1),
    (2, 256, 128, 34, 34, 0),
]


@pytest.mark.parametrize("shape", SHAPES)
def test_values_are_those_of_a_direct_convolution(shape: tuple[int, ...], threads: int) -> None:
    count, channels, outputs, height, width, padding = shape
    weight, bias = normal(outputs, channels, 3, 3, seed=1), normal(outputs, seed=2)
    x = normal(count, channels, height, width)
    transformed = winograd.transform(weight)
    for values in (
        x,
        x.contiguous(memory_format=torch.channels_last),
        normal(count, channels, height, 2 * width)[..., ::2],
    ):
        for offset in (bias, None):
            result = winograd.convolve(values, transformed, offset, padding)
            exact = None if offset is None else offset.double()
            expected = F.conv2d(values.double(), weight.double(), exact, padding=padding)
            assert_close(result, expected)
            assert result.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("size", [(32, 32), (33, 70)])
@pytest.mark.usefixtures("plain")
def test_a_frozen_convolution_has_the_gradient_of_a_direct_one(
    size: tuple[int, int], threads: int
) -> None:
    weight, bias = normal(128, 256, 3, 3, seed=1), normal(128, seed=2)
    x = normal(1, 256, *size).contiguous(memory_format=torch.channels_last).requires_grad_(True)
    convolution = FrozenConvolution(weight, bias)
    assert uses_winograd(x, weight)
    result = convolution(x)
    upstream = normal(*result.shape, seed=3)
    (gradient,) = torch.autograd.grad(result, x, upstream)
    wide = x.detach().double().requires_grad_(True)
    expected = F.conv2d(wide, weight.double(), bias.double(), padding=1)
    (expected_gradient,) = torch.autograd.grad(expected, wide, upstream.double())
    assert_close(result.detach(), expected.detach())
    assert_close(gradient, expected_gradient)
    direct = convolution(x, direct=True)
    assert torch.equal(direct, F.conv2d(x, weight, bias, padding=1))
    assert not torch.equal(direct, result)


@pytest.mark.usefixtures("plain")
def test_the_same_bytes_every_time(threads: int) -> None:
    x, convolution = normal(1, 64, 96, 96), FrozenConvolution(normal(64, 64, 3, 3), normal(64))
    assert all(torch.equal(convolution(x), convolution(x)) for _ in range(3))


@pytest.mark.usefixtures("plain")
def test_only_what_is_faster_is_computed_so() -> None:
    wide, narrow = normal(256, 256, 3, 3), normal(16, 16, 3, 3)
    large, small = torch.empty(1, 256, 64, 64), torch.empty(1, 256, 8, 8)
    assert uses_winograd(large, wide)
    assert not uses_winograd(small, wide)
    assert not uses_winograd(torch.empty(1, 16, 256, 256), narrow)
    assert not uses_winograd(large.double(), wide.double())
    assert not uses_winograd(large.bfloat16(), wide.bfloat16())
    assert not uses_winograd(large, normal(256, 256, 1, 1))
    assert not uses_winograd(large.to("meta"), wide)


def test_a_processor_with_amx_convolves_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "_has_amx", lambda: True)
    assert not uses_winograd(torch.empty(1, 256, 64, 64), torch.empty(256, 256, 3, 3))


@pytest.mark.parametrize(
    ("vectors", "found", "expected"),
    [
        ("AVX512", {"cpu_name": "AMD EPYC", "avx_vnni": True}, False),
        ("AVX512", {"cpu_name": "AMD EPYC", "avx_vnni": False}, True),
        ("AVX2", {"cpu_name": "AMD EPYC", "avx_vnni": True}, True),
        ("AVX512", {"cpu_name": "Intel Xeon", "avx_vnni": True}, True),
    ],
)
def test_amd_with_wide_vectors_convolves_directly(
    vectors: str, found: dict[str, object], expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(precision, "_has_amx", lambda: False)
    monkeypatch.setattr(precision, "_has_mkl", lambda: True)
    monkeypatch.setattr(precision, "_is_zen5", precision._is_zen5.__wrapped__)
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: vectors)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: found)
    assert uses_winograd(torch.empty(1, 256, 64, 64), torch.empty(256, 256, 3, 3)) is expected
