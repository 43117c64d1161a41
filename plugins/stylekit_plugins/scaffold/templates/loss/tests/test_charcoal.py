"""The loss keeps its promises to stylekit, and compares what it should."""

from __future__ import annotations

import torch
from stylekit.testing import LossSuite

from stylekit_charcoal.loss import CharcoalLoss
from stylekit_charcoal.params import CharcoalParams


class TestCharcoal(LossSuite):
    component = "charcoal:charcoal"


def test_where_things_are_means_nothing():
    loss = CharcoalLoss(CharcoalParams())
    features = torch.rand(1, 4, 6, 8)
    elsewhere = features.flip(3)
    assert float(loss.compare(loss.measure(elsewhere), loss.measure(features))) < 1e-6


def test_spread_has_its_weight():
    features = torch.rand(1, 4, 6, 8)
    wider = (features - 0.5) * 2 + 0.5
    costs = []
    for spread in (1.0, 3.0):
        loss = CharcoalLoss(CharcoalParams(spread=spread))
        costs.append(float(loss.compare(loss.measure(wider), loss.measure(features))))
    assert costs[1] > 2 * costs[0]
