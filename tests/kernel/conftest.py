"""A small world of components in this process: no subprocess, no weights, no entry point."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from pydantic import Field
from torch import Tensor

import stylekit
from stylekit.testing import toy_components


class PaintParams(stylekit.Params):
    """Parameters of `paint`."""

    strength: float = Field(0.5, ge=0, le=1, description="Fraction of the style's mean color.")
    steps: int = Field(2, ge=1, description="Number of steps.")
    layers: dict[str, float] = Field({"a": 1.0}, description="Weights of layers.")


class Paint(stylekit.FeedForward):
    """Mixes the content with the mean color of its style."""

    def __init__(self, params: PaintParams) -> None:
        self.params = params

    def forward_image(self, job: stylekit.Job) -> Tensor:
        color = job.styles[0].frame.pixels.mean(dim=(1, 2), keepdim=True)
        return torch.lerp(job.content.image.pixels, color, self.params.strength)[None]


class Compare(Paint):
    """Has slots, and mixes all the same."""


class Executor:
    def __init__(self, params: object) -> None:
        pass


class Left:
    """The left half of an image."""

    def __init__(self, params: object) -> None:
        pass

    def mask(self, source: str, image: stylekit.Frame, read: object) -> Tensor:
        mask = torch.zeros(image.height, image.width)
        mask[:, : int(image.width * float(source or 0.5))] = 1
        return mask


class World(toy_components.TinyPlugin):
    """Two methods, an executor, a region source, presets, and the small components of suites."""

    @stylekit.hookimpl
    def register_methods(self) -> list[stylekit.MethodSpec]:
        return [
            stylekit.MethodSpec(
                name="paint",
                summary="Mixes.",
                factory=f"{__name__}:Paint",
                params=f"{__name__}:PaintParams",
                styles=(1, 1),
            ),
            stylekit.MethodSpec(
                name="compare",
                summary="Mixes, with slots.",
                factory=f"{__name__}:Compare",
                params=f"{__name__}:PaintParams",
                slots={
                    "backbone": stylekit.Slot("backbone", "tiny"),
                    "style_loss": stylekit.Slot("loss", "tiny-style", "style"),
                },
            ),
        ]

    @stylekit.hookimpl
    def register_executors(self) -> list[stylekit.ExecutorSpec]:
        return [stylekit.ExecutorSpec(name="here", summary="Runs.", factory=f"{__name__}:Executor")]

    @stylekit.hookimpl
    def register_regions(self) -> list[stylekit.RegionSpec]:
        return [
            stylekit.RegionSpec(
                name="left", summary="Left part.", factory=f"{__name__}:Left", schemes=("left",)
            )
        ]

    @stylekit.hookimpl
    def register_presets(self) -> list[stylekit.PresetSpec]:
        strong = {"method": "paint", "paint": {"strength": 0.9, "steps": 7}, "size": 96}
        return [stylekit.PresetSpec(name="strong", summary="More.", values=strong)]


@pytest.fixture
def toy_host() -> stylekit.Host:
    return stylekit.Host({"world": World()}, discover=False)


@pytest.fixture
def plan(toy_host: stylekit.Host) -> Callable[..., Any]:
    """Return a function that resolves layers, the weakest first; they name an executor."""
    return lambda *layers: toy_host.plan({"executor": "here"}, *layers)
