"""Gradient run with momentum, by steps of one length, on an image in [0, 1].

Losses have any scale, so only the direction of the gradient counts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from stylekit import resize
from stylekit.protocols import OptimizationRun
from torch import Tensor

from stylekit_charcoal.params import CharcoalParams


class CharcoalOptimizer:
    """Begins optimizations."""

    # The velocity, the gradient, and a temporary: float32.
    bytes_per_value = 4.0 * 3

    def __init__(self, params: CharcoalParams) -> None:
        self.params = params

    def begin(self, image: Tensor, previous: OptimizationRun | None = None) -> CharcoalRun:
        """Begin to optimize `image`, with the velocity of the previous scale if there is one."""
        run = CharcoalRun(image, self.params)
        if isinstance(previous, CharcoalRun):
            height, width = image.shape[-2:]
            run.velocity = resize(previous.velocity, width, height)
        return run


class CharcoalRun:
    """One optimization with its velocity."""

    def __init__(self, image: Tensor, params: CharcoalParams) -> None:
        self._image = image
        self._params = params
        self.velocity = torch.zeros_like(image)

    def step(self, objective: Callable[[], Tensor]) -> Tensor:
        """Take one step; return the loss before it."""
        loss = objective()
        (gradient,) = torch.autograd.grad(loss, self._image)
        with torch.no_grad():
            # A zero gradient must not become 0 / 0.
            direction = gradient / (gradient.abs().mean() + 1e-20)
            self.velocity.lerp_(direction, 1 - self._params.momentum)
            self._image.sub_(self._params.step * self.velocity).clamp_(0, 1)
        return loss.detach()

    def state_dict(self) -> dict[str, Any]:
        """Return all that is needed to resume bit for bit."""
        return {"velocity": self.velocity.clone()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Resume from `state_dict()`."""
        self.velocity = state["velocity"].clone()
