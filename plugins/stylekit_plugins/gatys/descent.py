"""One scale of the optimisation, step by step, remembering the best picture."""

from __future__ import annotations

from collections.abc import Callable, Generator

import torch
from torch import Tensor

from stylekit.events import Stage, Step
from stylekit.frames import Clip
from stylekit.protocols import Optimizer
from stylekit_plugins.gatys.objective import Objective


def descend(
    start: Tensor,
    objective: Objective,
    optimizer: Optimizer,
    stage: Stage,
    first: int,
    finish: Callable[[Tensor], Clip],
) -> Generator[Stage | Step, None, Tensor]:
    """Yield the stage and its steps; return the picture with the lowest loss.

    Args:
        start: first picture (1, 3, H, W) in [0, 1].
        first: steps done before this stage.
        finish: makes a result of a picture of this scale.
    """
    yield stage
    image = start.detach().clone().contiguous().requires_grad_(True)
    minimisation = optimizer.start(image)
    losses: dict[str, Tensor] = {}
    best = image.detach().clone()
    lowest = torch.full((), torch.inf, device=image.device)

    def remember(total: Tensor) -> None:
        # Without a branch, so that a GPU need not wait for the comparison.
        nonlocal best, lowest
        better = total < lowest
        best = torch.where(better, image.detach(), best)
        lowest = torch.where(better, total, lowest)

    def evaluate() -> Tensor:
        nonlocal losses
        losses = objective(image)
        remember(losses["total"].detach())
        return losses["total"]

    for index in range(1, stage.steps + 1):
        minimisation.step(evaluate)
        detached = {name: loss.detach() for name, loss in losses.items()}
        yield Step(stage, first + index, detached, lambda: finish(best))
    with torch.no_grad():
        remember(objective(image)["total"])
    return best
