"""The optimizer keeps its promises to stylekit, and goes as far as it should."""

from __future__ import annotations

import torch
from stylekit.testing import OptimizerSuite

from stylekit_charcoal.optimizer import CharcoalOptimizer
from stylekit_charcoal.params import CharcoalParams


class TestCharcoal(OptimizerSuite):
    component = "charcoal:charcoal"


def test_the_size_of_the_loss_means_nothing():
    ends = []
    for scale in (1.0, 1e6):
        image = torch.full((1, 3, 4, 4), 0.5, requires_grad=True)
        descent = CharcoalOptimizer(CharcoalParams()).begin(image)
        descent.step(lambda image=image, scale=scale: scale * image.square().mean())
        ends.append(image.detach())
    torch.testing.assert_close(ends[0], ends[1])
