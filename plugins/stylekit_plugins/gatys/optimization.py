"""One scale of the optimization: steps, the best picture, guards, and a state to continue from."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from stylekit.errors import InputError
from stylekit.events import Stage, Step
from stylekit.images.frames import Clip
from stylekit.protocols import OptimizationRun, Optimizer
from stylekit_plugins.gatys.objective import Objective

CHECK_EVERY = 5
"""Steps between two looks at the loss; each look makes a GPU wait."""

EXPLOSION = 100.0
"""The loss has exploded when it is this many times the lowest."""

STALL = 0.01
"""A scale that has not even gained this fraction of its first loss is stuck, not finished."""

PATIENCE = 4
"""Looks without a lower loss before a scale counts as stuck or finished."""


@dataclass(frozen=True)
class Rules:
    """When a scale ends early, and what it returns.

    Attributes:
        plateau: it ends when ten steps gain less than this fraction; 0: never.
        averaging: decay of a running mean of the pictures, which is then the result; 0: the picture
            with the lowest loss is.
    """

    plateau: float = 0.0
    averaging: float = 0.0


class Descent:
    """The optimization of one scale.

    Args:
        start: first picture (1, 3, H, W) in [0, 1].
        fallback: takes over if the optimizer fails.
        warn: tells the user of it.
        previous: the optimization of the scale before, if there was one.
    """

    def __init__(
        self,
        start: Tensor,
        objective: Objective,
        optimizer: Optimizer,
        fallback: Optimizer,
        rules: Rules,
        warn: Callable[[str], None],
        previous: OptimizationRun | None = None,
    ) -> None:
        self._objective = objective
        self._fallback = fallback
        self._rules = rules
        self._warn = warn
        self._image = start.detach().clone().contiguous().requires_grad_(True)
        self._best = start.detach().clone()
        self._lowest = torch.full((), math.inf, device=start.device)
        self._lows: list[float] = []
        self._average = torch.zeros_like(self._best)
        self._taken = 0
        self._fallen = False
        self._losses: dict[str, Tensor] = {}
        self.minimization = optimizer.begin(self._image, previous)

    def state(self) -> dict[str, Any]:
        """Return all that is needed to continue bit-equal."""
        return {
            "image": self._image.detach().clone(),
            "best": self._best,
            "lowest": self._lowest,
            "lows": list(self._lows),
            "average": self._average,
            "taken": self._taken,
            "fallen": self._fallen,
            "total": self._losses["total"],
            "minimization": self.minimization.state_dict(),
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Continue from `state()`."""
        if state["fallen"]:
            self._fall_back()
        with torch.no_grad():
            self._image.copy_(state["image"])
        self._best, self._lowest = state["best"], state["lowest"]
        self._lows, self._average = list(state["lows"]), state["average"]
        self._taken, self._losses = state["taken"], {"total": state["total"]}
        self.minimization.load_state_dict(state["minimization"])

    def run(
        self,
        stage: Stage,
        first: int,
        finish: Callable[[Tensor], Clip],
        state: Callable[[], dict[str, Any]],
    ) -> Generator[Stage | Step, None, Tensor]:
        """Yield the steps that are left; return the picture.

        Args:
            first: steps done before this stage.
            finish: makes a result of a picture of this scale.
            state: returns the state of the whole method.

        Raises:
            InputError: the loss is not finite from the start.
        """
        while self._taken < stage.steps and not self._is_over(stage):
            self.minimization.step(self._evaluate)
            self._taken += 1
            if self._rules.averaging:
                self._average.lerp_(self._image.detach(), 1 - self._rules.averaging)
            yield Step(
                stage, first + self._taken, self._losses, lambda: finish(self.result()), state
            )
        with torch.no_grad():
            self._remember(self._objective(self._image)["total"])
        return self.result()

    @property
    def taken(self) -> int:
        """Steps taken so far."""
        return self._taken

    def result(self) -> Tensor:
        """Return the best picture so far, or the mean of the pictures, (1, 3, H, W) in [0, 1]."""
        decay = self._rules.averaging
        if decay and self._taken:
            return (self._average / (1 - decay**self._taken)).clamp(0, 1)
        return self._best

    def _evaluate(self) -> Tensor:
        losses = self._objective(self._image)
        self._losses = {name: loss.detach() for name, loss in losses.items()}
        self._remember(self._losses["total"])
        return losses["total"]

    def _remember(self, total: Tensor) -> None:
        # Without a branch, so that a GPU need not wait for the comparison.
        better = total < self._lowest
        self._best = torch.where(better, self._image.detach(), self._best)
        self._lowest = torch.where(better, total, self._lowest)

    def _is_over(self, stage: Stage) -> bool:
        """Look at the loss now and then: mend what went wrong, end what gains nothing more."""
        if (
            self._taken % CHECK_EVERY
            or not self._taken
            or len(self._lows) * CHECK_EVERY >= self._taken
        ):
            return False
        total, lowest = float(self._losses["total"]), float(self._lowest)
        if not math.isfinite(lowest):
            raise InputError(
                "The loss of the first picture is not a finite number.",
                "Check the weights (stylekit weights verify) and the weights of the losses.",
            )
        self._lows.append(lowest)
        stuck = len(self._lows) > PATIENCE and lowest >= self._lows[-1 - PATIENCE]
        if not math.isfinite(total):
            return self._mend(stage, "is no number any more")
        if total > EXPLOSION * max(lowest, 1e-12):
            return self._mend(stage, "has exploded")
        if stuck and lowest > (1 - STALL) * self._lows[0]:
            return self._mend(stage, "does not fall")
        plateau = self._rules.plateau
        return stuck or (
            len(self._lows) > 2 and lowest > (1 - plateau) * self._lows[-3] and plateau > 0
        )

    def _mend(self, stage: Stage, trouble: str) -> bool:
        """Go on from the best picture with the fallback, once; the second time, end the scale."""
        if self._fallen:
            self._warn(f"{stage.name}: the loss {trouble}; the best picture is kept.")
            return True
        self._warn(
            f"{stage.name}: the loss {trouble}; going on from the best picture with the fallback "
            "optimizer."
        )
        with torch.no_grad():
            self._image.copy_(self._best)
        self._fall_back()
        self._lows = self._lows[-1:] * len(self._lows)
        return False

    def _fall_back(self) -> None:
        self._fallen = True
        self.minimization = self._fallback.begin(self._image)
