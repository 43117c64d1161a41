"""The method: features in closed form, then the picture that has them.

Y. Li et al. (NIPS 2017) and X. Huang and S. Belongie (ICCV 2017) change features of the content to
statistics of the style, and let a trained decoder paint the picture. Here the picture is found
by optimization, as in A. Mahendran and A. Vedaldi, "Understanding Deep Image Representations by
Inverting Them" (CVPR 2015): no decoder needs to be trained, any backbone serves, and all layers are
decoded at once. Where Li et al. go from the deepest layer to the first, each with the picture of
the one before, all layers here are changed anew in each round, from the picture that the round
before found. Since the targets are fixed at every position, a few steps a round are enough. The
first picture is the content with its colors changed in the same way.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Mapping
from typing import Any

import torch
from torch import Tensor

from stylekit.errors import InputError, UsageError
from stylekit.events import Stage, Step
from stylekit.images.frames import Clip
from stylekit.methods.base import Job, Method
from stylekit.protocols import Backbone, OptimizationRun, Optimizer
from stylekit.specs import BackboneSpec, ComponentSpec, Slot
from stylekit.text import did_you_mean
from stylekit_wct.objective import Objective
from stylekit_wct.params import WctParams
from stylekit_wct.transforms import TRANSFORMS

CHANNELS_PER_STRIDE = 64
"""Channels of a layer over its stride, as in VGG: 64 at stride 1, 512 at stride 8."""

BYTES_FIXED = 256 * 2.0**20
"""What transforms and libraries take at any size.

Peaks with VGG-16 above what is loaded, measured on a CPU in processes of their own: 1098 MB for a
result of 512x512, 2241 MB for 768x768.
"""

_FLOAT = 4


class Wct(Method):
    """Finds the picture of changed features."""

    def __init__(self, params: WctParams) -> None:
        self.params = params

    def check(self, specs: Mapping[Slot, ComponentSpec]) -> None:
        """Refuse layers that the backbone does not have."""
        backbone = specs["backbone"]
        assert isinstance(backbone, BackboneSpec)
        for layer in self.params.layers:
            if layer not in backbone.layers:
                raise UsageError(
                    f"wct.layers: backbone '{backbone.name}' has no layer '{layer}'.",
                    did_you_mean(layer, backbone.layers),
                )

    def bytes_needed(self, components: Mapping[Slot, Any], width: int, height: int) -> float:
        """Return the memory of a step; measuring the style before it takes less."""
        backbone: Backbone = components["backbone"]
        optimizer: Optimizer = components["optimizer"]
        # Three of each: the content's features, the targets, and one that is being made.
        kept = sum(
            3 * _FLOAT * CHANNELS_PER_STRIDE / backbone.stride(x) for x in self.params.layers
        )
        step = backbone.bytes_per_pixel(self.params.layers) + 3 * optimizer.bytes_per_value
        return BYTES_FIXED + width * height * (step + kept)

    def stylize(self, job: Job) -> Generator[Stage | Step, None, Clip]:
        """Yield one stage and its steps; return a clip of one frame, of the content's size.

        Raises:
            InputError: a picture is too small, or the loss is no number.
        """
        self._check_size(job)
        image, params = job.content.image, self.params
        objective = Objective(job, params)
        search = _Search(self._first(job), objective, job.components["optimizer"])
        rounds = min(params.rounds, params.steps)
        # Steps after which each round is over.
        ends = [params.steps * (number + 1) // rounds for number in range(rounds)]
        if job.resume is not None:
            search.load(job.resume)
        stage = Stage(
            f"{max(image.width, image.height)} px",
            params.steps,
            image.width,
            image.height,
            image=job.content.origin,
            total_steps=params.steps,
            total_cost=float(params.steps),
        )

        def finished() -> Clip:
            return Clip((image.with_pixels(search.best),), job.content.origin)

        yield stage
        while search.taken < params.steps:
            losses = search.step()
            if search.taken in ends:
                search.look()
                if not math.isfinite(float(search.lowest)):
                    raise InputError(
                        "The loss is no finite number.",
                        "Check the weights (stylekit weights verify).",
                    )
                if search.taken < params.steps:
                    search.begin_round()
            yield Step(stage, search.taken, losses, finished, search.state)
        return finished()

    def objective(self, job: Job) -> Callable[[Tensor], Mapping[str, Tensor]]:
        """Return the objective of a picture of the content's size."""
        return Objective(job, self.params)

    def assess(self, job: Job, result: Clip) -> dict[str, float]:
        """Return how far a finished picture's features are from having the style's statistics."""
        pixels = result.image.pixels[None].to(job.device)
        with torch.no_grad():
            losses = Objective(job, self.params, pixels)(pixels)
        return {name: float(loss) for name, loss in losses.items()}

    def _first(self, job: Job) -> Tensor:
        """Return the first picture (1, 3, H, W): the content with its colors changed."""
        if job.warm_start is not None:
            return job.warm_start.image.pixels[None].to(job.device)
        content = job.content.image.pixels[None].to(job.device)
        if job.regions:
            return content
        recolored = (1 - self.params.strength) * content
        for style in job.styles:
            colors = style.frame.pixels.flatten(1).to(job.device)
            changed = TRANSFORMS[self.params.transform](content[0].flatten(1), colors)
            share = self.params.strength * style.weight
            recolored = recolored + share * changed.view(content.shape)
        return recolored.clamp(0, 1)

    def _check_size(self, job: Job) -> None:
        """Refuse pictures that are too small for the deepest layer."""
        backbone: Backbone = job.components["backbone"]
        needed = max(backbone.stride(layer) for layer in self.params.layers)
        for frame in (job.content.image, *(style.frame for style in job.styles)):
            if min(frame.width, frame.height) < needed:
                raise InputError(
                    f"The picture {frame.origin} is {frame.width}x{frame.height} px here; its "
                    f"deepest layer needs at least {needed} px each way.",
                    "Use a larger --size or another picture.",
                )


