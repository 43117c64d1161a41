"""Losses, schedule, pool and crops, against the formulas they are named after."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from stylekit import Frame
from stylekit_plugins.cyclegan.augmentation import cropped, order, random_numbers
from stylekit_plugins.cyclegan.image_pool import Pool
from stylekit_plugins.cyclegan.losses import Batch, discriminator_loss, generator_losses
from stylekit_plugins.cyclegan.params import TrainingParams
from stylekit_plugins.cyclegan.trainer import rate


class Plus(nn.Module):
    """Adds a number: a network whose losses can be told by hand."""

    def __init__(self, number: float) -> None:
        super().__init__()
        self.number = number

    def forward(self, x: Tensor) -> Tensor:
        return x + self.number


def networks() -> nn.ModuleDict:
    return nn.ModuleDict(
        {
            "generator_a2b": Plus(0.1),
            "generator_b2a": Plus(-0.3),
            "discriminator_a": Plus(0.0),
            "discriminator_b": Plus(0.5),
        }
    )


def batch(value: float, mask: Tensor | None = None) -> Batch:
    return Batch(torch.full((1, 3, 4, 4), value), mask)


def test_the_losses_of_the_generators() -> None:
    losses, made = generator_losses(networks(), batch(0.2), batch(-0.4), TrainingParams())
    expected = {
        "adversarial_a2b": (0.2 + 0.1 + 0.5 - 1) ** 2,
        "adversarial_b2a": (-0.4 - 0.3 - 1) ** 2,
        "cycle_a": 10 * 0.2,
        "cycle_b": 10 * 0.2,
        "identity_a": 5 * 0.3,
        "identity_b": 5 * 0.1,
    }
    assert {k: float(v) for k, v in losses.items()} == pytest.approx(expected, rel=1e-5)
    torch.testing.assert_close(made.to_b, torch.full((1, 3, 4, 4), 0.3))
    assert not made.to_b.requires_grad


def test_masks_keep_the_background_and_weigh_what_would_change_there() -> None:
    mask = torch.zeros(1, 1, 4, 4)
    mask[..., :2] = 1
    params = TrainingParams(identity_weight=0, background_weight=8)
    losses, made = generator_losses(networks(), batch(0.2, mask), batch(-0.4), params)
    assert "identity_a" not in losses
    assert torch.equal(made.to_b[..., 2:], torch.full((1, 3, 4, 2), 0.2))
    assert float(losses["background"]) == pytest.approx(8 * 0.5 * 0.1, rel=1e-5)
    assert float(losses["cycle_a"]) == pytest.approx(10 * 0.5 * 0.2, rel=1e-5)


def test_the_loss_of_a_discriminator() -> None:
    loss = discriminator_loss(Plus(0.0), torch.full((1, 1), 0.8), torch.full((1, 1), 0.3))
    assert float(loss) == pytest.approx((0.2**2 + 0.3**2) / 2)


def test_the_rate_is_constant_and_then_falls_to_nothing() -> None:
    """As the authors' `1 - max(0, epoch + 1 - n_epochs) / (n_epochs_decay + 1)`."""
    params = TrainingParams()
    rates = [rate(epoch, 200, params) for epoch in range(200)]
    assert rates[:100] == [1.0] * 100
    assert rates[100] == pytest.approx(1 - 1 / 101)
    assert rates[199] == pytest.approx(1 / 101)
    assert rate(9, 10, TrainingParams(decay_epochs=0)) == 1.0
    assert rate(0, 2, TrainingParams(decay_epochs=50)) == pytest.approx(2 / 3)


def test_the_pool_fills_and_then_gives_half_the_time_an_old_image() -> None:
    generator = torch.Generator().manual_seed(0)
    pool = Pool(3, generator)
    shown = [float(pool.exchange(torch.full((1, 1, 1, 1), float(n)))) for n in range(403)]
    assert shown[:3] == [0, 1, 2]
    old = sum(value != number for number, value in enumerate(shown))
    assert 150 < old < 250
    # But for the first three, which were shown as they came, nothing is shown twice.
    assert len(set(shown)) >= len(shown) - 3
    assert float(Pool(0, generator).exchange(torch.ones(1, 1, 1, 1))) == 1


def test_an_order_shows_each_image_once_before_any_again() -> None:
    numbers = order(5, 12, 7, 0, 1)
    assert sorted(numbers[:5]) == sorted(numbers[5:10]) == list(range(5))
    assert order(5, 12, 7, 0, 1) == numbers
    assert order(5, 12, 7, 0, 2) != numbers


@pytest.mark.parametrize("size", [(300, 80), (80, 300), (64, 64), (40, 41), (2000, 70)])
def test_crops_are_square_and_lie_within(size: tuple[int, int]) -> None:
    width, height = size
    pixels = torch.linspace(0, 1, width).expand(3, height, width).contiguous()
    frame = Frame(pixels, alpha=pixels[0].clone())
    for seed in range(5):
        crop = cropped(frame, TrainingParams(size=64), random_numbers(seed))
        assert crop.pixels.shape == (3, 64, 64)
        assert crop.alpha is not None
        # The mask is cropped and mirrored like the picture.
        torch.testing.assert_close(crop.alpha, crop.pixels[0], rtol=0, atol=1e-4)
