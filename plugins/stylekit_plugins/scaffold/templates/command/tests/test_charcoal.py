"""The command keeps its promises to stylekit, and finds the colors."""

from __future__ import annotations

import torch
from stylekit.testing import CommandSuite

from stylekit_charcoal.colors import commonest


class TestCharcoal(CommandSuite):
    component = "charcoal:charcoal"
    argv = ("sample:waves", "--count", "3")


def test_the_commonest_color_comes_first():
    pixels = torch.zeros(3, 4, 4)
    pixels[0, 0] = 1
    assert commonest(pixels, 2) == [("#000000", 0.75), ("#ff0000", 0.25)]
