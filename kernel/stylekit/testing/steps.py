"""What the steps of a run and of a training have in common."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from torch import Tensor

from stylekit.events import Stage, Step


def check_stages(events: Iterable[object]) -> None:
    """Check that a stage came before its first step, and that each step names it."""
    stage: Stage | None = None
    for event in events:
        if isinstance(event, Stage):
            stage = event
        elif isinstance(event, Step):
            assert stage is not None, "The first step came before any Stage: yield that first."
            assert event.stage == stage, (
                f"A step is of the stage '{event.stage.name}', while the latest stage was "
                f"'{stage.name}'."
            )


def check_counted(steps: Sequence[Step]) -> None:
    """Check that steps are counted from 1 over all stages."""
    indices = [step.index for step in steps]
    assert indices == list(range(1, len(indices) + 1)), (
        f"`index` of the steps is {indices}: count from 1 over all stages."
    )


def check_losses(steps: Iterable[Step]) -> None:
    """Check that the losses of each step are finite detached scalars, `total` among them."""
    for step in steps:
        assert "total" in step.losses, f"The losses {sorted(step.losses)} lack 'total'."
        for name, loss in step.losses.items():
            assert isinstance(loss, Tensor), f"The loss '{name}' is not a tensor: {loss!r}."
            assert loss.shape == (), f"The loss '{name}' has shape {tuple(loss.shape)}."
            assert not loss.requires_grad, (
                f"The loss '{name}' of a step keeps its graph: .detach() it."
            )
            assert bool(loss.isfinite()), f"The loss '{name}' is {float(loss)}."
