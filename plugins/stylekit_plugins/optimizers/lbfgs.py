"""L-BFGS (Liu and Nocedal, 1989) on an image that stays in [0, 1].

Most tools let L-BFGS leave the range and clamp when they save, which loses most of its gain. Here
the image is clamped after each step, so the losses that L-BFGS sees are those of images that can be
saved. Clamping alone (as in PyTorch's tutorial) misleads L-BFGS where many values are at a bound
and their gradient still points outwards: the loss can rise. So the gradient is projected too, that
is, set to 0 for those values (Bertsekas, "Projected Newton Methods for Optimization Problems with
Simple Constraints", 1982).

There is no line search, which would need several evaluations a step. Instead a step that changes
values by more than `max_step` on average is shortened: while the curvature is unknown, L-BFGS may
otherwise overshoot so far that the image is destroyed.

An update of the history with `y . s` below `MIN_CURVATURE` is skipped. So that this limit has a
meaning, the objective is scaled by a constant, set at the first evaluation, which makes the mean
absolute gradient 1; L-BFGS itself does not depend on scale.

This is not `torch.optim.LBFGS`: that one knows neither bounds nor a longest step, and constructing
any optimizer of torch loads its compiler, which takes as long as loading torch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor

from stylekit.protocols import OptimizationRun
from stylekit_plugins.optimizers.params import LBFGSParams

MIN_CURVATURE = 1e-10
"""Least `y . s` of an update of the history."""


class Update(NamedTuple):
    """One update of the history.

    Attributes:
        s: change of the image, (N,).
        y: change of the gradient, (N,).
        rho: `1 / (y . s)`, a scalar.
    """

    s: Tensor
    y: Tensor
    rho: Tensor


class LBFGS:
    """Begins L-BFGS optimizations."""

    def __init__(self, params: LBFGSParams) -> None:
        self.params = params
        # Two vectors for each step of history; also gradients, direction and copies.
        self.bytes_per_value = 4.0 * (2 * params.history_size + 7)

    def begin(self, image: Tensor, previous: OptimizationRun | None = None) -> LBFGSRun:
        """Begin to optimize `image`, a leaf tensor in [0, 1], which is changed in place.

        `previous` is ignored: curvature at one scale says little about the next.
        """
        return LBFGSRun(image, self.params)


class LBFGSRun:
    """One optimization by L-BFGS, with one evaluation of the objective a step."""

    def __init__(self, image: Tensor, params: LBFGSParams) -> None:
        self._image = image
        self._params = params
        self._history: list[Update] = []
        # Set at the first evaluation.
        self._scale: Tensor | None = None
        # Of the latest step.
        self._gradient: Tensor | None = None
        self._change: Tensor | None = None

    def step(self, objective: Callable[[], Tensor]) -> Tensor:
        """Take one step; return the loss before it."""
        self._image.grad = None
        loss = objective()
        loss.backward()  # type: ignore[no-untyped-call]
        with torch.no_grad():
            gradient = self._projected_gradient()
            is_first = self._gradient is None
            self._update_history(gradient)
            direction = self._direction(gradient)
            # The first one goes against the gradient, whose values are about 1.
            length = self._params.first_step if is_first else self._params.lr
            if is_first:
                length *= direction.numel() / max(float(direction.abs().sum()), 1.0)
            change = direction.mul_(length)
            # No branch, so that a GPU need not wait.
            change *= (self._params.max_step / change.abs().mean()).clamp(max=1)
            self._image += change.view_as(self._image)
            self._image.clamp_(0, 1)
        self._gradient, self._change = gradient, change
        return loss.detach()

    def _projected_gradient(self) -> Tensor:
        """Return the scaled gradient, (N,), without values that point out of [0, 1]."""
        gradient, image = self._image.grad, self._image
        assert gradient is not None
        if self._scale is None:
            size = gradient.abs().mean()
            self._scale = torch.where(size > 0, 1 / size, torch.ones_like(size))
        gradient = gradient * self._scale
        outwards = ((image <= 0) & (gradient > 0)) | ((image >= 1) & (gradient < 0))
        return gradient.masked_fill_(outwards, 0).flatten()

    def _update_history(self, gradient: Tensor) -> None:
        """Add what the latest step shows of the curvature."""
        if self._gradient is None or self._change is None:
            return
        y = gradient - self._gradient
        curvature = y.dot(self._change)
        if curvature > MIN_CURVATURE:
            self._history.append(Update(self._change, y, 1 / curvature))
            del self._history[: -self._params.history_size]

    def _direction(self, gradient: Tensor) -> Tensor:
        """Return a new tensor with the direction of the step (Nocedal 1980, the two loops)."""
        direction = gradient.neg()
        factors = []
        for update in reversed(self._history):
            factors.append(update.s.dot(direction) * update.rho)
            direction.addcmul_(update.y, factors[-1], value=-1)
        if self._history:
            newest = self._history[-1]
            direction *= 1 / (newest.rho * newest.y.dot(newest.y))
        for update in self._history:
            factor = factors.pop() - update.y.dot(direction) * update.rho
            direction.addcmul_(update.s, factor)
        return direction

    def state_dict(self) -> dict[str, Any]:
        """Return the history of curvature, the latest step, and the scale of the objective."""
        return {
            "history": [tuple(update) for update in self._history],
            "gradient": self._gradient,
            "change": self._change,
            "scale": self._scale,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from `state_dict()`."""
        self._history = [Update(*update) for update in state["history"]]
        self._gradient, self._change = state["gradient"], state["change"]
        self._scale = state["scale"]
