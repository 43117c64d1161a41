"""Runs: `stylekit run`, and what carries them out in this process."""

from __future__ import annotations

import stylekit
from stylekit.specs import CommandSpec, ExecutorSpec

STYLEKIT_API = 1


@stylekit.hookimpl
def register_commands() -> list[CommandSpec]:
    """Offer the command."""
    return [
        CommandSpec(
            name="run",
            summary="Transfer style to pictures and clips.",
            rank=10,
            factory="stylekit_plugins.execution.command:RunCommand",
        )
    ]


@stylekit.hookimpl
def register_executors() -> list[ExecutorSpec]:
    """Offer the executor."""
    return [
        ExecutorSpec(
            name="local",
            summary="In this process, one result after the other.",
            factory="stylekit_plugins.execution.local:Local",
        )
    ]
