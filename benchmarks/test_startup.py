"""Start-up of commands that do no work. Target: under 300 ms of CPU time each."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


def cpu_seconds(*arguments: str) -> float:
    """Return user and system time of one command, in seconds, without waiting times."""
    before = os.times()
    subprocess.run(
        [sys.executable, "-m", "stylekit.cli.main", *arguments], check=True, capture_output=True
    )
    after = os.times()
    return (
        after.children_user - before.children_user + after.children_system - before.children_system
    )


@pytest.mark.parametrize("command", [["--help"], ["--version"], ["list-plugins"]])
def test_start_up(command: list[str], benchmark: pytest.FixtureRequest) -> None:
    cost: list[float] = []
    benchmark.pedantic(lambda: cost.append(cpu_seconds(*command)), rounds=10, warmup_rounds=1)  # type: ignore[attr-defined]
    benchmark.extra_info["cpu_ms"] = round(1000 * sorted(cost)[len(cost) // 2])  # type: ignore[attr-defined]
    print(f"\nstylekit {' '.join(command)}: median {sorted(cost)[5] * 1000:.0f} ms CPU")
    assert sorted(cost)[len(cost) // 2] < 0.3
