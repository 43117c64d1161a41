"""The experiment passes stylekit's checks, and computes what it should."""

from __future__ import annotations

import pytest
import torch
from stylekit import Frame
from stylekit.testing import ExperimentSuite

from stylekit_charcoal.experiment import change


class TestCharcoal(ExperimentSuite):
    component = "charcoal:charcoal"


def test_the_change_is_the_mean_difference():
    black, gray = Frame(torch.zeros(3, 20, 30)), Frame(torch.full((3, 10, 15), 0.5))
    assert change(black, black) == 0
    assert change(gray, black) == pytest.approx(0.5)
