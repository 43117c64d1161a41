"""The metric passes stylekit's checks, and scores what it should."""

from __future__ import annotations

import pytest
import torch
from stylekit import Clip, Frame
from stylekit.testing import MetricSuite

from stylekit_charcoal.metric import CharcoalMetric


class TestCharcoal(MetricSuite):
    component = "charcoal:charcoal"


def test_a_negative_keeps_every_edge_and_gray_keeps_none():
    content = torch.rand(3, 20, 30)
    metric = CharcoalMetric(None)
    original = Clip((Frame(content),))
    negative, gray = (Clip((Frame(x),)) for x in (1 - content, torch.full_like(content, 0.5)))
    assert metric.score_pair(negative, original, ()) == pytest.approx(1, abs=1e-5)
    assert metric.score_pair(gray, original, ()) == 0
