"""The executor keeps its promises to stylekit, and shuffles."""

from __future__ import annotations

from pathlib import Path

import stylekit
from stylekit.testing import ExecutorSuite


class TestCharcoal(ExecutorSuite):
    component = "charcoal:charcoal"


def test_another_seed_is_another_order(tmp_path: Path):
    orders = []
    for seed in range(3):
        result = stylekit.run(
            "identity",
            content=["sample:coffee", "sample:astronaut", "sample:chelsea", "sample:rocket"],
            size=16,
            out=tmp_path / f"{seed}/",
            executor="charcoal:charcoal",
            config={"charcoal:charcoal": {"seed": seed}},
        )
        orders.append([artifact.path.name for artifact in result.artifacts])
    assert sorted(orders[0]) == sorted(orders[1]) == sorted(orders[2])
    assert orders[0] != orders[1] or orders[1] != orders[2]
