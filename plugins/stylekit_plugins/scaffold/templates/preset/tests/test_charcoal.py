"""The preset can be run, and sets what it should."""

from __future__ import annotations

from stylekit import Host
from stylekit.testing import PresetSuite


class TestCharcoal(PresetSuite):
    component = "charcoal:charcoal"


def test_what_the_user_says_wins():
    plan = Host().plan({"preset": "charcoal:charcoal", "gatys": {"style_weight": 5.0}})
    assert plan.method.params.style_weight == 5
    assert plan.method.params.color == "luminance"
