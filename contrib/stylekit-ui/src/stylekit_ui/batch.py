"""The queue of one tab: several images with the same settings, one after the other."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, Literal

from stylekit_ui.messages import (
    Failure,
    LogLine,
    RunFinished,
    RunProgress,
    StylizeRequest,
    WorkerMessage,
)
from stylekit_ui.run_manager import Key, RunManager
from stylekit_ui.status import duration
from stylekit_ui.storage import Source

State = Literal["waiting", "working", "done", "stopped", "failed", "canceled"]

_LABELS: dict[State, str] = {
    "waiting": "Waits",
    "working": "Working",
    "done": "Done",
    "stopped": "Stopped; best result saved",
    "failed": "Failed",
    "canceled": "Canceled",
}

Prepare = Callable[[str], Awaitable[tuple[Source, dict[str, Any]] | Failure]]
"""Reads the content of an item, and makes the configuration of its run."""


@dataclass
class QueueItem:
    """One image of a queue.

    Attributes:
        text: the content as a config names it.
        note: what the list says beside the state.
        source: the content, once it has been read.
        result: the finished run.
    """

    text: str
    state: State = "waiting"
    note: str = ""
    source: Source | None = None
    result: RunFinished | None = None

    @property
    def name(self) -> str:
        """The name of the content for people."""
        return Path(self.text.rpartition(":")[2]).name


class Batch:
    """Runs the items of a queue in turn.

    Args:
        key: the page and the tab, which have one run at a time.
    """

    def __init__(self, contents: Sequence[str], run_manager: RunManager, key: Key) -> None:
        self.items = [QueueItem(text) for text in contents]
        self._run_manager = run_manager
        self._key = key

    @property
    def is_active(self) -> bool:
        """Whether an item works or waits."""
        return any(item.state in ("waiting", "working") for item in self.items)

    def cancel(self, index: int) -> None:
        """Skip an item that waits, or stop it and keep its best result."""
        if not 0 <= index < len(self.items):
            return
        item = self.items[index]
        if item.state == "waiting":
            item.state = "canceled"
        elif item.state == "working":
            self._run_manager.stop(self._key)

    def cancel_all(self) -> None:
        """Skip all items that wait, and stop the one that works."""
        for index in range(len(self.items)):
            self.cancel(index)

    async def stream(
        self, argv: Sequence[str], prepare: Prepare
    ) -> AsyncIterator[tuple[QueueItem, WorkerMessage]]:
        """Yield the messages of all runs, each with its item; the last of an item is its outcome.

        Args:
            argv: arguments of `stylekit ui`.
        """
        for item in self.items:
            if item.state == "canceled":
                continue
            item.state = "working"
            prepared = await prepare(item.text)
            if isinstance(prepared, Failure):
                self._end(item, prepared)
                yield item, prepared
                continue
            item.source, config = prepared
            yield item, LogLine("Starting")
            request = StylizeRequest(argv, config)
            async for message in self._run_manager.stream(self._key, request):
                if isinstance(message, RunProgress):
                    item.note = f"{message.fraction:.0%}"
                elif isinstance(message, RunFinished | Failure):
                    self._end(item, message)
                yield item, message

    def _end(self, item: QueueItem, outcome: RunFinished | Failure) -> None:
        if isinstance(outcome, Failure):
            item.state, item.note = "failed", outcome.message
            return
        item.state = "stopped" if outcome.interrupted else "done"
        item.result, item.note = outcome, duration(outcome.seconds)

    def html(self) -> str:
        """Return the list of all items as HTML; empty for a single one."""
        if len(self.items) < 2:
            return ""
        rows = "".join(_row(index, item) for index, item in enumerate(self.items))
        done = sum(item.state in ("done", "stopped") for item in self.items)
        return (
            f'<div class="sk-queue"><h2>Queue: {done} of {len(self.items)} done</h2>'
            f"<ol>{rows}</ol></div>"
        )


def _row(index: int, item: QueueItem) -> str:
    name = escape(item.name)
    text = " · ".join(filter(None, (_LABELS[item.state], escape(item.note))))
    button = ""
    if item.state in ("waiting", "working"):
        button = _button("delete", index, "Cancel", name)
    elif item.result is not None:
        button = _button("select", index, "Show", name)
    return f'<li class="sk-{item.state}"><b>{name}</b><span>{text}</span>{button}</li>'


def _button(action: str, index: int, label: str, name: str) -> str:
    return (
        f'<button type="button" data-action="{action}" data-value="{index}" '
        f'aria-label="{label} {name}">{label}</button>'
    )
