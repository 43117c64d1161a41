"""Overhead of a step outside the method: hooks, progress, log. Target: under 1 % at 128 px.

Two measurements. The direct one is a run of a method whose steps do nothing, with the built-in
observers and a log line every step. The paired one takes the steps of one optimization bare and in
a run, in turn; its noise is larger than the overhead, so it only reports.
"""

from __future__ import annotations

import contextlib
import io
import statistics
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

import stylekit
from stylekit import Host, MethodSpec, Stage, Step
from stylekit.images.frames import Clip
from stylekit.methods.base import Job
from stylekit_plugins.gatys.objective import Objective

SIZE = 128
EMPTY_STEPS = 20_000


class Nothing(stylekit.Method):
    """A method whose steps cost nothing, with the losses of a real one."""

    def __init__(self, params: object) -> None:
        pass

    def stylize(self, job: Job) -> Generator[Stage | Step, None, Clip]:
        stage = Stage("nothing", EMPTY_STEPS, SIZE, SIZE, total_steps=EMPTY_STEPS)
        yield stage
        losses = {name: torch.tensor(1.0) for name in ("total", "content", "style")}
        for index in range(1, EMPTY_STEPS + 1):
            yield Step(stage, index, losses, lambda: job.content)
        return job.content


class Plugin:
    __name__ = "nothing"

    @stylekit.hookimpl
    def register_methods(self) -> list[MethodSpec]:
        return [
            MethodSpec(
                name="nothing",
                summary="Does nothing.",
                styles=(0, None),
                factory=f"{__name__}:Nothing",
            )
        ]


def seconds_of_empty_steps(log: Path) -> float:
    host = Host({"nothing": Plugin()})
    plan = host.plan(
        {"method": "nothing", "content": ["sample:chelsea"], "log": {"path": str(log)}}
    )
    run = host.start(plan, write=False)
    times: list[float] = []
    with contextlib.redirect_stderr(io.StringIO()):
        for step in run:
            if step.index in (1, EMPTY_STEPS):
                times.append(time.perf_counter())
    return (times[1] - times[0]) / (EMPTY_STEPS - 1)


def steps_of_gatys(count: int) -> tuple[list[float], list[float]]:
    """Return seconds of each step, bare and in a run, taken in turn."""
    settings: dict[str, Any] = {
        "backbone": "vgg16",
        "content": ["sample:astronaut"],
        "style": ["sample:swirls"],
        "size": SIZE,
        "steps": count,
        "init": "content",
    }
    host = Host()
    through = host.start(host.plan(settings), write=False)
    steps: Iterator[Step] = iter(through)
    bare = _bare_loop(host, settings)
    times: tuple[list[float], list[float]] = ([], [])
    with contextlib.redirect_stderr(io.StringIO()):
        next(steps)
        next(bare)
        for _ in range(count - 1):
            for kind, source in enumerate((bare, steps)):
                start = time.perf_counter()
                next(source)
                times[kind].append(time.perf_counter() - start)
    return times


def _bare_loop(host: Host, settings: dict[str, Any]) -> Iterator[torch.Tensor]:
    """Yield after each step of a plain loop: features, losses, backward, step, clamp."""
    plan = host.plan(settings)
    run = host.start(plan, write=False)
    device = torch.device("cpu")
    parts = run._make_components(device)
    method = plan.method.make()
    (task,) = run._inputs.tasks()
    content, styles = run._inputs.content(task.content), run._inputs.styles(task.styles)
    job = run._make_job(content, styles, parts, device)
    objective: Objective = method._objective(job, method.weights, SIZE, SIZE)
    image = job.content.image.pixels[None].clone().requires_grad_(True)
    optimization = parts["optimizer"].begin(image)
    while True:
        yield optimization.step(lambda: objective(image)["total"])


def test_kernel_cost_of_a_step(benchmark: Any, tmp_path: Path) -> None:
    kernel = benchmark.pedantic(
        lambda: seconds_of_empty_steps(tmp_path / "log.jsonl"), rounds=1, iterations=1
    )
    bare, through = steps_of_gatys(30)
    step = statistics.median(bare)
    ratio = statistics.median(b / a for a, b in zip(bare, through, strict=True))
    print(
        f"\nkernel {kernel * 1e6:.1f} us a step, bare step at {SIZE} px {step * 1e3:.1f} ms: "
        f"{100 * kernel / step:.3f} %; in a run / bare, paired median: {ratio:.3f}"
    )
    benchmark.extra_info |= {"kernel_us": kernel * 1e6, "step_ms": step * 1e3, "ratio": ratio}
    assert kernel < 0.01 * step


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)
