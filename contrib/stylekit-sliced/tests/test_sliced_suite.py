"""The conformance suite of losses."""

from __future__ import annotations

import stylekit_sliced

from stylekit.testing import LossSuite


class TestSlicedWasserstein(LossSuite):
    component = "sliced-wasserstein"
    plugin = stylekit_sliced
