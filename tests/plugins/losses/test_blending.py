"""A style loss that blends styles itself, because its measurements cannot be added."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch
from torch import Tensor

import stylekit
from stylekit import LossSpec
from stylekit.protocols import BlendingLoss
from stylekit_plugins.losses.gram import GramLoss

CALLS: list[list[tuple[tuple[int, ...], float]]] = []


class Vectors:
    """Compares the mean of feature vectors, of which each image has a different number."""

    def __init__(self, params: object) -> None:
        pass

    def measure(self, features: Tensor) -> Tensor:
        return features.flatten(2)[0]

    def blend(self, measured: Sequence[tuple[Tensor, float]]) -> Tensor:
        CALLS.append([(tuple(vectors.shape), weight) for vectors, weight in measured])
        return torch.cat([vectors for vectors, _ in measured], dim=1)

    def compare(self, measured: Tensor, target: Tensor) -> Tensor:
        return (measured.mean(dim=1) - target.mean(dim=1)).square().mean()


class Plugin:
    @stylekit.hookimpl
    def register_losses(self) -> list[LossSpec]:
        factory = f"{__name__}:Vectors"
        return [LossSpec(name="vectors", role="style", summary="Vectors.", factory=factory)]


def run(*styles: str) -> stylekit.Result:
    CALLS.clear()
    return stylekit.Host({"mine": Plugin()}).run(
        content="sample:coffee",
        style=list(styles),
        style_loss="vectors",
        backbone="vgg19",
        size=64,
        device="cpu",
        offline=True,
        config={"gatys": {"steps": 2, "init": "content", "style_layers": {"relu2_1": 1}}},
    )


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys
    import types

    module = types.ModuleType(__name__)
    module.__dict__.update(Vectors=Vectors)
    monkeypatch.setitem(sys.modules, __name__, module)


def test_styles_of_different_sizes_reach_the_loss_with_their_weights() -> None:
    result = run("sample:chelsea*0.75", "sample:astronaut*0.25")
    assert result.losses["style"] > 0
    ((chelsea, first), (astronaut, second)) = CALLS[0]
    assert (first, second) == (0.75, 0.25)
    assert chelsea == (128, 32 * 21)
    assert astronaut == (128, 32 * 32)


def test_a_single_style_reaches_it_too() -> None:
    run("sample:chelsea")
    assert CALLS[0] == [((128, 32 * 21), 1.0)]


def test_other_losses_are_blended_linearly() -> None:
    assert isinstance(Vectors(None), BlendingLoss)
    assert not issubclass(GramLoss, BlendingLoss)
