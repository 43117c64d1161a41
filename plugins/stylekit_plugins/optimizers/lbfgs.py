"""L-BFGS (Liu and Nocedal, 1989) on a picture that stays in [0, 1].

Most tools let L-BFGS leave the range and clamp when they save, which throws away most of what it
gained. Here the picture is clamped after each step, so the losses that L-BFGS sees are those of
pictures that can be saved. Clamping alone (PyTorch's tutorial does that) misleads L-BFGS where many
values rest on a bound and their gradient still points outwards: it then can climb. So the gradient
is projected too, that is, set to 0 for those values (Bertsekas, "Projected Newton Methods for
Optimization Problems with Simple Constraints", 1982).

There is no line search, which would take several evaluations a step. Instead a step is shortened
that changes values by more than `max_step` on average: where the curvature is not known yet, L-BFGS
may else go so far that nothing of the picture is left.

torch's L-BFGS assumes losses of a certain size: it stops on small gradients, and skips an update of
its memory when `y . s < 1e-10`. The objective is therefore scaled by a constant, set at the first
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
        # Two vectors for each step of history; gradients, direction and copies besides.
        self.bytes_per_value = 4.0 * (2 * params.history_size + 7)

    def begin(self, image: Tensor, previous: OptimizationRun | None = None) -> LBFGSRun:
        """Begin to optimize `image`; see `stylekit.protocols.Optimizer`.

        Nothing is taken from `previous`: curvature at one scale says little of the next.
        """
        return LBFGSRun(image, self.params)


class LBFGSRun:
    """L-BFGS under way: one evaluation of the objective a step."""

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
        """Take back what a step went too far, and let L-BFGS know."""
        change = self._image - before
        part = (self._max_step / change.abs().mean()).clamp(max=1)
        shorter = torch.addcmul(before, change, part)
        # Exactly what it was where nothing is taken back, without making a GPU wait.
        self._image.copy_(torch.where(part < 1, shorter, self._image))
        # By it torch reckons, in its next step, how far it went along its direction.
        memory = self._lbfgs.state[self._image]
        memory["t"] = memory["t"] * part

    def state_dict(self) -> dict[str, Any]:
        """Return the curvature memory and the scale of the objective."""
        return {"lbfgs": self._lbfgs.state_dict(), "scale": self._scale}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from `state_dict()`."""
        self._scale = state["scale"]
        self._lbfgs.load_state_dict(state["lbfgs"])
