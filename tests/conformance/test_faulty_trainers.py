"""Trainers with one fault each. See `faults`."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from pydantic import Field
from tests.helpers.faulty_components import fault
from torch import Tensor

import stylekit
from stylekit import Clip, FeedForward, Frame, Stage, Step
from stylekit.errors import DamagedWeightsError
from stylekit.methods import Epoch, TrainingJob
from stylekit.params import Params
from stylekit.protocols import LoadedWeights, Preprocessing
from stylekit.specs import MethodSpec, WeightsSpec
from stylekit.testing import TrainerSuite
from stylekit.weights import UserFile
from stylekit.weights.tensor_files import read_state_dict

HERE = __name__
NETWORK = "one-color"


class Tint(FeedForward):
    """Adds a color that was learned."""

    def __init__(self, params: object) -> None:
        pass

    def forward_image(self, job: stylekit.Job) -> Tensor:
        return (job.content.image.pixels + job.weights(NETWORK).state["color"][:, None, None])[
            None
        ].clamp(0, 1)


class ColorFile:
    def __init__(self, params: object) -> None:
        pass

    def decode(self, path: Path) -> LoadedWeights:
        state = read_state_dict(path)
        if state.keys() != {"color"}:
            raise DamagedWeightsError(f"{path} holds no color.")
        return LoadedWeights(state, Preprocessing())


class TrainingParams(Params):
    length: int = Field(100, ge=1, description="Steps of a training by time.")


class UnexplainedParams(Params):
    length: int = 100


class Coloring:
    """Learns how much darker or lighter a dataset is than gray, an image a step."""

    def __init__(self, params: object) -> None:
        pass

    def train(self, job: TrainingJob) -> Generator[Stage | Step | Epoch, None, None]:
        self.color, self.done, self.job = torch.zeros(3), 0, job
        if job.resume is not None:
            self.restore(job.resume)
        stage = Stage("colors", self.length() - self.done, 8, 8)
        yield from self.begin(stage)
        while self.done < self.length():
            images = job.datasets["dataset"]
            mean = images[self.drawn(len(images))].pixels.mean(dim=(1, 2))
            self.color = torch.lerp(self.color, 0.5 - mean, 0.3)
            self.done += 1
            yield self.step(stage)
        yield from self.end()

    def length(self) -> int:
        return self.job.steps or 20

    def begin(self, stage: Stage) -> Generator[Stage, None, None]:
        yield stage

    def drawn(self, count: int) -> int:
        random = torch.Generator().manual_seed(self.job.seed + self.done)
        return int(torch.randint(count, (), generator=random))

    def step(self, stage: Stage) -> Step:
        losses = {"total": self.color.abs().sum()}
        return Step(stage, self.done, losses, lambda: Clip((self.sheet(),)), self.state)

    def end(self) -> Generator[Epoch, None, None]:
        yield Epoch(1, self.translate, self.sheet, self.networks, self.state, last=True)

    def state(self) -> dict[str, Any]:
        return {"color": self.color.clone(), "done": self.done}

    def restore(self, state: dict[str, Any]) -> None:
        self.color, self.done = state["color"], state["done"]

    def translate(self, frame: Frame) -> Frame:
        return frame.with_pixels((frame.pixels + self.color[:, None, None]).clamp(0, 1))

    def sheet(self) -> Frame:
        return self.translate(self.job.samples["dataset"][0])

    def networks(self) -> dict[str, dict[str, Tensor]]:
        return {"network": {"color": self.color}}


def trainer_fault(
    fails: str = "",
    says: str = "",
    training: type = TrainingParams,
    takes: tuple[str, ...] = ("dataset", "steps", "minutes"),
) -> Callable[[type], type]:
    """Let a class be the trainer of a method that one check must refuse; see `fault`."""

    def add(trainer: type) -> type:
        method = MethodSpec(
            name="faulty",
            summary="Adds a color.",
            styles=(0, 0),
            networks=(NETWORK,),
            factory=f"{HERE}:Tint",
            trainer=f"{HERE}:{trainer.__name__}",
            training=f"{HERE}:{training.__name__}",
            training_inputs=takes,
        )
        weights = WeightsSpec(
            name="color-file",
            network=NETWORK,
            summary="A color.",
            source=UserFile(suffixes=(".safetensors",)),
            license="yours",
            factory=f"{HERE}:ColorFile",
        )
        plugin = type(
            "Plugin",
            (),
            {
                "register_methods": stylekit.hookimpl(lambda self: [method]),
                "register_weights": stylekit.hookimpl(lambda self: [weights]),
            },
        )()
        attributes = {"plugin": plugin, "discover": True}
        return fault(TrainerSuite, fails, says, attributes=attributes)(trainer)

    return add


@trainer_fault()
class Sound(Coloring):
    pass


@trainer_fault(
    "test_training_parameters_are_described", "length a description", training=UnexplainedParams
)
class ExplainsNothing(Coloring):
    pass


@trainer_fault("test_training_steps_are_of_the_stage_before_them", "yield that first")
class SaysNoStage(Coloring):
    def begin(self, stage):
        yield from ()


@trainer_fault("test_training_steps_are_counted", "count from 1")
class CountsFromTwo(Coloring):
    def step(self, stage):
        return replace(super().step(stage), index=self.done + 1)


@trainer_fault("test_training_losses_are_scalars_with_a_total", "has shape")
class HasALossForEachColor(Coloring):
    def step(self, stage):
        losses = {"total": torch.full((3,), 1.0)}
        return replace(super().step(stage), losses=losses)


@trainer_fault("test_epochs_are_counted", "count from 1")
class CountsEpochsFromNought(Coloring):
    def end(self):
        for epoch in super().end():
            yield replace(epoch, number=0)


@trainer_fault("test_time_limit_is_kept", "without an Epoch")
class ForgetsItsTime(Coloring):
    def end(self):
        if self.job.seconds is None:
            yield from super().end()


@trainer_fault("test_translated_images_are_images", "alpha")
class LosesAlpha(Coloring):
    def translate(self, frame):
        return replace(super().translate(frame), alpha=None)


@trainer_fault("test_sheets_are_images", "[0, 1]")
class ShowsTooMuch(Coloring):
    def sheet(self):
        frame = super().sheet()
        return replace(frame, pixels=frame.pixels + 1)


@trainer_fault("test_networks_paint", "refuses the network")
class WritesAnotherNetwork(Coloring):
    def networks(self):
        return {"network": {"shade": self.color}}


@trainer_fault("test_training_seed_decides", "job.seed")
class BeginsDifferently(Coloring):
    begun = 0

    def begin(self, stage):
        if self.job.resume is None:
            BeginsDifferently.begun += 1
            self.color = torch.full((3,), 0.1 * BeginsDifferently.begun)
        yield stage


@trainer_fault("test_training_resumes_where_it_stopped", "lacks something")
class ForgetsItsColor(Coloring):
    def restore(self, state):
        self.done = state["done"]
