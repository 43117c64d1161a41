"""Optimize one scale: take steps, keep the best image, recover from failures, save the state."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from stylekit.errors import InputError
from stylekit.events import Stage, Step
from stylekit.images.frames import Clip
from stylekit.protocols import OptimizationRun, Optimizer
from stylekit_plugins.gatys.objective import Objective

_log = logging.getLogger(f"stylekit.{__name__}")

CHECK_EVERY = 5
"""Steps between two checks of the loss; each check makes a GPU wait."""

EXPLOSION = 100.0
"""The optimization diverges when the loss is this many times the lowest."""

STALL = 0.01
"""A scale that has gained less than this fraction of its first loss is stuck, not finished."""

PATIENCE = 4
"""Checks without a lower loss before a scale counts as stuck or finished."""


@dataclass(frozen=True)
class StoppingCriteria:
    """When a scale ends early, and when its optimizer has failed.

    Both methods take the lowest loss at each check so far, the latest last.

    Attributes:
        min_improvement: a scale ends when ten steps lower its loss by less than this fraction;
            0: never.
    """

    min_improvement: float = 0.0

    def failure(self, total: float, lowest: Sequence[float]) -> str | None:
        """Return how the optimization failed, as a predicate of "the loss", or None."""
        if not math.isfinite(total):
            return "became NaN or infinite"
        if total > EXPLOSION * max(lowest[-1], 1e-12):
            return "diverged"
        if _is_stuck(lowest) and lowest[-1] > (1 - STALL) * lowest[0]:
            return "does not decrease"
        return None

    def is_finished(self, lowest: Sequence[float]) -> bool:
        """Return whether further steps would gain too little."""
        return _is_stuck(lowest) or (
            self.min_improvement > 0
            and len(lowest) > 2
            and lowest[-1] > (1 - self.min_improvement) * lowest[-3]
        )


def _is_stuck(lowest: Sequence[float]) -> bool:
    return len(lowest) > PATIENCE and lowest[-1] >= lowest[-1 - PATIENCE]


class ScaleOptimization:
    """The optimization of an image at one scale.

    Args:
        start: initial image (1, 3, H, W) in [0, 1].
        fallback: replaces the optimizer if it fails.
        ema_decay: decay of the running mean of the images, which is then the result; 0: the image
            with the lowest loss is the result.
        previous: the optimizer's run at the scale before, if its objective was the same.
    """

    def __init__(
        self,
        start: Tensor,
        objective: Objective,
        optimizer: Optimizer,
        fallback: Optimizer,
        criteria: StoppingCriteria,
        ema_decay: float,
        previous: OptimizationRun | None = None,
    ) -> None:
        self._objective = objective
        self._fallback = fallback
        self._criteria = criteria
        self._ema_decay = ema_decay
        self._image = start.detach().clone().contiguous().requires_grad_(True)
        self._best = start.detach().clone()
        self._lowest = torch.full((), math.inf, device=start.device)
        self._loss_history: list[float] = []
        self._average = torch.zeros_like(self._best)
        self._steps_taken = 0
        self._using_fallback = False
        self._losses: dict[str, Tensor] = {}
        self.optimizer_run = optimizer.begin(self._image, previous)

    def run(
        self,
        stage: Stage,
        steps_before: int,
        finish: Callable[[Tensor], Clip],
        state: Callable[[], dict[str, Any]],
    ) -> Generator[Stage | Step, None, Tensor]:
        """Yield the remaining steps of the stage; return the image.

        Args:
            steps_before: steps of all earlier stages.
            finish: makes a result of an image of this scale.
            state: returns the state of the whole method.

        Raises:
            InputError: the loss is NaN or infinite from the start.
        """
        while self._steps_taken < stage.steps and not self._is_over(stage):
            self.optimizer_run.step(self._evaluate)
            self._steps_taken += 1
            if self._ema_decay:
                self._average.lerp_(self._image.detach(), 1 - self._ema_decay)
            index = steps_before + self._steps_taken
            yield Step(stage, index, self._losses, lambda: finish(self.result()), state)
        with torch.no_grad():
            self._keep_best(self._objective(self._image)["total"])
        return self.result()

    @property
    def steps_taken(self) -> int:
        """Steps taken so far at this scale."""
        return self._steps_taken

    def result(self) -> Tensor:
        """Return the best image so far, or the mean of the images, (1, 3, H, W) in [0, 1]."""
        if self._ema_decay and self._steps_taken:
            return (self._average / (1 - self._ema_decay**self._steps_taken)).clamp(0, 1)
        return self._best

    def state(self) -> dict[str, Any]:
        """Return the state that `load` needs for a bit-equal continuation; needs one step taken."""
        return {
            "image": self._image.detach().clone(),
            "best": self._best,
            "lowest": self._lowest,
            "loss_history": list(self._loss_history),
            "average": self._average,
            "steps_taken": self._steps_taken,
            "using_fallback": self._using_fallback,
            "total": self._losses["total"],
            "optimizer_run": self.optimizer_run.state_dict(),
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Continue from `state()`."""
        if state["using_fallback"]:
            self._start_fallback()
        with torch.no_grad():
            self._image.copy_(state["image"])
        self._best, self._lowest = state["best"], state["lowest"]
        self._loss_history, self._average = list(state["loss_history"]), state["average"]
        self._steps_taken, self._losses = state["steps_taken"], {"total": state["total"]}
        self.optimizer_run.load_state_dict(state["optimizer_run"])

    def _evaluate(self) -> Tensor:
        losses = self._objective(self._image)
        self._losses = {name: loss.detach() for name, loss in losses.items()}
        self._keep_best(self._losses["total"])
        return losses["total"]

    def _keep_best(self, total: Tensor) -> None:
        # Without a branch, so that a GPU need not wait for the comparison.
        better = total < self._lowest
        self._best = torch.where(better, self._image.detach(), self._best)
        self._lowest = torch.where(better, total, self._lowest)

    def _is_over(self, stage: Stage) -> bool:
        """Check the loss every few steps; recover from a failure, or end the scale."""
        if not self._check_is_due():
            return False
        total, lowest = float(self._losses["total"]), float(self._lowest)
        if not math.isfinite(lowest):
            raise InputError(
                "The loss of the initial image is NaN or infinite.",
                "Check the network's weights (stylekit weights verify) and the weights of the "
                "losses.",
            )
        self._loss_history.append(lowest)
        failure = self._criteria.failure(total, self._loss_history)
        if failure is not None:
            return not self._recover(stage, failure)
        return self._criteria.is_finished(self._loss_history)

    def _check_is_due(self) -> bool:
        # After `load` the check at this very step may be in the history already.
        checks = len(self._loss_history)
        on_schedule = self._steps_taken > 0 and self._steps_taken % CHECK_EVERY == 0
        return on_schedule and checks * CHECK_EVERY < self._steps_taken

    def _recover(self, stage: Stage, failure: str) -> bool:
        """Continue from the best image with the fallback; return False at the second failure."""
        if self._using_fallback:
            _log.warning(f"{stage.name}: the loss {failure}; the best image so far is the result.")
            return False
        _log.warning(
            f"{stage.name}: the loss {failure}; continuing from the best image with the fallback "
            "optimizer."
        )
        with torch.no_grad():
            self._image.copy_(self._best)
        self._start_fallback()
        # As many entries as before: their number decides when the next check is due.
        self._loss_history = self._loss_history[-1:] * len(self._loss_history)
        return True

    def _start_fallback(self) -> None:
        self._using_fallback = True
        self.optimizer_run = self._fallback.begin(self._image)
