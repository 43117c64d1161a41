"""The method keeps its promises to stylekit, and paints what it should."""

from __future__ import annotations

import stylekit
import torch
from stylekit.testing import MethodSuite


class TestCharcoal(MethodSuite):
    component = "charcoal:charcoal"


def test_steps_lower_the_losses():
    generator = torch.Generator().manual_seed(0)
    content, style = (torch.rand(3, 48, 64, generator=generator) for _ in range(2))
    images = {"content": content, "style": style, "size": 64}
    run = stylekit.iterate("charcoal:charcoal", backbone="vgg19", steps=12, **images)
    totals = [float(step.losses["total"]) for step in run]
    assert len(totals) == 12
    assert totals[5] < totals[0]
    assert totals[-1] < totals[6]
