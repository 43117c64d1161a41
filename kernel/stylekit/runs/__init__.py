"""One run, from its configuration to its execution: `config`, `plan`, `executor`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stylekit.registry.lazy import lazy_names

if TYPE_CHECKING:
    from stylekit.runs.config import RunConfig
    from stylekit.runs.executor import Executor, Order, Run, Task
    from stylekit.runs.plan import Part, Plan, make_plan

__all__ = [
    "Executor",
    "Order",
    "Part",
    "Plan",
    "Run",
    "RunConfig",
    "Task",
    "make_plan",
]

__getattr__ = lazy_names(
    __name__,
    {"config": "RunConfig", "executor": "Executor Order Run Task", "plan": "Part Plan make_plan"},
)
