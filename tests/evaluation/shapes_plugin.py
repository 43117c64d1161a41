"""A stranger's plugin: a classifier, and a method that can be made to fail."""

from __future__ import annotations

from pathlib import Path

import torch
from pydantic import Field
from torch import Tensor

import stylekit
from stylekit.errors import InputError

STYLEKIT_API = 1


class OverlayParams(stylekit.Params):
    strength: float = Field(0.5, ge=0, le=1, description="Share of the style picture.")
    unable: str = Field("", description="Contents with this in their name are refused.")
    broken: str = Field("", description="Contents with this in their name are a bug.")
    log: str = Field("", description="File that gets a line for each picture.")


class Overlay(stylekit.OnePass):
    """Lays the style over the content."""

    def __init__(self, params: OverlayParams) -> None:
        self.params = params

    def paint(self, job: stylekit.Job) -> Tensor:
        content, params = job.content.picture, self.params
        name = Path(content.origin).name
        if params.unable and params.unable in name:
            raise InputError(f"{name} is beyond this method.")
        if params.broken and params.broken in name:
            raise RuntimeError(f"no idea what to do with {name}")
        if params.log:
            with Path(params.log).open("a") as file:
                print(name, job.styles[0].frame.origin, file=file)
        style = job.styles[0].frame.resized(content.width, content.height)
        return torch.lerp(content.pixels, style.pixels, params.strength)[None]


@stylekit.hookimpl
def register_methods() -> list[stylekit.MethodSpec]:
    return [
        stylekit.MethodSpec(
            name="overlay",
            summary="Lays the style over the content.",
            factory=f"{__name__}:Overlay",
            params=f"{__name__}:OverlayParams",
        )
    ]


@stylekit.hookimpl
def register_evaluators() -> list[stylekit.EvaluatorSpec]:
    return [
        stylekit.EvaluatorSpec(
            name="shapes",
            summary="Tells shapes apart.",
            scope="classifier",
            factory="tests.evaluation.shapes:ShapesClassifier",
        )
    ]
