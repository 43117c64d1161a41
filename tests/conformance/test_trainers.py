"""The trainers of built-in methods pass the suite for third-party ones."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from stylekit.testing import TrainerSuite


@pytest.mark.slow
class TestFast(TrainerSuite):
    component = "fast:fast"
    training: ClassVar[dict[str, Any]] = {"size": 64, "crops": 4, "validate_steps": 2}


class TestCycleGAN(TrainerSuite):
    component = "cyclegan:cyclegan"
    training: ClassVar[dict[str, Any]] = {"size": 64, "base_channels": 4}
