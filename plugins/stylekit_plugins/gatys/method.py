"""The method: from a job to a picture.

L. A. Gatys, A. S. Ecker, M. Bethge: "Image Style Transfer Using Convolutional Neural Networks",
CVPR 2016. Departures: features of unit mean activation (see `backbones`), coarse-to-fine scales,
and a first picture that mixes the style's low-level with the content's high-level features.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import torch
from torch import Tensor

from stylekit.errors import InputError, UsageError
from stylekit.events import Stage, Step
from stylekit.images.frames import Clip, Frame, fit, resize
from stylekit.images.masks import resized
from stylekit.methods.base import Job, Method, Style
from stylekit.protocols import Backbone
from stylekit.specs import BackboneSpec, ComponentSpec, Slot
from stylekit.text import did_you_mean
from stylekit_plugins.gatys import color, memory
from stylekit_plugins.gatys.initial_image import (
    MIXUP,
    check_first_image,
    first_image,
    is_method,
    mixup_weights,
)
from stylekit_plugins.gatys.objective import Area, Objective, Weights
from stylekit_plugins.gatys.optimization import Descent, Rules
from stylekit_plugins.gatys.params import GatysParams
from stylekit_plugins.gatys.pyramid import Scale, plan_scales
from stylekit_plugins.gatys.style_targets import StyleTarget, StyleTargets
from stylekit_plugins.gatys.tiled_objective import TiledObjective


class Gatys(Method):
    """Optimizes a picture."""

    def __init__(self, params: GatysParams) -> None:
        self.params = params
        self.weights = Weights(
            params.content_weight,
            params.style_weight,
            params.tv_weight,
            params.content_layers,
            params.style_layers,
        )
        self._targets = StyleTargets()

    def check(self, specs: Mapping[Slot, ComponentSpec]) -> None:
        """Refuse layers that the backbone does not have."""
        backbone = specs["backbone"]
        assert isinstance(backbone, BackboneSpec)
        params = self.params
        for name in ("content_layers", "style_layers", "mixup_style_layers"):
            for layer in getattr(params, name):
                if layer not in backbone.layers:
                    raise UsageError(
                        f"gatys.{name}: backbone '{backbone.name}' has no layer '{layer}'.",
                        did_you_mean(layer, backbone.layers),
                    )
        check_first_image(params.init)

    def required_methods(self) -> Collection[str]:
        """Return the method that makes the first picture, if one does."""
        return (self.params.init,) if is_method(self.params.init) else ()

    def bytes_needed(self, components: Mapping[Slot, Any], width: int, height: int) -> float:
        """Return the memory of a step at the full size: whole, or by the smallest tiles."""
        weights = self.weights
        whole = memory.of_whole(components, weights, width, height)
        if not memory.can_tile(components):
            return whole
        return min(whole, memory.of_tiles(components, weights, width, height, memory.LEAST_CORE))

    def stylize(self, job: Job) -> Generator[Stage | Step, None, Clip]:
        """Yield stages and steps; return a clip of one frame, of the content's size."""
        original = job.content.image
        self._check_size(job)
        params = self.params
        job = color.prepared(job, params.color)
        width, height, beginning = original.width, original.height, job.warm_start
        mixup_steps = 0
        if beginning is None:
            if params.init == MIXUP:
                mixup_steps = min(params.mixup_steps, params.steps // 2)
            scales = plan_scales(width, height, params.min_size, params.steps - mixup_steps)
            image = first_image(params.init, job, scales[0].width, scales[0].height)
        else:
            # Its large shapes are there already.
            scales = [Scale(width, height, max(1, round(params.steps * beginning.step_fraction)))]
            image = beginning.image.resized(width, height).pixels[None].to(job.device)
        stages = self._stages(job, scales, mixup_steps)
        rules = Rules(params.min_improvement, params.ema_decay)
        resume = job.resume or {"stage": 0, "done": 0, "descent": None}
        done, previous = int(resume["done"]), None

        def finish(image: Tensor) -> Clip:
            full = resize(image, width, height).clamp(0, 1)
            full = color.restored(full, original, params.color)
            return Clip((original.with_pixels(full),), job.content.origin)

        for number in range(int(resume["stage"]), len(stages)):
            stage = stages[number]
            weights = self.weights
            if stage.name == MIXUP:
                weights = mixup_weights(self.weights, params, self._deepest_layer(job))
            descent = Descent(
                resize(image, stage.width, stage.height).clamp(0, 1),
                self._objective(job, weights, stage.width, stage.height),
                job.components["optimizer"],
                job.components["fallback_optimizer"],
                rules,
                job.warn,
                # The mixup has another objective, whose moments say nothing of this one.
                previous if number and stages[number - 1].name != MIXUP else None,
            )
            if resume["descent"] is not None and number == resume["stage"]:
                descent.load(resume["descent"])
            state = partial(_state, number, done, descent)
            yield stage
            image = yield from descent.run(stage, done, finish, state)
            done, previous = done + descent.taken, descent.minimization
        return finish(image)

    def objective(self, job: Job) -> Objective:
        """Return the objective of a picture of the content's size."""
        if self.params.color == "luminance":
            raise UsageError(
                "gatys.color = 'luminance' has no objective of a picture in its own colors.",
                "Use keep-style, covariance or histogram.",
            )
        image = job.content.image
        job = color.prepared(job, self.params.color)
        return self._objective(job, self.weights, image.width, image.height)

    def assess(self, job: Job, result: Clip) -> dict[str, float]:
        """Return the losses of a finished picture, on its full size."""
        job = color.prepared(job, self.params.color)
        image = job.content.image
        objective = self._objective(job, self.weights, image.width, image.height)
        pixels = color.compared(result.image.pixels[None].to(job.device), self.params.color)
        with torch.no_grad():
            losses = objective(pixels)
        return {name: float(loss) for name, loss in losses.items()}

    def _objective(self, job: Job, weights: Weights, width: int, height: int) -> Objective:
        components = job.components
        content = job.content.image.resized(width, height).pixels[None].to(job.device)
        options = {
            "backbone": components["backbone"],
            "content_loss": components["content_loss"],
            "style_loss": components["style_loss"],
            "image_loss": components["image_loss"],
            "weights": weights,
            "content": content,
            "areas": self._areas(job, width, height),
            "anchors": _anchors(job, width, height),
        }
        core = memory.choose_core(components, weights, width, height, job.memory)
        return Objective(**options) if core is None else TiledObjective(core, **options)

    def _areas(self, job: Job, width: int, height: int) -> list[Area]:
        long_side = max(1, round(max(width, height) * self.params.style_scale))

        def targets(styles: Sequence[Style]) -> list[tuple[StyleTarget, float]]:
            sizes = (style_size(style.frame, long_side, self._least_side(job)) for style in styles)
            return [
                (self._targets(style.frame, *size, job.device), style.weight)
                for style, size in zip(styles, sizes, strict=True)
            ]

        if not job.regions:
            return [Area(targets(job.styles))]
        masks = [resized(region.mask, width, height).to(job.device) for region in job.regions]
        return [
            Area(targets(region.styles), mask, region.weight)
            for region, mask in zip(job.regions, masks, strict=True)
        ]

    def _stages(self, job: Job, scales: Sequence[Scale], mixup_steps: int) -> list[Stage]:
        """Return the stages: the mixup, if it is wanted, and one for each scale."""
        named = [(f"{max(scale.width, scale.height)} px", scale) for scale in scales]
        if mixup_steps:
            named.insert(0, (MIXUP, replace(scales[0], steps=mixup_steps)))
        total = sum(scale.steps * scale.width * scale.height for _, scale in named)
        return [
            Stage(
                name,
                scale.steps,
                scale.width,
                scale.height,
                image=job.content.origin,
                total_steps=sum(scale.steps for _, scale in named),
                cost=scale.width * scale.height,
                total_cost=total,
            )
            for name, scale in named
        ]

    def _deepest_layer(self, job: Job) -> str:
        backbone: Backbone = job.components["backbone"]
        return max(self.weights.content_layers, key=backbone.stride)

    def _least_side(self, job: Job) -> int:
        """Return the pixels that the deepest layer needs each way."""
        backbone: Backbone = job.components["backbone"]
        return max(backbone.stride(layer) for layer in self.weights.layers)

    def _check_size(self, job: Job) -> None:
        """Refuse pictures that are too small for the network."""
        needed = self._least_side(job)
        frames = [("content", job.content.image)]
        frames += [("style", style.frame) for style in job.styles]
        for what, frame in frames:
            if min(frame.width, frame.height) < needed:
                raise InputError(
                    f"The {what} picture {frame.origin} is {frame.width}x{frame.height} px here; "
                    f"its deepest layer needs at least {needed} px each way.",
                    "Use a larger --size or another picture.",
                )


def _anchors(job: Job, width: int, height: int) -> list[tuple[Tensor, Tensor]]:
    """Return the pictures to stay near, and their weights, at a size."""
    return [
        (
            resize(anchor.image[None], width, height).to(job.device),
            resize(anchor.weight[None, None], width, height)[0, 0].clamp(min=0).to(job.device),
        )
        for anchor in job.temporal_targets
    ]


def _state(stage: int, done: int, descent: Descent) -> dict[str, Any]:
    """Return what `Job.resume` needs: the stage, the steps before it, and the descent's state."""
    return {"stage": stage, "done": done, "descent": descent.state()}


def style_size(frame: Frame, long_side: int, least: int) -> tuple[int, int]:
    """Return the (width, height) at which a style picture is measured.

    It is never enlarged: a blurred style picture teaches blur. A narrow one stays large enough for
    the network, `least` pixels each way.
    """
    long, short = max(frame.width, frame.height), min(frame.width, frame.height)
    return fit(frame.width, frame.height, min(long, max(long_side, -(-long * least // short))))
