"""The built-in executor when it is asked again: what it has loaded stays, and changes nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

import stylekit
from stylekit.inputs.syntax import StyleSource
from stylekit.result import TaskResult
from stylekit.runs.executor import Executor, RunRequest, Task

STYLES = (StyleSource("sample:waves"),)
SETTINGS = {"method": "gatys", "backbone": "vgg19", "size": 48, "steps": 3, "offline": True}


@pytest.fixture(scope="module")
def host() -> stylekit.Host:
    return stylekit.Host()


@pytest.fixture
def run_request(host: stylekit.Host) -> RunRequest:
    plan = host.plan({**SETTINGS, "device": "cpu"})
    return RunRequest(plan, write=False)


def made(executor: Executor, run_request: RunRequest, content: str) -> TaskResult:
    events = executor.execute(replace(run_request, tasks=[(Task(content, STYLES), None)]))
    (result,) = (event for event in events if isinstance(event, TaskResult))
    return result


def weights_seconds(result: TaskResult) -> Any:
    return result.record["seconds"]["weights"]


def test_networks_stay_for_the_next_request(run_request):
    executor: Executor = run_request.plan.executor.make()
    first, second = (
        made(executor, run_request, name) for name in ("sample:coffee", "sample:rocket")
    )
    alone = made(run_request.plan.executor.make(), run_request, "sample:rocket")
    assert weights_seconds(first) > 0
    assert weights_seconds(second) == 0
    assert torch.equal(second.image.pixels, alone.image.pixels)
    assert second.record["fingerprint"] == alone.record["fingerprint"]
    assert second.record["weights"] == alone.record["weights"]


def test_another_configuration_gets_what_it_needs(host, run_request):
    executor: Executor = run_request.plan.executor.make()
    made(executor, run_request, "sample:coffee")
    # Nothing of the result changes, so nothing is loaded again.
    again = replace(
        run_request.plan, config=run_request.plan.config.model_copy(update={"resume": True})
    )
    assert weights_seconds(made(executor, replace(run_request, plan=again), "sample:coffee")) == 0
    other = host.plan({**SETTINGS, "device": "cpu", "gatys": {"style_weight": 3.0}})
    changed = made(executor, replace(run_request, plan=other), "sample:coffee")
    alone = made(other.executor.make(), replace(run_request, plan=other), "sample:coffee")
    assert weights_seconds(changed) > 0
    assert torch.equal(changed.image.pixels, alone.image.pixels)
