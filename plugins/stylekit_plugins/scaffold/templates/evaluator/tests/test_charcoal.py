"""The measure keeps its promises to stylekit, and says what it should."""

from __future__ import annotations

import pytest
import torch
from stylekit import Clip, Frame
from stylekit.testing import EvaluatorSuite

from stylekit_charcoal.evaluator import CharcoalEvaluator


class TestCharcoal(EvaluatorSuite):
    component = "charcoal:charcoal"


def test_a_negative_keeps_every_edge_and_gray_keeps_none():
    content = torch.rand(3, 20, 30)
    measure = CharcoalEvaluator(None)
    original = Clip((Frame(content),))
    negative, gray = (Clip((Frame(x),)) for x in (1 - content, torch.full_like(content, 0.5)))
    assert measure.evaluate(negative, original, ()) == pytest.approx(1, abs=1e-5)
    assert measure.evaluate(gray, original, ()) == 0
