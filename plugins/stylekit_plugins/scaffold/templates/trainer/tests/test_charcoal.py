"""The method, its trainer and its files keep their promises to stylekit, and work."""

from __future__ import annotations

from pathlib import Path

import pytest
import stylekit
import torch
from safetensors.torch import save_file
from stylekit.errors import DamagedWeightsError
from stylekit.testing import MethodSuite, TrainerSuite, WeightsSuite

from stylekit_charcoal.network import CharcoalNetwork
from stylekit_charcoal.weights import CharcoalFile


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A network that turns everything to one color."""
    network = CharcoalNetwork()
    with torch.no_grad():
        network.matrix.zero_()
        network.added.copy_(torch.tensor([0.2, 0.4, 0.6]))
    save_file(network.state_dict(), tmp_path / "network.safetensors")
    return tmp_path / "network.safetensors"


class TestMethod(MethodSuite):
    component = "charcoal:charcoal"

    @pytest.fixture(autouse=True)
    def weights(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(TestMethod, "options", {"weights": [str(file)]})


class TestTrainer(TrainerSuite):
    component = "charcoal:charcoal"
    steps = 6


class TestFile(WeightsSuite):
    component = "charcoal:charcoal-file"

    @pytest.fixture
    def weights_file(self, file: Path) -> Path:
        return file


def test_the_network_decides_the_colors(file: Path) -> None:
    content = torch.rand(3, 24, 32)
    result = stylekit.run("charcoal:charcoal", content=content, weights=str(file))
    means = result.image.pixels.mean(dim=(1, 2))
    torch.testing.assert_close(means, torch.tensor([0.2, 0.4, 0.6]), atol=1 / 255, rtol=0)


def test_another_network_is_refused(tmp_path: Path) -> None:
    save_file({"weight": torch.zeros(3)}, tmp_path / "other.safetensors")
    with pytest.raises(DamagedWeightsError, match="no network"):
        CharcoalFile(None).decode(tmp_path / "other.safetensors")
