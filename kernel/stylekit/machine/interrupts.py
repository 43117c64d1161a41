"""Ctrl-C, TERM and HUP, which stop a command but never interrupt saving."""

from __future__ import annotations

import contextlib
import logging
import signal
import threading
from collections.abc import Generator, Iterator, Sequence
from types import FrameType
from typing import Any, TypeVar

_log = logging.getLogger(__name__)

T = TypeVar("T")

_ALL = [
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    # Windows has no HUP, and others have no BREAK.
    if hasattr(signal, name)
]


class _Interrupts:
    """The signal handler, with the number of signals so far.

    The first signal raises KeyboardInterrupt, at the end of a `saving` block if one is running. The
    second only announces that the third one will stop saving.
    """

    def __init__(self) -> None:
        self.saving = 0
        self.waiting = False
        self._count = 0

    def __call__(self, number: int, frame: FrameType | None) -> None:
        self._count += 1
        if self._count == 2:
            _log.info("Saving what is done; press again to stop at once.")
        elif self._count > 2:
            for each in _ALL:
                # If code swallows this exception, the next signal ends the process.
                signal.signal(each, signal.SIG_DFL)
            raise KeyboardInterrupt
        elif self.saving:
            self.waiting = True
        else:
            raise KeyboardInterrupt

    def raise_if_waiting(self) -> None:
        """Raise KeyboardInterrupt for a signal that came while saving."""
        if self.waiting and not self.saving:
            self.waiting = False
            raise KeyboardInterrupt


_current: _Interrupts | None = None


@contextlib.contextmanager
def as_keyboard_interrupts() -> Iterator[None]:
    """Let every terminating signal raise KeyboardInterrupt while the block runs.

    An ignored signal stays ignored: `nohup` ignores HUP, and a shell ignores INT for background
    jobs. In other threads than the main one, nothing changes.
    """
    with _handling(_ALL):
        yield


@contextlib.contextmanager
def saving() -> Iterator[None]:
    """Delay signals until the end of the block, which saves results.

    A second signal logs that, and a third one stops the block. In an embedding program only Ctrl-C
    is delayed; in other threads than the main one, nothing is.

    Raises:
        KeyboardInterrupt: at the end, if the first signal came meanwhile.
    """
    with contextlib.ExitStack() as stack:
        if _current is None and _is_plain_interrupt():
            stack.enter_context(_handling([signal.SIGINT]))
        interrupts = _current if _in_main_thread() else None
        if interrupts is None:
            yield
            return
        interrupts.saving += 1
        try:
            yield
        finally:
            interrupts.saving -= 1
            interrupts.raise_if_waiting()


@contextlib.contextmanager
def stoppable() -> Iterator[None]:
    """Allow signals again for a part of a `saving` block that may be interrupted.

    Raises:
        KeyboardInterrupt: at the beginning, if the first signal came before.
    """
    interrupts = _current if _in_main_thread() else None
    if interrupts is None:
        yield
        return
    depth = interrupts.saving
    try:
        interrupts.saving = 0
        interrupts.raise_if_waiting()
        yield
    finally:
        interrupts.saving = depth


def exhaust(steps: Iterator[object]) -> None:
    """Run an iterator to its end, with interrupts as in `relayed`."""
    try:
        for _ in steps:
            pass
    except KeyboardInterrupt:
        for _ in _interrupted(steps):
            pass


def relayed(steps: Iterator[T]) -> Generator[T, None, Any]:
    """Yield and return what a generator does, and raise in it an interrupt between two steps.

    Only the generator knows what can be saved.
    """
    try:
        return (yield from steps)
    except KeyboardInterrupt:
        return (yield from _interrupted(steps))


def _interrupted(steps: Iterator[T]) -> Generator[T, None, Any]:
    if not isinstance(steps, Generator):
        raise KeyboardInterrupt
    try:
        # A generator that was itself interrupted has ended, and raises this again.
        step = steps.throw(KeyboardInterrupt())
    except StopIteration as end:
        return end.value
    yield step
    return (yield from steps)


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


def _is_plain_interrupt() -> bool:
    return _in_main_thread() and signal.getsignal(signal.SIGINT) is signal.default_int_handler


@contextlib.contextmanager
def _handling(numbers: Sequence[int]) -> Iterator[None]:
    global _current
    if not _in_main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in numbers}
    outer, _current = _current, _Interrupts()
    try:
        for number, handler in before.items():
            # None means a handler outside Python, which could not be restored.
            if handler not in (signal.SIG_IGN, None):
                signal.signal(number, _current)
        yield
    finally:
        for number, handler in before.items():
            if handler is not None:
                signal.signal(number, handler)
        _current = outer
