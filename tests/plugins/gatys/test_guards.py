"""Failures of an optimization: each is provoked, and the best image is kept."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from stylekit.errors import InputError
from stylekit.events import Stage, Step
from stylekit.images.frames import Clip
from stylekit_plugins.gatys.optimization import ScaleOptimization, StoppingCriteria
from stylekit_plugins.optimizers.adam import Adam, AdamParams
from stylekit_plugins.optimizers.lbfgs import LBFGS, LBFGSParams

TARGET = torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(0))


def squares(image: Tensor) -> dict[str, Tensor]:
    return {"total": (image - TARGET).square().mean()}


class Sabotaged:
    """A real L-BFGS; from a step on, its image is damaged after each step."""

    bytes_per_value = 4.0

    def __init__(self, first: int, spoil: Callable[[Tensor], Tensor]) -> None:
        self.first, self.spoil = first, spoil

    def begin(self, image: Tensor, previous: object = None) -> Any:
        inner = LBFGS(LBFGSParams()).begin(image)
        taken = 0
        spoil, first, whole_step = self.spoil, self.first, inner.step

        def step(objective: Callable[[], Tensor]) -> Tensor:
            nonlocal taken
            taken += 1
            before = image.detach().clone()
            loss = whole_step(objective)
            if taken >= first:
                with torch.no_grad():
                    image.copy_(spoil(before))
            return loss

        inner.step = step  # type: ignore[method-assign]
        return inner


def run(
    optimizer: Any,
    steps: int = 40,
    fallback: Any = None,
    criteria: StoppingCriteria | None = None,
    ema_decay: float = 0.0,
    **options: Any,
) -> tuple[Tensor, list[float]]:
    optimization = ScaleOptimization(
        torch.full((1, 3, 8, 8), 0.5),
        options.get("objective", squares),
        optimizer,
        fallback or Adam(AdamParams(lr=0.05)),
        criteria or StoppingCriteria(),
        ema_decay,
    )
    stage = Stage("8 px", steps, 8, 8)
    totals = []
    events = optimization.run(stage, 0, lambda image: Clip(()), dict)
    while True:
        try:
            event = next(events)
        except StopIteration as stop:
            return stop.value, totals
        if isinstance(event, Step):
            totals.append(float(event.losses["total"]))


def loss_of(image: Tensor) -> float:
    return float(squares(image)["total"])


FAILURES: dict[str, tuple[Callable[[Tensor], Tensor], str]] = {
    "nan": (lambda image: torch.full_like(image, math.nan), "became NaN"),
    "explosion": (lambda image: image + 1e3, "diverged"),
    "stall": (lambda image: image, "does not decrease"),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_the_fallback_continues_from_the_best_image(failure: str, warned: list[str]) -> None:
    spoil, words = FAILURES[failure]
    first = 1 if failure == "stall" else 2
    image, _ = run(Sabotaged(first, spoil), steps=80)
    assert len(warned) == 1
    assert words in warned[0]
    assert "fallback" in warned[0]
    assert "8 px" in warned[0]
    # The fallback did real work afterwards.
    assert loss_of(image) < 0.1 * loss_of(torch.full_like(image, 0.5))


@pytest.mark.parametrize("failure", FAILURES)
def test_the_second_failure_ends_the_scale_with_the_best_image(
    failure: str, warned: list[str]
) -> None:
    spoil, _ = FAILURES[failure]
    bad = Sabotaged(1 if failure == "stall" else 2, spoil)
    image, totals = run(bad, steps=400, fallback=bad)
    assert len(warned) == 2
    assert "best image so far is the result" in warned[1]
    assert len(totals) < 100
    assert image.isfinite().all()
    assert loss_of(image) <= min(total for total in totals if math.isfinite(total))


def test_a_loss_that_is_nan_from_the_start_is_an_error() -> None:
    broken = lambda image: {"total": image.sum() * math.nan}  # noqa: E731
    with pytest.raises(InputError, match="initial image is NaN or infinite"):
        run(LBFGS(LBFGSParams()), objective=broken)


def test_a_plateau_ends_the_scale(warned: list[str]) -> None:
    criteria = StoppingCriteria(min_improvement=0.01)
    _, totals = run(LBFGS(LBFGSParams()), steps=500, criteria=criteria)
    assert len(totals) < 60
    assert warned == []


def test_without_a_plateau_all_steps_are_taken() -> None:
    slow = Adam(AdamParams(lr=1e-4))
    assert len(run(slow, steps=45)[1]) == 45


def test_with_a_decay_the_result_is_the_mean_of_the_images() -> None:
    """With decay 0.5 and three steps the weights are 1/7, 2/7, 4/7."""
    images: list[Tensor] = []

    def remembered(image: Tensor) -> dict[str, Tensor]:
        images.append(image.detach().clone())
        return squares(image)

    image, _ = run(Adam(AdamParams()), steps=3, ema_decay=0.5, objective=remembered)
    # The objective sees the image before each step, and once more at the end.
    expected = (images[1] + 2 * images[2] + 4 * images[3]) / 7
    torch.testing.assert_close(image, expected)


def test_adam_carries_its_moments_to_the_next_scale() -> None:
    coarse = torch.full((1, 3, 4, 4), 0.5, requires_grad=True)
    adam = Adam(AdamParams())
    first = adam.begin(coarse)
    for _ in range(5):
        first.step(lambda: (coarse - 0.9).square().mean())
    fine = torch.nn.functional.interpolate(coarse.detach(), (8, 8)).requires_grad_(True)
    second = adam.begin(fine, first)
    state = second.state_dict()["state"][0]
    assert float(state["step"]) == 5
    moments = first.state_dict()["state"][0]
    assert state["exp_avg"].shape == fine.shape
    torch.testing.assert_close(state["exp_avg"].mean(), moments["exp_avg"].mean())
    assert float(state["exp_avg_sq"].min()) >= 0
    second.step(lambda: (fine - 0.9).square().mean())
    assert float(second.state_dict()["state"][0]["step"]) == 6
