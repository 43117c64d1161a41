"""A third-party plugin: a classifier, a method that fails on demand, and an executor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from pydantic import Field
from torch import Tensor

import stylekit
from stylekit.errors import InputError
from stylekit.runs.executor import Event, Executor, RunRequest, Task
from stylekit.runs.plan import configured
from stylekit.specs import ExecutorSpec

STYLEKIT_API = 1


class OverlayParams(stylekit.Params):
    strength: float = Field(0.5, ge=0, le=1, description="Weight of the style image.")
    unable: str = Field("", description="Contents with this in their name are refused.")
    broken: str = Field("", description="Contents with this in their name are a bug.")
    log: stylekit.UserOnly[str] = Field("", description="File that gets a line for each image.")


class Overlay(stylekit.FeedForward):
    """Lays the style over the content."""

    def __init__(self, params: OverlayParams) -> None:
        self.params = params

    def forward_image(self, job: stylekit.Job) -> Tensor:
        content, params = job.content.image, self.params
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


class Noting:
    """Notes what it is asked to make, and leaves it to the built-in executor."""

    asked: list[Task] = []  # noqa: RUF012

    def __init__(self, params: Any) -> None:
        pass

    def local(self, order: RunRequest) -> Executor:
        component = order.plan.catalogue.find(ExecutorSpec, "local")
        executor: Executor = configured(component, order.plan.config).make()
        return executor

    def tasks(self, order: RunRequest) -> Sequence[tuple[Task, Path | None]]:
        return self.local(order).tasks(order)

    def execute(self, request: RunRequest) -> Iterator[Event]:
        self.asked.extend(task for task, _ in self.tasks(request))
        return self.local(request).execute(request)


@stylekit.hookimpl
def register_executors() -> list[ExecutorSpec]:
    return [
        ExecutorSpec(name="noting", summary="Notes tasks.", factory=f"{__name__}:Noting"),
    ]


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
def register_classifiers() -> list[stylekit.ClassifierSpec]:
    return [
        stylekit.ClassifierSpec(
            name="shapes",
            summary="Classifies shapes.",
            factory="tests.helpers.toy_dataset:ShapesClassifier",
        )
    ]
