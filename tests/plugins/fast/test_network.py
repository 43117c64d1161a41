"""The network of the method `fast`: its start, its dial, and what its files may hold."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from stylekit.errors import DamagedWeightsError
from stylekit_plugins.fast.loading import build_network
from stylekit_plugins.fast.network import FastNetwork
from stylekit_plugins.networks.style_transform import Transform, stylize


@pytest.fixture(params=[(48, 64), (45, 63), (5, 3)], ids=str)
def image(request: pytest.FixtureRequest) -> Tensor:
    return torch.rand(1, 3, *request.param, generator=torch.Generator().manual_seed(3))


def test_a_warm_network_paints_as_the_arbitrary_one(
    network: FastNetwork, transform: Transform, embedding: Tensor, image: Tensor
) -> None:
    expected = stylize(transform, image, embedding[None, :, None, None])
    assert torch.equal(network(image, torch.ones(1)), expected)
    assert torch.equal(network.fixed(1.0)(image), expected)


def test_strength_0_is_the_image_and_the_gate_opens_evenly(
    network: FastNetwork, image: Tensor
) -> None:
    assert torch.equal(network(image, torch.zeros(1)), image)
    assert torch.equal(network.fixed(0.0)(image), image)
    half, whole = network.fixed(0.25)(image), network.fixed(0.5)(image)
    torch.testing.assert_close(half, (image + whole) / 2)


@pytest.mark.parametrize("strength", [0.0, 0.1, 0.5, 0.7, 1.0, 1.3, 1.5, 2.0])
def test_a_fixed_network_equals_the_dial(network: FastNetwork, strength: float) -> None:
    with torch.no_grad():
        for norm in network.norms.values():
            norm.shift += torch.linspace(0, 1, 4)[:, None]  # type: ignore[operator]
    image = torch.rand(2, 3, 16, 24)
    strengths = torch.tensor([1.0, strength])
    torch.testing.assert_close(network(image, strengths)[1:], network.fixed(strength)(image[1:]))


def test_a_strength_between_two_knots_trains_both(network: FastNetwork) -> None:
    network(torch.rand(1, 3, 16, 16), torch.tensor([0.75])).square().mean().backward()
    gradient = next(iter(network.norms.values())).scale.grad  # type: ignore[union-attr]
    assert isinstance(gradient, Tensor)
    assert [bool(row.any()) for row in gradient] == [False, True, True, False]


def test_the_state_dict_builds_the_same_network(network: FastNetwork) -> None:
    image = torch.rand(1, 3, 20, 24)
    built = build_network(network.state_dict())
    assert torch.equal(built(image, torch.ones(1)), network(image, torch.ones(1)))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"gates": None}, "it has no 'gates'"),
        ({"body.contract.1.bias": None}, "it has no 'body.contract.1.bias'"),
        ({"extra": torch.zeros(1)}, "unexpected tensors 'extra'"),
        ({"body.contract.0.weight": torch.zeros(8, 4, 9, 9)}, "takes 4 channels instead of 3"),
        ({"body.expand.2.weight": torch.zeros(5, 8, 9, 9)}, "'body.expand.2.bias' has the shape"),
        ({"body.residual.1.0.weight": torch.zeros(32, 32, 4, 4)}, "'body.residual.1.0.weight'"),
        ({"norms.4.scale": torch.zeros(4, 31)}, r"'norms.4.scale' has the shape \(4, 31\)"),
        ({"strengths": torch.tensor([0.0, 1.0, 1.0, 1.5])}, "do not ascend"),
        ({"gates": torch.tensor([0.0, 1.0, 1.0, 2.0])}, "not in"),
        ({"strengths": torch.tensor([])}, "'strengths' has the shape"),
    ],
    ids=lambda value: None if isinstance(value, dict) else str(value),
)
def test_a_file_of_another_architecture_is_refused(
    network: FastNetwork, change: dict[str, Tensor | None], words: str
) -> None:
    changed = {**network.state_dict(), **change}
    state = {name: tensor for name, tensor in changed.items() if tensor is not None}
    with pytest.raises(DamagedWeightsError, match=words):
        build_network(state)
