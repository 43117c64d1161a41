"""The training of a network for one painting, or for several at once.

Johnson et al. (ECCV 2016) minimize, over photographs, the objective of Gatys et al. of the result.
Departures, so that minutes on a CPU are enough: the network starts as the arbitrary-style network
in the style of the painting; crops grow; layers are balanced; colors of single pixels count, too;
the weight of the painting follows the content error that is allowed; features of the photographs
are kept; and the strength of the style is an input that is learned.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

from stylekit.errors import InputError, PluginError, UsageError
from stylekit.events import Stage, Step
from stylekit.images.frames import Clip, Frame
from stylekit.methods.training import Epoch, TrainingJob
from stylekit_plugins.fast.content_budget import MARGIN, ContentBudget
from stylekit_plugins.fast.crops import CropPool
from stylekit_plugins.fast.network import FastNetwork, warm_network
from stylekit_plugins.fast.new_network import new_network
from stylekit_plugins.fast.params import MAX_STRENGTH
from stylekit_plugins.fast.perturbation import Perturbation
from stylekit_plugins.fast.randomness import Purpose, random_generator
from stylekit_plugins.fast.sample_sheet import SampleSheet
from stylekit_plugins.fast.style_objective import DEFAULTS, OPTIMIZER, StyleObjective
from stylekit_plugins.fast.training_clock import TrainingClock
from stylekit_plugins.fast.training_params import FastTrainingParams
from stylekit_plugins.fast.training_state import TrainingState
from stylekit_plugins.fast.validation import Validation, has_plateaued
from stylekit_plugins.networks.style_transform import Transform

_log = logging.getLogger(f"stylekit.{__name__}")

START = "arbitrary"
"""The method whose network the training starts from."""

STRENGTHS = (0.0, 0.5, 1.0, MAX_STRENGTH)
"""Strengths that have scales and shifts of their own."""

GATES = (0.0, 0.5, 1.0, 1.0)
"""How much of the result replaces the image at each of them."""

NETWORK_FILE = "network"
"""Name of the file of the trained network, without its suffix."""

LEAST_CROP = 64
"""Least side of a crop in pixels."""

LEAST_STYLE_SIDE = 32
"""Least side of a style image in pixels: the deepest layer has a position for 16."""

MEASURED_STEPS = 5
"""Steps after which the time that a step takes is known."""

ROUGH_SECONDS = 1.0
"""Seconds of a step until then, for progress alone."""


class FastTrainer:
    """Trains a `FastNetwork`."""

    def __init__(self, params: FastTrainingParams) -> None:
        self.params = params

    def required_methods(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the method that optimizes single images, and the one to start from."""
        return {OPTIMIZER: DEFAULTS, START: {}}

    def train(self, job: TrainingJob) -> Iterator[Stage | Step | Epoch]:
        """Yield stages and steps, and an epoch for each report.

        Raises:
            UsageError: several processes are started.
            InputError: a style image is too small, or the training diverges.
        """
        check(job, self.params)
        yield from Training(job, self.params)


