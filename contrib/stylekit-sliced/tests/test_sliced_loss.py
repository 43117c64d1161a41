"""The loss by itself: zeros, blends and gradients."""

from __future__ import annotations

import pytest
import torch
from stylekit_sliced.loss import SCALE, SlicedWassersteinLoss, mean_quantiles
from stylekit_sliced.params import SlicedWassersteinParams


def make(**values: float) -> SlicedWassersteinLoss:
    return SlicedWassersteinLoss(SlicedWassersteinParams(**values))


def features(seed: int, height: int, width: int, channels: int = 6) -> torch.Tensor:
    return torch.rand(1, channels, height, width, generator=torch.Generator().manual_seed(seed))


def test_the_order_of_positions_does_not_matter_and_size_hardly():
    loss = make()
    image = features(0, 16, 16)
    shuffled = image.flatten(2)[:, :, torch.randperm(256)].reshape(1, 6, 8, 32)
    enlarged = image.repeat_interleave(2, dim=2).repeat_interleave(3, dim=3)
    target = loss.measure(image)
    assert target.shape == (3, 256)
    for same in (shuffled, enlarged):
        torch.testing.assert_close(loss.measure(same), target, atol=1e-4, rtol=0)
    other_size = features(1, 13, 21)
    assert loss.compare(loss.measure(other_size), target) < 0.02 * SCALE
    assert loss.compare(loss.measure(other_size + 1), target) > 0.1 * SCALE


@pytest.mark.parametrize("size", [1, 3, 8, 11, 100, 4096])
def test_quantiles_are_exact_means_of_the_staircase(size: int):
    ordered = torch.randn(2, size, dtype=torch.float64).sort(dim=1).values
    # With `count` steps a value, each quantile is the mean of `size` of them.
    count = 7
    exact = ordered.repeat_interleave(count, dim=1).reshape(2, count, size).mean(dim=2)
    torch.testing.assert_close(mean_quantiles(ordered, count), exact)


def test_a_constant_shift_costs_its_square_along_the_directions():
    loss = make(projections=2)
    image, shift = features(0, 20, 20), torch.full((1, 6, 1, 1), 0.5)
    cost = loss.compare(loss.measure(image + shift), loss.measure(image))
    along = loss._directions_for(6, torch.device("cpu")).sum(dim=1) * 0.5
    torch.testing.assert_close(cost, SCALE * along.square().mean(), rtol=1e-3, atol=0)


def test_every_position_has_the_right_gradient():
    loss = make(quantiles=5)
    image = features(2, 3, 4).double().requires_grad_()
    target = loss.measure(features(3, 4, 4)).detach()
    loss.compare(loss.measure(image), target).backward()
    assert image.grad is not None
    assert bool((image.grad != 0).all())
    step = 1e-3
    for index in ((0, 0, 0, 0), (0, 3, 1, 2), (0, 5, 2, 3)):
        ends = []
        for sign in (1, -1):
            moved = image.detach().clone()
            moved[index] += sign * step
            ends.append(float(loss.compare(loss.measure(moved), target)))
        assert (ends[0] - ends[1]) / (2 * step) == pytest.approx(
            float(image.grad[index]), rel=0.05, abs=2e-4
        )


def test_optimization_reaches_the_distribution():
    loss = make(projections=2)
    target = loss.measure(features(4, 12, 12).square())
    image = features(5, 10, 10).requires_grad_()
    optimizer = torch.optim.Adam([image], lr=0.05)
    losses = []
    for _ in range(60):
        optimizer.zero_grad()
        value = loss.compare(loss.measure(image), target)
        value.backward()
        optimizer.step()
        losses.append(float(value.detach()))
    assert losses[-1] < 0.02 * losses[0]


def test_the_seed_decides_and_half_precision_is_measured_in_float32():
    image = features(6, 8, 8)
    assert torch.equal(make().measure(image), make().measure(image))
    assert not torch.equal(make(seed=1).measure(image), make().measure(image))
    assert make().measure(image.half()).dtype == torch.float32


def test_quantiles_of_parts_do_not_add_up_so_the_loss_is_not_additive():
    loss = make()
    image = features(7, 8, 8) + torch.linspace(0, 1, 8)
    parts = [loss.measure(part) for part in image.chunk(2, dim=3)]
    assert not torch.allclose(torch.stack(parts).mean(dim=0), loss.measure(image), atol=0.1)
    assert not getattr(loss, "additive", False)
