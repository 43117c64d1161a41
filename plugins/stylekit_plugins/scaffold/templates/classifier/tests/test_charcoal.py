"""The classifier passes stylekit's checks, and classifies as it should."""

from __future__ import annotations

import torch
from stylekit import Frame
from stylekit.testing import ClassifierSuite

from stylekit_charcoal.classifier import QUARTERS, logits


class TestCharcoal(ClassifierSuite):
    component = "charcoal:charcoal"


def test_the_brightest_quarter_has_the_largest_logit():
    pixels = torch.zeros(3, 20, 30)
    pixels[:, 12:, 5:10] = 1
    (index,) = logits([Frame(pixels)]).argmax(dim=1)
    assert QUARTERS[index] == "bottom left"
