"""The blend keeps its promises to stylekit, and dissolves as it should."""

from __future__ import annotations

import pytest
import torch
from stylekit.testing import BlendSuite

from stylekit_charcoal.blend import CharcoalBlend
from stylekit_charcoal.params import CharcoalParams


class TestCharcoal(BlendSuite):
    component = "charcoal:charcoal"


@pytest.mark.parametrize("grain", [1, 3])
def test_a_third_of_the_mask_is_a_third_of_the_grains(grain: int):
    content, result = torch.zeros(3, 90, 90), torch.ones(3, 90, 90)
    blend = CharcoalBlend(CharcoalParams(grain=grain))
    blended = blend.blend(content, result, torch.full((90, 90), 1 / 3))
    assert set(blended.unique().tolist()) == {0.0, 1.0}
    assert float(blended.mean()) == pytest.approx(1 / 3, abs=0.05)
