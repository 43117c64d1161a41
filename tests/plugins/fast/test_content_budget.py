"""The weight of the painting in a training of `fast`, which follows the content error."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import torch

from stylekit import Frame, Host
from stylekit.methods.training import Epoch, TrainingJob
from stylekit_plugins.fast.content_budget import LARGEST_CHANGE, RANGE, ContentBudget
from stylekit_plugins.fast.style_objective import StyleObjective
from stylekit_plugins.fast.training_params import FastTrainingParams
from stylekit_plugins.training.loop import TrainingRun
from stylekit_plugins.training.plan import make_training_plan


def test_the_weight_rises_with_content_to_spare_and_falls_without() -> None:
    budget = ContentBudget(2.0)
    budget.update(2.0 / 1.1)
    assert budget.weight == pytest.approx(1.1**2)
    budget.update(2.0)
    assert budget.weight == pytest.approx(1.1**2)
    budget.update(2.2)
    assert budget.weight == pytest.approx(1.0)


@pytest.mark.parametrize(("content", "change"), [(1e-9, LARGEST_CHANGE), (1e9, 1 / LARGEST_CHANGE)])
def test_the_weight_changes_in_small_steps_and_has_limits(content: float, change: float) -> None:
    budget = ContentBudget(1.0)
    budget.update(content)
    assert budget.weight == pytest.approx(change)
    for _ in range(50):
        budget.update(content)
    assert budget.weight in RANGE


def test_where_content_ends_is_reached_whatever_painting_costs() -> None:
    """A network whose content error grows slowly with the weight, from too little or too much."""
    for first in (0.5, 2.0):
        budget, content = ContentBudget(1.0), first
        for _ in range(40):
            content += 0.5 * (first * budget.weight**0.3 - content)
            budget.update(content)
        assert content == pytest.approx(1.0, rel=0.02)


def test_without_a_budget_the_weight_stays_and_the_total_counts() -> None:
    budget = ContentBudget(0.0)
    budget.update(5.0)
    assert budget.weight == 1
    assert budget.score({"total": 3.0, "content": 9.0}, painting=1.0) == 3


def test_networks_are_compared_by_the_painting_if_their_content_is_allowed() -> None:
    budget = ContentBudget(2.0)
    near = budget.score({"total": 9.0, "content": 2.0}, painting=1.0)
    assert near == budget.score({"total": 7.0, "content": 1.0}, painting=1.0)
    assert near > budget.score({"total": 9.0, "content": 2.0}, painting=0.9)
    assert near < budget.score({"total": 9.0, "content": 2.2}, painting=0.9)


def test_it_resumes() -> None:
    budget, resumed = ContentBudget(2.0), ContentBudget(0.0)
    budget.update(1.7)
    resumed.restore(budget.state())
    budget.update(2.2)
    resumed.update(2.2)
    assert resumed.state() == budget.state()


@dataclass(frozen=True)
class Inspected:
    """A trainer that takes no step, and looks at its objectives."""

    params: FastTrainingParams

    def train(self, job: TrainingJob) -> Iterator[Epoch]:
        budget = ContentBudget()
        style = StyleObjective(job, self.params, budget)
        generator = torch.Generator().manual_seed(1)
        photograph, image = torch.rand(2, 3, 64, 64, generator=generator)
        for strength, factor in ((1.0, 1.0), (1.5, 1.5**4)):
            budget.weight = 1.0
            objective = style.of(Frame(photograph), strength)
            losses = {name: float(loss) for name, loss in objective(image[None]).items()}
            rest = losses["total"] - factor * 32 * losses["style"] - 300 * losses["palette"]
            # The content weight of gatys, and its total variation.
            assert rest == pytest.approx(losses["content"], rel=0.05)
            drawn = losses["total"] - rest
            if strength == 1:
                assert style.distance(losses) == pytest.approx(drawn, rel=1e-4)
            budget.weight = 2.5
            heavier = float(objective(image[None])["total"])
            assert heavier == pytest.approx(rest + 2.5 * drawn, rel=1e-4)
        return
        yield


def test_the_weight_counts_for_style_and_palette_alone(tmp_path: Path) -> None:
    stated = {
        "method": "fast",
        "style": ["sample:swirls"],
        "device": "cpu",
        "steps": 4,
        "out": str(tmp_path),
        "fast": {"style_size": 128},
    }
    planned = make_training_plan(Host().catalogue, [stated])
    params = FastTrainingParams(style_size=128)
    planned = replace(planned, trainer=Inspected(params))
    list(TrainingRun(planned, Host().registry.manager, quiet=True))
