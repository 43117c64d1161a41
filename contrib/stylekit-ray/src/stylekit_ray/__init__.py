"""Runs on a Ray cluster, as a plugin of stylekit."""

from __future__ import annotations

import stylekit
from stylekit.specs import ExecutorSpec

STYLEKIT_API = 1


@stylekit.hookimpl
def register_executors() -> list[ExecutorSpec]:
    """Register the executor; its code, torch and Ray load when a run uses it."""
    return [
        ExecutorSpec(
            name="ray",
            summary="Run on workers of a Ray cluster or of this machine, many results at a time.",
            factory="stylekit_ray.executor:RayExecutor",
            params="stylekit_ray.params:RayParams",
        )
    ]
