"""Files of pytorch/examples' fast_neural_style: theirs in stylekit, and ours in theirs."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from tests.plugins.fast.conftest import TransformerNet
from torch import nn

import stylekit
from stylekit import Frame
from stylekit.errors import DamagedWeightsError, UsageError, WeightsError
from stylekit_plugins.fast.loading import build_network
from stylekit_plugins.networks.transformer_net import from_transformer_net, to_transformer_net


@pytest.fixture
def image() -> torch.Tensor:
    return torch.rand(1, 3, 48, 64, generator=torch.Generator().manual_seed(5))


def test_a_published_network_paints_the_same(
    published: TransformerNet, image: torch.Tensor
) -> None:
    network = build_network(from_transformer_net(published.state_dict())).fixed(1.0)
    with torch.no_grad():
        expected = (published(image * 255) / 255).clamp(0, 1)
        assert expected.std() > 0.05, "not one flat color"
        torch.testing.assert_close(network(image), expected, atol=1e-4, rtol=0)


def test_there_and_back_is_the_same_file(published: TransformerNet) -> None:
    before = published.state_dict()
    after = to_transformer_net(from_transformer_net(before))
    assert set(after) == set(before)
    for name, tensor in before.items():
        torch.testing.assert_close(after[name], tensor)
    TransformerNet(len(before["in1.weight"])).load_state_dict(after)


def test_another_network_has_no_published_form(network: nn.Module) -> None:
    with pytest.raises(ValueError, match="other layers"):
        to_transformer_net(network.state_dict())


@pytest.mark.parametrize("form", ["2017", "several GPUs", "now"])
def test_their_files_run(
    published: TransformerNet, image: torch.Tensor, tmp_path: Path, form: str
) -> None:
    state = dict(published.state_dict())
    with torch.no_grad():
        expected = (published(image * 255) / 255).clamp(0, 1)[0]
    if form == "2017":
        for name in [name for name in state if ".in" in f".{name}" and name.endswith("weight")]:
            stem = name.removesuffix("weight")
            state[f"{stem}running_mean"] = torch.zeros_like(state[name])
            state[f"{stem}running_var"] = torch.ones_like(state[name])
    if form == "several GPUs":
        state = {f"module.{name}": tensor for name, tensor in state.items()}
    file = tmp_path / "mosaic.pth"
    torch.save(state, file)
    result = stylekit.run("fast", content=Frame(image[0]), weights=str(file))
    torch.testing.assert_close(result.image.pixels, expected, atol=1e-4, rtol=0)


def test_they_have_one_strength(published: TransformerNet, tmp_path: Path) -> None:
    torch.save(published.state_dict(), tmp_path / "mosaic.pth")
    with pytest.raises(UsageError, match="trained for one strength"):
        stylekit.run(
            "fast",
            content=Frame(torch.rand(3, 16, 16)),
            weights=str(tmp_path / "mosaic.pth"),
            fast={"strength": 0.5},
        )


@pytest.mark.parametrize(
    ("name", "words"),
    [("features.0.weight", "but a VGG"), ("model.1.weight", "CycleGAN"), ("other", "no network")],
)
def test_a_file_of_another_network_is_named(tmp_path: Path, name: str, words: str) -> None:
    torch.save({name: torch.zeros(1)}, tmp_path / "other.pth")
    with pytest.raises(DamagedWeightsError, match=words):
        stylekit.run(
            "fast", content=Frame(torch.rand(3, 16, 16)), weights=str(tmp_path / "other.pth")
        )


def test_without_a_network_the_error_says_how_to_train_one() -> None:
    with pytest.raises(WeightsError) as caught:
        stylekit.run("fast", content=Frame(torch.rand(3, 16, 16)))
    assert "stylekit train --method fast --style" in str(caught.value.hint)
