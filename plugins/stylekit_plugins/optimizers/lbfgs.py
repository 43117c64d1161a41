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

torch's L-BFGS assumes losses of a certain size: it stops on small gradients, and skips an update of
its history when `y . s < 1e-10`. The objective is therefore scaled by a constant, set at the first
evaluation, which makes the mean absolute gradient 1; L-BFGS itself does not depend on scale.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from stylekit.protocols import OptimizationRun
from stylekit_plugins.optimizers.params import LBFGSParams


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
        self._lr = params.lr
        # torch limits the first step to a total change of 1 over all values; this undoes that.
        self._first_lr = params.first_step * image.numel()
        self._max_step = params.max_step
        self._scale: Tensor | None = None
        self._lbfgs = torch.optim.LBFGS(
            [image],
            lr=params.lr,
            max_iter=1,
            history_size=params.history_size,
            tolerance_grad=-1,
            tolerance_change=-1,
        )

    def step(self, objective: Callable[[], Tensor]) -> Tensor:
        """Take one step; return the loss before it."""
        first = self._scale is None
        losses: list[Tensor] = []

        def closure() -> Tensor:
            self._lbfgs.zero_grad(set_to_none=True)
            loss = objective()
            losses.append(loss.detach())
            loss.backward()  # type: ignore[no-untyped-call]
            gradient = self._image.grad
            assert gradient is not None
            if self._scale is None:
                size = gradient.abs().mean()
                self._scale = torch.where(size > 0, 1 / size, torch.ones_like(size))
            gradient.mul_(self._scale)
            image = self._image.detach()
            outwards = ((image <= 0) & (gradient > 0)) | ((image >= 1) & (gradient < 0))
            gradient.masked_fill_(outwards, 0)
            return loss.detach() * self._scale

        group = self._lbfgs.param_groups[0]
        group["lr"] = self._first_lr if first else self._lr
        before = self._image.detach().clone()
        self._lbfgs.step(closure)  # type: ignore[no-untyped-call]
        with torch.no_grad():
            self._shorten(before)
            self._image.clamp_(0, 1)
        return losses[0]

    def _shorten(self, before: Tensor) -> None:
        """Shorten a step that went too far, and correct the step length that L-BFGS recorded."""
        change = self._image - before
        fraction = (self._max_step / change.abs().mean()).clamp(max=1)
        shorter = torch.addcmul(before, change, fraction)
        # A step that is not shortened stays bit-equal; no branch, so that a GPU need not wait.
        self._image.copy_(torch.where(fraction < 1, shorter, self._image))
        # torch computes the next update of its history from this step length.
        state = self._lbfgs.state[self._image]
        state["t"] = state["t"] * fraction

    def state_dict(self) -> dict[str, Any]:
        """Return the curvature history and the scale of the objective."""
        return {"lbfgs": self._lbfgs.state_dict(), "scale": self._scale}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from `state_dict()`."""
        self._scale = state["scale"]
        self._lbfgs.load_state_dict(state["lbfgs"])
