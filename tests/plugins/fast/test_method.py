"""The method `fast` with a network in memory: its dial, and images that are painted in strips."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from stylekit import Clip, Frame
from stylekit.methods import Job
from stylekit.protocols import LoadedWeights
from stylekit_plugins.fast.method import Fast
from stylekit_plugins.fast.network import FastNetwork
from stylekit_plugins.fast.params import FastParams
from stylekit_plugins.weights.magenta import UNIT_RGB

Jobs = Callable[[int], Job]


@pytest.fixture
def loads() -> list[str]:
    """The networks that were loaded."""
    return []


@pytest.fixture
def job(network: FastNetwork, loads: list[str]) -> Jobs:
    """Returns a job that may use so many bytes."""
    with torch.no_grad():
        for norm in network.norms.values():
            norm.scale *= torch.linspace(0.5, 1.5, 4)[:, None]  # type: ignore[operator]
    image = Frame(torch.rand(3, 140, 60, generator=torch.Generator().manual_seed(1)))

    def weights(name: str) -> LoadedWeights:
        loads.append(name)
        return LoadedWeights(network.state_dict(), UNIT_RGB)

    def refuse(source: str) -> Frame:
        raise AssertionError(f"{source} is read")

    def make(memory: int) -> Job:
        return Job(
            content=Clip((image,)),
            styles=(),
            components={},
            device=torch.device("cpu"),
            seed=0,
            memory=memory,
            read_image=refuse,
            weights=weights,
        )

    return make


def test_the_dial_turns_without_loading_again(job: Jobs, loads: list[str]) -> None:
    here = job(2**30)
    with torch.inference_mode():
        whole = Fast(FastParams(strength=1.0))
        first = whole.forward_image(here)
        turned = whole.with_params(FastParams(strength=0.5)).forward_image(here)
        assert loads == ["fast-network"]
        anew = Fast(FastParams(strength=0.5)).forward_image(here)
    assert torch.equal(turned, anew)
    assert (first - turned).abs().mean() > 0.01


def test_little_memory_gives_the_same_image(job: Jobs) -> None:
    with torch.inference_mode():
        whole, strips = (Fast(FastParams()).forward_image(job(memory)) for memory in (2**30, 2**20))
    torch.testing.assert_close(strips, whole, atol=1e-4, rtol=0)
