"""The region source keeps its promises to stylekit, and finds what it should."""

from __future__ import annotations

import torch
from stylekit import Frame
from stylekit.testing import RegionSuite

from stylekit_charcoal.region import CharcoalRegion


class TestCharcoal(RegionSuite):
    component = "charcoal:charcoal"
    sources = ("40%", "55.5")
    bad = ("dark", "140%", "-3", "nan", "")


def test_dark_is_inside():
    pixels = torch.tensor([0.1, 0.9]).expand(3, 2, 2).contiguous()
    mask = CharcoalRegion(None).mask("50%", Frame(pixels), lambda source: Frame(pixels))
    assert mask.tolist() == [[1, 0], [1, 0]]
