"""Trained convolutions: values and gradients are torch's, and where the other layout is used."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from tests.plugins.networks.test_winograd import normal
from torch import Tensor, nn

from stylekit.machine import precision
from stylekit_plugins.cyclegan.architecture import Architecture
from stylekit_plugins.cyclegan.discriminator import Discriminator
from stylekit_plugins.cyclegan.generator import Generator, convolve_directly
from stylekit_plugins.networks import trained_layers
from stylekit_plugins.networks.trained_layers import TrainedConv2d, TrainedConvTranspose2d

LAYERS: list[tuple[type[nn.Module], tuple[int, ...], dict[str, Any]]] = [
    (TrainedConv2d, (3, 8, 7), {}),
    (TrainedConv2d, (8, 16, 3), {"stride": 2, "padding": 1}),
    (TrainedConv2d, (8, 16, 4), {"stride": (2, 1), "padding": (1, 2), "bias": False}),
    (TrainedConv2d, (8, 1, 4), {"padding": 1}),
    (TrainedConv2d, (8, 16, 3), {"stride": 2, "padding": 1, "padding_mode": "reflect"}),
    (TrainedConvTranspose2d, (16, 8, 3), {"stride": 2, "padding": 1, "output_padding": 1}),
    (TrainedConvTranspose2d, (8, 16, 3), {"stride": 2, "bias": False}),
]


@pytest.fixture
def avx2(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every processor be one with AVX2 alone."""
    monkeypatch.setattr(precision, "_has_amx", lambda: False)
    monkeypatch.setattr(precision, "_has_mkl", lambda: True)
    monkeypatch.setattr(precision, "_is_zen5", lambda: False)
    monkeypatch.setattr(trained_layers, "_vectors", lambda: "AVX2")


def assert_close(values: Tensor, expected: Tensor) -> None:
    assert values.shape == expected.shape
    difference = (values.double() - expected).abs().max()
    assert float(difference / expected.abs().max()) < 2e-6


@pytest.mark.parametrize(("kind", "shape", "options"), LAYERS)
@pytest.mark.parametrize("size", [(2, 15, 18), (1, 9, 9)])
@pytest.mark.usefixtures("avx2")
def test_gradients_are_those_in_float64(
    kind: type[nn.Module], shape: tuple[int, ...], options: dict[str, Any], size: tuple[int, ...]
) -> None:
    layer, exact = kind(*shape, **options), kind(*shape, **options)
    exact.load_state_dict(layer.state_dict())
    layer.to(memory_format=torch.channels_last)
    exact.double()
    count, height, width = size
    x = normal(count, height, width, shape[0]).permute(0, 3, 1, 2).requires_grad_(True)
    wide = x.detach().double().requires_grad_(True)
    result, expected = layer(x), exact(wide)
    assert "_Convolution" in type(result.grad_fn).__name__
    assert "_Convolution" not in type(expected.grad_fn).__name__
    assert_close(result.detach(), expected.detach())
    upstream = normal(*expected.shape, seed=1)
    result.backward(upstream)
    expected.backward(upstream.double())
    assert x.grad is not None and wide.grad is not None  # noqa: PT018
    assert_close(x.grad, wide.grad)
    names = [name for name, _ in exact.named_parameters()]
    assert names == (["weight", "bias"] if options.get("bias", True) else ["weight"])
    for name in names:
        assert_close(layer.get_parameter(name).grad, exact.get_parameter(name).grad)


@pytest.mark.usefixtures("avx2")
def test_the_layout_is_another_only_where_weights_are_trained(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    layer, x = TrainedConv2d(4, 4, 3), normal(1, 4, 8, 8).requires_grad_(True)

    def is_used() -> bool:
        return "_Convolution" in type(layer(x).grad_fn).__name__

    assert is_used()
    with torch.autocast("cpu", torch.bfloat16):
        assert not is_used()
    with torch.no_grad():
        assert not is_used()
    layer.requires_grad_(False)
    assert not is_used()
    layer.requires_grad_(True)
    for vectors in ("AVX512", "SVE256"):
        monkeypatch.setattr(trained_layers, "_vectors", lambda vectors=vectors: vectors)
        assert not is_used()
    monkeypatch.setattr(trained_layers, "_vectors", lambda: "AVX2")
    monkeypatch.setattr(precision, "_has_amx", lambda: True)
    assert not is_used()


@pytest.mark.usefixtures("avx2")
def test_exact_networks_leave_gradients_to_torch() -> None:
    image = normal(1, 3, 64, 64)
    for net in (Generator(Architecture(8, 1)), Discriminator(8)):
        assert "_Convolution" in names_of_steps(net(image))
        convolve_directly(net)
        assert "_Convolution" not in names_of_steps(net(image))


def names_of_steps(result: Tensor) -> str:
    """Return the names of all steps that autograd recorded."""
    pending, seen = [result.grad_fn], {}
    while pending:
        step = pending.pop()
        if step is not None and step not in seen:
            seen[step] = step.name()
            pending += [before for before, _ in step.next_functions]
    return " ".join(seen.values())
