"""Generators from files: the authors' layout, the wheel's, stylekit's own, and files of others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from stylekit import Host
from stylekit.errors import DamagedWeightsError
from stylekit.weights.manager import WeightsManager
from stylekit_plugins.cyclegan.architecture import Architecture, architecture_of
from stylekit_plugins.cyclegan.generator import Generator
from stylekit_plugins.cyclegan.method import CycleGAN
from stylekit_plugins.cyclegan.params import CycleGANParams
from stylekit_plugins.weights.cyclegan import CycleGANGenerator


def decode(path: Path) -> dict[str, torch.Tensor]:
    return dict(CycleGANGenerator(None).decode(path).state)


@pytest.fixture
def net() -> Generator:
    return Generator(Architecture(base_channels=8, blocks=6))


def test_old_files_of_the_authors_with_unused_statistics(net: Generator, tmp_path: Path) -> None:
    old = dict(net.state_dict())
    for layer in ("model.2", "model.5", "model.10.conv_block.2"):
        old[f"{layer}.running_mean"] = torch.zeros(8)
        old[f"{layer}.running_var"] = torch.ones(8)
        old[f"{layer}.num_batches_tracked"] = torch.tensor(3)
    torch.save(old, tmp_path / "latest_net_G_A.pth")
    state = decode(tmp_path / "latest_net_G_A.pth")
    assert set(state) == set(net.state_dict())
    net.load_state_dict(state)


def test_files_written_on_several_gpus(net: Generator, tmp_path: Path) -> None:
    torch.save({f"module.{k}": v for k, v in net.state_dict().items()}, tmp_path / "g.pth")
    assert set(decode(tmp_path / "g.pth")) == set(net.state_dict())


def test_the_wheels_generator(weights: WeightsManager) -> None:
    state = weights.load("cyclegan-generator", "vintagify").state
    assert architecture_of(state) == Architecture(affine=True)
    net = Generator(Architecture(affine=True))
    net.load_state_dict(dict(state))


@pytest.mark.parametrize("content", [{"fc.weight": torch.zeros(2, 2)}, {}, {"model.1.weight": 3}])
def test_files_without_a_generator_are_refused(content: dict[str, object], tmp_path: Path) -> None:
    torch.save(content, tmp_path / "g.pth")
    with pytest.raises(DamagedWeightsError, match="holds no CycleGAN generator"):
        decode(tmp_path / "g.pth")


def test_nan_values_are_refused(net: Generator, tmp_path: Path) -> None:
    state = net.state_dict()
    state["model.4.bias"][0] = float("nan")
    torch.save(state, tmp_path / "g.pth")
    with pytest.raises(DamagedWeightsError, match=r"'model\.4\.bias'"):
        decode(tmp_path / "g.pth")


def u_net(state: dict[str, torch.Tensor]) -> None:
    for name in list(state):
        state[f"model.{name}"] = state.pop(name)


def discriminator(state: dict[str, torch.Tensor]) -> None:
    state.clear()
    state["model.0.weight"] = torch.ones(64, 3, 4, 4)


def first_alone(state: dict[str, torch.Tensor]) -> None:
    for name in list(state):
        if not name.startswith("model.1."):
            del state[name]


def a_claim_of_many_channels(state: dict[str, torch.Tensor]) -> None:
    # Its blocks would have 2^37 weights.
    state["model.1.weight"] = torch.ones(1 << 15, 3, 7, 7)


def a_block_missing(state: dict[str, torch.Tensor]) -> None:
    for name in [name for name in state if name.startswith("model.12.")]:
        del state[name]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (u_net, "U-Net"),
        (discriminator, "a discriminator"),
        (first_alone, "no residual blocks"),
        (a_claim_of_many_channels, "has the shape"),
        (a_block_missing, "some are missing"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_generators_of_other_kinds_are_refused_by_name(
    change: Callable[[dict[str, torch.Tensor]], None],
    words: str,
    net: Generator,
    host: Host,
    tmp_path: Path,
) -> None:
    state = dict(net.state_dict())
    change(state)
    torch.save(state, tmp_path / "latest_net_G_A.pth")
    manager = WeightsManager(host.catalogue, {})
    with pytest.raises(DamagedWeightsError, match=words):
        CycleGAN(CycleGANParams()).as_network(
            lambda network: manager.load(network, str(tmp_path / "latest_net_G_A.pth"))
        )
