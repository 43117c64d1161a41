"""A metric or loss that is NaN or infinite ends no training, and stays out of its JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from pathlib import Path

import stylekit
from stylekit import Host
from stylekit.machine.interrupts import exhaust
from stylekit_plugins.training.loop import TrainingRun
from stylekit_plugins.training.plan import make_training_plan

VALUES = [math.nan, 2.0, math.inf, 3.0]
"""Metric values of the epochs."""


class Odd:
    """Returns the next value, whatever its input."""

    values = iter(VALUES)

    def __init__(self, params: object) -> None:
        pass

    def score_sets(self, results: object, contents: object, styles: object) -> float:
        return next(self.values)


class Plugin:
    @stylekit.hookimpl
    def register_metrics(self) -> Iterable[stylekit.MetricSpec]:
        return [
            stylekit.MetricSpec(
                name="odd",
                summary="",
                scope="set",
                factory=f"{__name__}:Odd",
                higher_is_better=False,
            )
        ]


def refused(constant: str) -> None:
    raise AssertionError(f"{constant} is not JSON")


def test_a_metric_that_is_nan_ends_no_training(domains: Path, logged: list[str]) -> None:
    host = Host({"odd": Plugin()})
    layer = {
        "method": "cyclegan",
        "domain_a": [str(domains / "a")],
        "domain_b": [str(domains / "b")],
        "out": str(domains / "out"),
        "epochs": len(VALUES),
        "evaluators": ["odd"],
        "checkpoint_seconds": 0,
        "device": "cpu",
        "size": 64,
        "base_channels": 4,
        "cyclegan": {"blocks": 6, "pool_size": 4},
    }
    run = TrainingRun(make_training_plan(host.catalogue, [layer]), host.registry.manager)
    exhaust(iter(run))
    assert run.result.best == 2
    assert "Epoch 1: odd NaN or infinite" in logged
    records = list((domains / "out").rglob("*.json"))
    assert len(records) >= 3
    for path in records:
        json.loads(path.read_text(encoding="utf-8"), parse_constant=refused)
    history = json.loads((domains / "out" / "history.json").read_text(encoding="utf-8"))
    assert [epoch["metrics"]["odd"] for epoch in history] == [None, 2.0, None, 3.0]
