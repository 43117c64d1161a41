"""One run: its keys (`config`), `layers`, `resolve`, its `plan`, and what executes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stylekit.machine.lazy_names import lazy_names

if TYPE_CHECKING:
    from stylekit.runs.config import RunConfig
    from stylekit.runs.executor import Event, Executor, RunRequest, Task
    from stylekit.runs.plan import ConfiguredComponent, Plan, configured
    from stylekit.runs.resolve import make_plan
    from stylekit.runs.run import Run

__all__ = [
    "ConfiguredComponent",
    "Event",
    "Executor",
    "Plan",
    "Run",
    "RunConfig",
    "RunRequest",
    "Task",
    "configured",
    "make_plan",
]

__getattr__ = lazy_names(
    __name__,
    {
        "config": "RunConfig",
        "executor": "Event Executor RunRequest Task",
        "run": "Run",
        "plan": "ConfiguredComponent Plan configured",
        "resolve": "make_plan",
    },
)