class _Search:
    """The optimization of a round, and its best picture so far."""

    def __init__(self, first: Tensor, objective: Objective, optimizer: Optimizer) -> None:
        self._objective = objective
        self._optimizer = optimizer
        self._image = first.detach().clone().contiguous().requires_grad_(True)
        self._minimization: OptimizationRun = optimizer.begin(self._image)
        # What the round's targets were made of; None: the content.
        self._begun: Tensor | None = None
        self._losses: dict[str, Tensor] = {}
        self.best = first.detach().clone()
        self.lowest = torch.full((), math.inf, device=first.device)
        self.taken = 0

    def begin_round(self, begun: Tensor | None = None) -> None:
        """Go on from a picture with new targets, made of its own features; None: the best."""
        self._begun = (self.best if begun is None else begun).clone()
        with torch.no_grad():
            self._image.copy_(self._begun)
        self._objective.begin(self._begun)
        self._minimization = self._optimizer.begin(self._image)
        # Losses of different targets do not compare.
        self.lowest = torch.full_like(self.lowest, math.inf)

    def step(self) -> dict[str, Tensor]:
        """Take one step; return the losses, detached."""
        self._minimization.step(self._evaluate)
        self.taken += 1
        return self._losses

    def look(self) -> None:
        """Compare the picture as it is now with the best."""
        with torch.no_grad():
            self._evaluate()

    def state(self) -> dict[str, Any]:
        """Return all that is needed to continue bit-equal."""
        return {
            "image": self._image.detach().clone(),
            "begun": self._begun,
            "best": self.best,
            "lowest": self.lowest,
            "taken": self.taken,
            "minimization": self._minimization.state_dict(),
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Continue from `state()`."""
        if state["begun"] is not None:
            self.begin_round(state["begun"])
        with torch.no_grad():
            self._image.copy_(state["image"])
        self.best, self.lowest, self.taken = state["best"], state["lowest"], state["taken"]
        self._minimization.load_state_dict(state["minimization"])

    def _evaluate(self) -> Tensor:
        losses = self._objective(self._image)
        self._losses = {name: loss.detach() for name, loss in losses.items()}
        # Without a branch, so that a GPU need not wait for the comparison.
        better = self._losses["total"] < self.lowest
        self.best = torch.where(better, self._image.detach(), self.best)
        self.lowest = torch.where(better, self._losses["total"], self.lowest)
        return losses["total"]
