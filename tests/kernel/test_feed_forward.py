"""The base class of feed-forward methods: temporal targets."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from stylekit import Clip, FeedForward, Frame, Job
from stylekit.methods.base import TemporalTarget
from stylekit.methods.feed_forward import OUTPUT_WEIGHT, near_targets


class Inverted(FeedForward):
    def __init__(self, params: object = None) -> None:
        pass

    def forward_image(self, job: Job) -> Tensor:
        return 1 - job.content.image.pixels[None]


def painted(*targets: TemporalTarget) -> Tensor:
    content = Clip((Frame(torch.full((3, 4, 6), 0.25)),))
    device = torch.device("cpu")
    job = Job(content, (), {}, device, 0, 0, Frame, {}.__getitem__, temporal_targets=targets)
    events = Inverted().stylize(job)
    while True:
        try:
            next(events)
        except StopIteration as stop:
            result: Clip = stop.value
            return result.image.pixels


def target(value: float, weight: Tensor) -> TemporalTarget:
    return TemporalTarget(torch.full((3, 4, 6), value), weight)


def test_without_targets_the_result_is_the_output() -> None:
    assert torch.equal(painted(), torch.full((3, 4, 6), 0.75))


def test_the_result_is_between_output_and_target_where_the_target_counts() -> None:
    weight = torch.zeros(4, 6)
    weight[:, :3] = OUTPUT_WEIGHT
    result = painted(target(0.25, weight))
    assert torch.allclose(result[..., :3], torch.tensor(0.5))
    assert torch.equal(result[..., 3:], torch.full((3, 4, 3), 0.75))


def test_the_result_minimizes_the_sum_of_the_squared_differences() -> None:
    generator = torch.Generator().manual_seed(0)
    output = torch.rand(1, 3, 4, 6, generator=generator)
    targets = [
        TemporalTarget(
            torch.rand(3, 4, 6, generator=generator), 400 * torch.rand(4, 6, generator=generator)
        )
        for _ in range(2)
    ]
    image = near_targets(output, targets).requires_grad_()
    loss = (OUTPUT_WEIGHT * (image - output).square()).mean()
    for each in targets:
        loss = loss + (each.weight * (image - each.image).square()).mean()
    (gradient,) = torch.autograd.grad(loss, image)
    assert float(gradient.abs().max()) == pytest.approx(0, abs=1e-5)
