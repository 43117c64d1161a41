"""`stylekit run`, and the executor of this process."""

from __future__ import annotations

import stylekit
from stylekit.specs import CommandSpec, ExecutorSpec

STYLEKIT_API = 1


@stylekit.hookimpl
def register_commands() -> list[CommandSpec]:
    """Register `stylekit run`."""
    return [
        CommandSpec(
            name="run",
            summary="Transfer style to images and videos.",
            rank=10,
            factory="stylekit_plugins.execution.command:RunCommand",
        )
    ]


@stylekit.hookimpl
def register_executors() -> list[ExecutorSpec]:
    """Register the executor of this process."""
    return [
        ExecutorSpec(
            name="local",
            summary="Run in this process, one result after the other.",
            factory="stylekit_plugins.execution.local:Local",
        )
    ]
