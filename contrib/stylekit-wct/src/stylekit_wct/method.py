"""Style transfer by transforming features in closed form, then optimizing an image to match them.

Y. Li et al. (NIPS 2017) and X. Huang and S. Belongie (ICCV 2017) transform features of the content
to statistics of the style, and decode them with a trained network. Here they are decoded by
optimization, as in A. Mahendran and A. Vedaldi, "Understanding Deep Image Representations by
Inverting Them" (CVPR 2015): no decoder needs training, every backbone works, and all layers are
decoded at once. Li et al. proceed from the deepest layer to the first, each with the image of the
one before; here all layers are transformed again in each round, from the image of the round before.
Since the targets are fixed at every position, a few steps a round are enough. The initial image is
the content with its colors transformed in the same way.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Mapping
from typing import Any

import torch
from torch import Tensor

from stylekit import Clip, Job, Method, Stage, Step, did_you_mean
from stylekit.errors import InputError, UsageError
from stylekit.protocols import Backbone, OptimizationRun, Optimizer
from stylekit.specs import BackboneSpec, ComponentSpec
from stylekit_wct.objective import FeatureObjective
from stylekit_wct.params import WctParams
from stylekit_wct.transforms import TRANSFORMS

CHANNELS_PER_STRIDE = 64
"""Channels of a layer over its stride, as in VGG: 64 at stride 1, 512 at stride 8."""

BYTES_FIXED = 256 * 2.0**20
"""What transforms and libraries need at any size (benchmarks/notes/memory.md of stylekit)."""

_FLOAT = 4


class Wct(Method):
    """Optimizes an image to match transformed features."""

    def __init__(self, params: WctParams) -> None:
        self.params = params

    def check(self, specs: Mapping[str, ComponentSpec]) -> None:
        """Raise a UsageError for layers that the backbone lacks."""
        backbone = specs["backbone"]
        assert isinstance(backbone, BackboneSpec)
        for layer in self.params.layers:
            if layer not in backbone.layers:
                raise UsageError(
                    f"wct.layers: backbone '{backbone.name}' has no layer '{layer}'.",
                    did_you_mean(layer, backbone.layers),
                )

    def bytes_needed(self, components: Mapping[str, Any], width: int, height: int) -> float:
        """Return the memory of a step; the style's statistics need less."""
        backbone: Backbone = components["backbone"]
        optimizer: Optimizer = components["optimizer"]
        # Three of each layer: the content's features, the targets, and new targets.
        features = sum(
            3 * _FLOAT * CHANNELS_PER_STRIDE / backbone.stride(x) for x in self.params.layers
        )
        step = backbone.bytes_per_pixel(self.params.layers) + 3 * optimizer.bytes_per_value
        return BYTES_FIXED + width * height * (step + features)

    def stylize(self, job: Job) -> Generator[Stage | Step, None, Clip]:
        """Yield one stage and its steps; return a clip of one frame, of the content's size.

        Raises:
            InputError: an image is too small, or the loss became NaN or infinite.
        """
        self._check_size(job)
        image, params = job.content.image, self.params
        objective = FeatureObjective(job, params)
        optimizer = job.components["optimizer"]
        inversion = FeatureInversion(self._initial_image(job), objective, optimizer)
        rounds = min(params.rounds, params.steps)
        # Number of steps at the end of each round.
        ends = [params.steps * (number + 1) // rounds for number in range(rounds)]
        if job.resume is not None:
            inversion.load(job.resume)
        stage = Stage(
            f"{max(image.width, image.height)} px",
            params.steps,
            image.width,
            image.height,
            image=job.content.origin,
            total_steps=params.steps,
            total_cost=float(params.steps),
        )

        def snapshot() -> Clip:
            return Clip((image.with_pixels(inversion.best),), job.content.origin)

        yield stage
        while inversion.steps_taken < params.steps:
            losses = inversion.step()
            if inversion.steps_taken in ends:
                inversion.evaluate()
                if not math.isfinite(float(inversion.lowest)):
                    raise InputError(
                        "The loss became NaN or infinite.",
                        "Check the network's weights (stylekit weights verify).",
                    )
                if inversion.steps_taken < params.steps:
                    inversion.start_round(inversion.best)
            yield Step(stage, inversion.steps_taken, losses, snapshot, inversion.state)
        return snapshot()

    def objective(self, job: Job) -> Callable[[Tensor], Mapping[str, Tensor]]:
        """Return the objective of an image of the content's size."""
        return FeatureObjective(job, self.params)

    def assess(self, job: Job, result: Clip) -> dict[str, float]:
        """Return how far the features of a finished image are from the style's statistics."""
        pixels = result.image.pixels[None].to(job.device)
        with torch.no_grad():
            losses = FeatureObjective(job, self.params, pixels)(pixels)
        return {name: float(loss) for name, loss in losses.items()}

    def _initial_image(self, job: Job) -> Tensor:
        """Return the image before the first step (1, 3, H, W): the content, recolored."""
        if job.warm_start is not None:
            return job.warm_start.image.pixels[None].to(job.device)
        content = job.content.image.pixels[None].to(job.device)
        if job.regions:
            return content
        recolored = (1 - self.params.strength) * content
        for style in job.styles:
            colors = style.frame.pixels.flatten(1).to(job.device)
            transformed = TRANSFORMS[self.params.transform](content[0].flatten(1), colors)
            weight = self.params.strength * style.weight
            recolored = recolored + weight * transformed.view(content.shape)
        return recolored.clamp(0, 1)

    def _check_size(self, job: Job) -> None:
        """Raise an InputError for images that are too small for the deepest layer."""
        backbone: Backbone = job.components["backbone"]
        needed = max(backbone.stride(layer) for layer in self.params.layers)
        for frame in (job.content.image, *(style.frame for style in job.styles)):
            if min(frame.width, frame.height) < needed:
                raise InputError(
                    f"The image {frame.origin} is {frame.width}x{frame.height} px at this size; "
                    f"the deepest layer needs at least {needed} px each way.",
                    "Use a larger --size or a larger image.",
                )


class FeatureInversion:
    """Optimizes an image to match target features, round after round.

    Attributes:
        best: the image (1, 3, H, W) with the lowest loss of this round so far.
        lowest: its loss.
        steps_taken: in all rounds.
    """

    def __init__(self, start: Tensor, objective: FeatureObjective, optimizer: Optimizer) -> None:
        self._objective = objective
        self._optimizer = optimizer
        self._image = start.detach().clone().contiguous().requires_grad_(True)
        self._run: OptimizationRun = optimizer.begin(self._image)
        # Image whose features were transformed to this round's targets; None: the content.
        self._source: Tensor | None = None
        self._losses: dict[str, Tensor] = {}
        self.best = start.detach().clone()
        self.lowest = torch.full((), math.inf, device=start.device)
        self.steps_taken = 0

    def start_round(self, source: Tensor) -> None:
        """Continue from an image, with new targets that are its own features, transformed."""
        self._source = source.clone()
        with torch.no_grad():
            self._image.copy_(self._source)
        self._objective.set_targets(self._source)
        self._run = self._optimizer.begin(self._image)
        # Losses against different targets are not comparable.
        self.lowest = torch.full_like(self.lowest, math.inf)

    def step(self) -> dict[str, Tensor]:
        """Take one step; return the losses, detached."""
        self._run.step(self._evaluate)
        self.steps_taken += 1
        return self._losses

    def evaluate(self) -> None:
        """Compare the current image with the best; a step only compares the image before it."""
        with torch.no_grad():
            self._evaluate()

    def state(self) -> dict[str, Any]:
        """Return the state that `load` needs for a bit-equal continuation."""
        return {
            "image": self._image.detach().clone(),
            "source": self._source,
            "best": self.best,
            "lowest": self.lowest,
            "steps_taken": self.steps_taken,
            "optimizer_run": self._run.state_dict(),
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Continue from `state()`."""
        if state["source"] is not None:
            self.start_round(state["source"])
        with torch.no_grad():
            self._image.copy_(state["image"])
        self.best, self.lowest = state["best"], state["lowest"]
        self.steps_taken = state["steps_taken"]
        self._run.load_state_dict(state["optimizer_run"])

    def _evaluate(self) -> Tensor:
        losses = self._objective(self._image)
        self._losses = {name: loss.detach() for name, loss in losses.items()}
        # Without a branch, so that a GPU need not wait for the comparison.
        better = self._losses["total"] < self.lowest
        self.best = torch.where(better, self._image.detach(), self.best)
        self.lowest = torch.where(better, self._losses["total"], self.lowest)
        return losses["total"]
