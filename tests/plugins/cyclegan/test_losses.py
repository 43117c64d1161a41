"""Losses, schedule, pool and crops, against their formulas."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from stylekit import Frame
from stylekit_plugins.cyclegan.augmentation import random_crop
from stylekit_plugins.cyclegan.image_pool import ImagePool
from stylekit_plugins.cyclegan.losses import Batch, discriminator_loss, generator_losses
from stylekit_plugins.cyclegan.params import TrainingParams
from stylekit_plugins.cyclegan.randomness import random_generator, sampling_order
from stylekit_plugins.cyclegan.trainer import learning_rate_factor


class Plus(nn.Module):
    """Adds a number: a network whose losses can be computed by hand."""

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
    losses, fakes = generator_losses(networks(), batch(0.2), batch(-0.4), TrainingParams())
    expected = {
        "adversarial_a2b": (0.2 + 0.1 + 0.5 - 1) ** 2,
        "adversarial_b2a": (-0.4 - 0.3 - 1) ** 2,
        "cycle_a": 10 * 0.2,
        "cycle_b": 10 * 0.2,
        "identity_a": 5 * 0.3,
        "identity_b": 5 * 0.1,
    }
    assert {k: float(v) for k, v in losses.items()} == pytest.approx(expected, rel=1e-5)
    torch.testing.assert_close(fakes.b, torch.full((1, 3, 4, 4), 0.3))
    assert not fakes.b.requires_grad


def test_masks_keep_the_background_and_penalize_its_change() -> None:
    mask = torch.zeros(1, 1, 4, 4)
    mask[..., :2] = 1
    params = TrainingParams(identity_weight=0, background_weight=8)
    losses, fakes = generator_losses(networks(), batch(0.2, mask), batch(-0.4), params)
    assert "identity_a" not in losses
    assert torch.equal(fakes.b[..., 2:], torch.full((1, 3, 4, 2), 0.2))
    assert float(losses["background"]) == pytest.approx(8 * 0.5 * 0.1, rel=1e-5)
    assert float(losses["cycle_a"]) == pytest.approx(10 * 0.5 * 0.2, rel=1e-5)


def test_the_loss_of_a_discriminator() -> None:
    loss = discriminator_loss(Plus(0.0), torch.full((1, 1), 0.8), torch.full((1, 1), 0.3))
    assert float(loss) == pytest.approx((0.2**2 + 0.3**2) / 2)


def test_the_step_size_is_constant_and_then_falls_to_zero() -> None:
    """As the authors' `1 - max(0, epoch + 1 - n_epochs) / (n_epochs_decay + 1)`."""
    params = TrainingParams()
    rates = [learning_rate_factor(epoch, 200, params) for epoch in range(200)]
    assert rates[:100] == [1.0] * 100
    assert rates[100] == pytest.approx(1 - 1 / 101)
    assert rates[199] == pytest.approx(1 / 101)
    assert learning_rate_factor(9, 10, TrainingParams(decay_epochs=0)) == 1.0
    assert learning_rate_factor(0, 2, TrainingParams(decay_epochs=50)) == pytest.approx(2 / 3)


def test_a_full_pool_returns_an_old_image_half_the_time() -> None:
    generator = torch.Generator().manual_seed(0)
    pool = ImagePool(3, generator)
    seen = [float(pool.exchange(torch.full((1, 1, 1, 1), float(n)))) for n in range(403)]
    assert seen[:3] == [0, 1, 2]
    old = sum(value != number for number, value in enumerate(seen))
    assert 150 < old < 250
    # Except for the first three, which were returned at once, nothing is returned twice.
    assert len(set(seen)) >= len(seen) - 3
    assert float(ImagePool(0, generator).exchange(torch.ones(1, 1, 1, 1))) == 1


def test_an_order_shows_each_image_once_before_any_again() -> None:
    numbers = sampling_order(5, 12, 7, 0, 1)
    assert sorted(numbers[:5]) == sorted(numbers[5:10]) == list(range(5))
    assert sampling_order(5, 12, 7, 0, 1) == numbers
    assert sampling_order(5, 12, 7, 0, 2) != numbers


@pytest.mark.parametrize("size", [(300, 80), (80, 300), (64, 64), (40, 41), (2000, 70)])
def test_crops_are_square_and_lie_within(size: tuple[int, int]) -> None:
    width, height = size
    pixels = torch.linspace(0, 1, width).expand(3, height, width).contiguous()
    frame = Frame(pixels, alpha=pixels[0].clone())
    for seed in range(5):
        crop = random_crop(frame, TrainingParams(size=64), random_generator(seed))
        assert crop.pixels.shape == (3, 64, 64)
        assert crop.alpha is not None
        # The mask is cropped and mirrored like the image.
        torch.testing.assert_close(crop.alpha, crop.pixels[0], rtol=0, atol=1e-4)
