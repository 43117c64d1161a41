"""The method keeps its promises to stylekit, and paints what it should."""

from __future__ import annotations

import stylekit
import torch
from stylekit.testing import MethodSuite


class TestCharcoal(MethodSuite):
    component = "charcoal:charcoal"


def test_the_result_has_the_mean_color_of_the_style():
    generator = torch.Generator().manual_seed(0)
    content = torch.rand(3, 24, 32, generator=generator)
    style = 0.4 + 0.2 * torch.rand(3, 20, 20, generator=generator)
    result = stylekit.run("charcoal:charcoal", content=content, style=style)
    means = result.image.pixels.mean(dim=(1, 2))
    torch.testing.assert_close(means, style.mean(dim=(1, 2)), atol=0.01, rtol=0)


def test_without_strength_nothing_changes():
    content = torch.rand(3, 24, 32)
    nothing = {"charcoal:charcoal": {"strength": 0.0}}
    style = 1 - content
    result = stylekit.run("charcoal:charcoal", content=content, style=style, **nothing)
    torch.testing.assert_close(result.image.pixels, content, atol=1 / 255, rtol=0)
