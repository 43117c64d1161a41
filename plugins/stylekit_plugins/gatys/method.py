"""Neural style transfer by optimizing an image.

L. A. Gatys, A. S. Ecker, M. Bethge: "Image Style Transfer Using Convolutional Neural Networks",
CVPR 2016. Departures: features of unit mean activation (see `backbones`), coarse-to-fine scales,
and an initial image that mixes the style's low-level with the content's high-level features.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch
from torch import Tensor

from stylekit.errors import UsageError
from stylekit.events import Stage, Step
from stylekit.images.frames import Clip, resize
from stylekit.methods.base import Job, Method, Work
from stylekit.protocols import Backbone
from stylekit.specs import BackboneSpec, ComponentSpec
from stylekit.text import did_you_mean
from stylekit_plugins.gatys import color, memory
from stylekit_plugins.gatys.initial_image import (
    MIXUP,
    check_initial_image,
    initial_image,
    is_method,
    mixup_weights,
)
from stylekit_plugins.gatys.objective import LossWeights, Objective
from stylekit_plugins.gatys.objective_factory import ObjectiveFactory, check_sizes, required_side
from stylekit_plugins.gatys.optimization import ScaleOptimization, StoppingCriteria
from stylekit_plugins.gatys.params import GatysParams
from stylekit_plugins.gatys.pyramid import Scale, plan_scales


@dataclass(frozen=True)
class Phase:
    """A scale of the run and the weights of its objective."""

    name: str
    scale: Scale
    weights: LossWeights


class Gatys(Method):
    """Optimizes an image so that its features match content and style."""

    def __init__(self, params: GatysParams) -> None:
        self.params = params
        self.weights = LossWeights(
            params.content_weight,
            params.style_weight,
            params.tv_weight,
            params.content_layers,
            params.style_layers,
            params.balance_layers,
        )
        self._objectives = ObjectiveFactory(params.style_scale)

    def stylize(self, job: Job) -> Generator[Stage | Step, None, Clip]:
        """Yield stages and steps; return a clip of one frame, of the content's size."""
        original, params = job.content.image, self.params
        check_sizes(job, self._required_side(job))
        job = color.prepare(job, params.color)
        phases = self._phases(job)
        stages = _stages(phases, job.content.origin)
        image = self._initial_image(job, stages[0].width, stages[0].height)
        criteria = StoppingCriteria(params.min_improvement)

        def finish(image: Tensor) -> Clip:
            full = resize(image, original.width, original.height).clamp(0, 1)
            full = color.restore(full, original, params.color)
            return Clip((original.with_pixels(full),), job.content.origin)

        resume = job.resume or {"stage": 0, "steps_before": 0, "optimization": None}
        first, steps_before, previous = int(resume["stage"]), int(resume["steps_before"]), None
        for number in range(first, len(stages)):
            stage, weights = stages[number], phases[number].weights
            optimization = ScaleOptimization(
                resize(image, stage.width, stage.height).clamp(0, 1),
                self._objective(job, weights, stage.width, stage.height),
                job.components["optimizer"],
                job.components["fallback_optimizer"],
                criteria,
                params.ema_decay,
                previous,
            )
            if number == first and resume["optimization"] is not None:
                optimization.load(resume["optimization"])
            yield stage
            image = yield from optimization.run(
                stage, steps_before, finish, partial(_state, number, steps_before, optimization)
            )
            steps_before += optimization.steps_taken
            # The mixup has another objective, whose moments say nothing about the next one.
            previous = optimization.optimizer_run if weights is self.weights else None
        return finish(image)

    def _phases(self, job: Job) -> list[Phase]:
        """Return the phases of the run: the mixup, if selected, then the scales, coarse to fine."""
        width, height = job.content.image.width, job.content.image.height
        params = self.params
        if job.warm_start is not None:
            # One scale is enough: a warm start has its large shapes already.
            steps = max(1, round(params.steps * job.warm_start.step_fraction))
            return [Phase(_size_name(width, height), Scale(width, height, steps), self.weights)]
        mixup_steps, scales = self._scales(width, height)
        phases = [
            Phase(_size_name(scale.width, scale.height), scale, self.weights) for scale in scales
        ]
        if mixup_steps:
            backbone: Backbone = job.components["backbone"]
            deepest = max(self.weights.content_layers, key=backbone.stride)
            weights = mixup_weights(self.weights, params, deepest)
            phases.insert(0, Phase(MIXUP, replace(scales[0], steps=mixup_steps), weights))
        return phases

    def _scales(self, width: int, height: int) -> tuple[int, list[Scale]]:
        """Return the steps of the mixup, and the scales after it."""
        params = self.params
        mixup_steps = min(params.mixup_steps, params.steps // 2) if params.init == MIXUP else 0
        steps = params.steps - mixup_steps
        return mixup_steps, plan_scales(width, height, params.min_size, steps)

    def work(self, width: int, height: int, frames: int, methods: Mapping[str, Method]) -> Work:
        """Return the steps of all scales, and their pixels."""
        mixup_steps, scales = self._scales(width, height)
        pixels = mixup_steps * scales[0].width * scales[0].height
        pixels += sum(scale.steps * scale.width * scale.height for scale in scales)
        return Work(self.params.steps, pixels)

    def _initial_image(self, job: Job, width: int, height: int) -> Tensor:
        """Return the image before the first step, (1, 3, height, width)."""
        if job.warm_start is None:
            return initial_image(self.params.init, job, width, height)
        return job.warm_start.image.resized(width, height).pixels[None].to(job.device)

    def _objective(self, job: Job, weights: LossWeights, width: int, height: int) -> Objective:
        return self._objectives.make(job, weights, self._required_side(job), width, height)

    def _required_side(self, job: Job) -> int:
        return required_side(job.components["backbone"], self.weights)

    def objective(self, job: Job) -> Objective:
        """Return the objective of an image of the content's size.

        Raises:
            UsageError: the objective compares gray images (`color` is luminance).
        """
        if self.params.color == "luminance":
            raise UsageError(
                "gatys.color = 'luminance' compares gray images, so there is no objective of a "
                "colored one.",
                "Use keep-style, covariance or histogram.",
            )
        image = job.content.image
        job = color.prepare(job, self.params.color)
        weights = replace(self.weights, style=self.weights.style * job.style_factor)
        return self._objective(job, weights, image.width, image.height)

    def assess(self, job: Job, result: Clip) -> dict[str, float]:
        """Return the losses of a finished image at its full size."""
        job = color.prepare(job, self.params.color)
        image = job.content.image
        objective = self._objective(job, self.weights, image.width, image.height)
        pixels = result.image.pixels[None].to(job.device)
        with torch.no_grad():
            losses = objective(color.compared_colors(pixels, self.params.color))
        return {name: float(loss) for name, loss in losses.items()}

    def check(self, specs: Mapping[str, ComponentSpec]) -> None:
        """Raise an error for layers that the backbone lacks, or an unknown initial image."""
        backbone = specs["backbone"]
        assert isinstance(backbone, BackboneSpec)
        for name in ("content_layers", "style_layers", "mixup_style_layers"):
            for layer in getattr(self.params, name):
                if layer not in backbone.layers:
                    raise UsageError(
                        f"gatys.{name}: backbone '{backbone.name}' has no layer '{layer}'.",
                        did_you_mean(layer, backbone.layers),
                    )
        check_initial_image(self.params.init)

    def required_methods(self) -> Collection[str]:
        """Return the method that makes the initial image, if one does."""
        return (self.params.init,) if is_method(self.params.init) else ()

    def bytes_needed(self, components: Mapping[str, Any], width: int, height: int) -> float:
        """Return the memory of a step at the full size: whole, or by the smallest tiles."""
        weights = self.weights
        whole = memory.bytes_whole(components, weights, width, height)
        if not memory.can_tile(components):
            return whole
        tiled = memory.bytes_tiled(components, weights, width, height, memory.MIN_CORE)
        return min(whole, tiled)


def _stages(phases: Sequence[Phase], origin: str) -> list[Stage]:
    """Return the phases as observers see them; a step costs as many pixels as it has."""
    scales = [phase.scale for phase in phases]
    total_cost = sum(scale.steps * scale.width * scale.height for scale in scales)
    return [
        Stage(
            phase.name,
            phase.scale.steps,
            phase.scale.width,
            phase.scale.height,
            image=origin,
            total_steps=sum(scale.steps for scale in scales),
            cost=phase.scale.width * phase.scale.height,
            total_cost=total_cost,
        )
        for phase in phases
    ]


def _size_name(width: int, height: int) -> str:
    return f"{max(width, height)} px"


def _state(stage: int, steps_before: int, optimization: ScaleOptimization) -> dict[str, Any]:
    """Return the value of `Job.resume`: the stage, the steps before it, and its optimization."""
    return {"stage": stage, "steps_before": steps_before, "optimization": optimization.state()}
