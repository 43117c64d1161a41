"""What every executor promises."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from stylekit.testing import ExecutorSuite


@pytest.mark.usefixtures("ray_cluster")
class TestRay(ExecutorSuite):
    component = "ray:ray"
    params: ClassVar[dict[str, Any]] = {"workers": 2, "threads": 1}