class Training:
    """One training. Iterate over it for its events."""

    def __init__(self, job: TrainingJob, params: FastTrainingParams) -> None:
        samples = job.samples["dataset"]
        self._job, self._params = job, params
        self._budget = ContentBudget()
        self._style = StyleObjective(job, params, self._budget)
        steady = self._perturbation(params.size, Purpose.VALIDATION)
        self._validation = Validation(samples, self._style, params.size, job.device, steady)
        self._sheet = SampleSheet(samples, job.device)
        network = warm = first_network(job)
        self._teacher: FastNetwork | None = None
        if params.body == "transformer":
            network = new_network(params.width, STRENGTHS, GATES, job.seed).to(job.device)
            self._teacher = warm.requires_grad_(False)
        if params.content_error and job.resume is None:
            of_start = self._validation.losses(warm)["content"]
            self._budget.allowed = MARGIN * params.content_error * of_start
        self._state = TrainingState(params, network)
        unlimited = job.steps is None and job.seconds is None
        self._clock = TrainingClock(job.steps, 60 * params.minutes if unlimited else job.seconds)
        self._totals: list[float] = []
        self._reports = self._announced = 0
        if job.resume is not None:
            self._state.restore(job.resume["state"])
            self._clock.restore(job.resume["clock"])
            self._budget.restore(job.resume["budget"])
            self._totals, self._reports = list(job.resume["totals"]), int(job.resume["reports"])
        self._reported = time.perf_counter()

    def __iter__(self) -> Iterator[Stage | Step | Epoch]:
        """Train."""
        params, clock = self._params, self._clock
        pool, size, stage, first = None, 0, Stage("", 0, 0, 0), 0
        if self._job.resume is None:
            # A sheet of what it starts from; from now on, an interrupt leaves a network.
            start = self._validate()
            self._totals.append(start["total"])
            yield self._report(start)
        while clock.progress < 1:
            progress = clock.progress
            if pool is None or size != self._size_at(progress):
                size = self._size_at(progress)
                pool = self._pool(size)
                clock.measure()
                stage, first = self._stage(size), clock.step
                yield stage
            elif clock.step == first + MEASURED_STEPS and clock.is_timed:
                # Only now the time of a step is known.
                stage = self._stage(size)
                yield stage
            losses = self._state.step(
                pool.batch(clock.step),
                self._perturbation(size, Purpose.PERTURBATIONS, clock.step),
                progress,
                self._teacher if progress < params.imitation else None,
            )
            clock.step += 1
            validated = None
            if clock.step % self._steps_to_validation(size) == 0:
                validated = self._validate()
                self._totals.append(validated["total"])
                self._budget.update(validated["content"])
            yield Step(stage, clock.step, losses, self._snapshot, self._checkpoint)
            if validated is None or clock.progress >= 1:
                continue
            if self._has_plateaued():
                yield self._report(validated, last=True, plateau=True)
                return
            if time.perf_counter() - self._reported >= params.report_seconds:
                yield self._report(validated)
        yield self._report(self._validate(), last=True)

    def _has_plateaued(self) -> bool:
        params = self._params
        progress = self._clock.progress
        return has_plateaued(self._totals, progress, params.patience, params.min_improvement)

    def _validate(self) -> dict[str, float]:
        """Return the losses on held-out photographs; `total` is what networks are compared by."""
        losses = self._validation.losses(self._state.averaged)
        flicker = self._params.temporal_weight * losses.get("temporal", 0.0)
        losses["total"] += flicker
        drawn = self._style.distance(losses) + flicker
        return {**losses, "total": self._budget.score(losses, drawn)}

    def _report(
        self, validated: Mapping[str, float], last: bool = False, plateau: bool = False
    ) -> Epoch:
        """Return the report on the network as it is now."""
        self._reported = time.perf_counter()
        self._reports += 1
        state, clock = self._state, self._clock
        reason = ""
        if plateau:
            reason = (
                "The validation loss does not improve any more: the training stops after "
                f"{clock.step} steps. fast.patience=0 goes to the end."
            )
        return Epoch(
            self._reports,
            self._translate,
            lambda: self._sheet.draw(state.averaged),
            lambda: {NETWORK_FILE: state.averaged.state_dict()},
            self._checkpoint,
            label=f"step-{clock.step:06}",
            validation={**validated, "minutes": clock.seconds / 60},
            last=last,
            reason=reason,
        )

    def _translate(self, frame: Frame) -> Frame:
        """Paint an image at strength 1."""
        image = frame.pixels[None].to(self._job.device)
        with torch.no_grad():
            painted: Tensor = self._state.averaged(image, image.new_ones(1))
        return frame.with_pixels(painted[0].cpu())

    def _snapshot(self) -> Clip:
        return Clip((self._sheet.draw(self._state.averaged),))

    def _checkpoint(self) -> dict[str, Any]:
        return {
            "state": self._state.checkpoint(),
            "clock": self._clock.state(),
            "budget": self._budget.state(),
            "totals": list(self._totals),
            "reports": self._reports,
        }

    def _pool(self, size: int) -> CropPool:
        job = self._job
        photographs = job.datasets["dataset"]
        return CropPool(photographs, self._style, self._params, size, job.seed, job.device)

    def _size_at(self, progress: float) -> int:
        """Return the side of the crops: small first, larger last."""
        params = self._params
        if progress < params.half_size_part:
            return max(LEAST_CROP, params.size // 8 * 4)
        if progress >= 1 - params.large_size_part:
            return params.size * 3 // 8 * 4
        return params.size

    def _steps_to_validation(self, size: int) -> int:
        """Return the steps between validations: a validation takes as long at any size of crops."""
        return max(1, round(self._params.validate_steps * self._params.size / size))

    def _stage(self, size: int) -> Stage:
        """Return the stage that begins now, as far as its steps are known."""
        clock, batch = self._clock, self._params.batch
        left = clock.steps_left(ROUGH_SECONDS * batch * (size / self._params.size) ** 2)
        # Observers take off what earlier stages announced and did not need.
        unneeded = max(0, self._announced - clock.step)
        self._announced += left
        return Stage(f"{size} px", left, size, size, total_steps=clock.step + left + unneeded)

    def _perturbation(self, size: int, *place: int) -> Perturbation | None:
        """Draw the perturbation of a place in the training, if any counts."""
        if not self._params.temporal_weight:
            return None
        generator = random_generator(self._job.seed, *place)
        return Perturbation.draw(size, self._params.noise, generator)


def first_network(job: TrainingJob) -> FastNetwork:
    """Return the arbitrary-style network in the style of the paintings, at every strength.

    Raises:
        PluginError: the method to start from has another network.
    """
    start = job.style_network(START)
    if not isinstance(start.module, Transform):
        raise PluginError(f"Method '{START}' has no network that the training can start from.")
    embeddings = [style.weight * start.embed(style.frame) for style in job.styles]
    return warm_network(start.module, torch.stack(embeddings).sum(dim=0), STRENGTHS, GATES)


def check(job: TrainingJob, params: FastTrainingParams) -> None:
    """Check the inputs of a training, and warn of what makes it poor.

    Raises:
        UsageError: several processes are started.
        InputError: a style image is too small.
    """
    if job.world > 1:
        raise UsageError("The training of fast uses one process.", "Start it without torchrun.")
    for style in job.styles:
        frame = style.frame
        size = f"{frame.width} x {frame.height} px"
        if min(frame.width, frame.height) < LEAST_STYLE_SIDE:
            raise InputError(
                f"The style image {frame.origin} has {size}; it needs at least "
                f"{LEAST_STYLE_SIDE} px each way.",
                "Use a larger image of it.",
            )
        requested = params.style_size
        if max(frame.width, frame.height) < requested:
            _log.warning(
                f"The style image {frame.origin} has {size}, less than the {requested} px at which "
                "it is learned: its strokes stay as small as they are. A larger image has larger "
                "strokes."
            )
    if len(job.datasets["dataset"]) == 1:
        _log.warning(
            "There is only one photograph to train on: other photographs may come out worse. "
            "Give more with --dataset."
        )
