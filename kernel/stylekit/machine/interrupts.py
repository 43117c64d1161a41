"""Ctrl-C, TERM and HUP: they stop a command once, and never in the middle of saving."""

from __future__ import annotations

import contextlib
import logging
import signal
import threading
from collections.abc import Generator, Iterator, Sequence
from types import FrameType
from typing import TypeVar

_log = logging.getLogger(__name__)

T = TypeVar("T")

_ALL = [
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    # Windows has no HUP, and others have no BREAK.
    if hasattr(signal, name)
]


class _Interrupts:
    """The handler of the signals, and what it has seen.

    The first signal raises KeyboardInterrupt, at the end of `saving` if that is under way. The
    second only says that the third one will stop whatever is being saved.
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
                # One that code holds up after all ends the process.
                signal.signal(each, signal.SIG_DFL)
            raise KeyboardInterrupt
        elif self.saving:
            self.waiting = True
        else:
            raise KeyboardInterrupt

    def raise_if_waiting(self) -> None:
        """Let a signal that had to wait have its effect."""
        if self.waiting and not self.saving:
            self.waiting = False
            raise KeyboardInterrupt


_current: _Interrupts | None = None


@contextlib.contextmanager
def as_keyboard_interrupts() -> Iterator[None]:
    """Let each signal that asks a process to end raise KeyboardInterrupt while the block runs.

    A signal that is ignored stays so: `nohup` ignores HUP, a shell INT for what is in the
    background. In other threads than the main one, nothing changes.
    """
    with _handling(_ALL):
        yield


@contextlib.contextmanager
def saving() -> Iterator[None]:
    """Let the block, which keeps what was done, run to its end before a signal has an effect.

    A second signal says so, a third one stops the block. In a program of others, only its own
    Ctrl-C is held back; in other threads than the main one, nothing is.

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
    """Within `saving`, let signals have their effect at once again, where no harm comes of it.

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
    """Take everything from an iterator; see `relayed`."""
    try:
        for _ in steps:
            pass
    except KeyboardInterrupt:
        for _ in _interrupted(steps):
            pass


def relayed(steps: Iterator[T]) -> Iterator[T]:
    """Yield what a generator yields, and hand on to it an interrupt that comes between its steps.

    Only within it is known what can be kept.
    """
    try:
        yield from steps
    except KeyboardInterrupt:
        yield from _interrupted(steps)


def _interrupted(steps: Iterator[T]) -> Iterator[T]:
    if not isinstance(steps, Generator):
        raise KeyboardInterrupt
    try:
        # One that was interrupted itself has ended, and raises this again.
        step = steps.throw(KeyboardInterrupt())
    except StopIteration:
        return
    yield step
    yield from steps


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
            # None is a handler that is not Python's, which could not be put back.
            if handler not in (signal.SIG_IGN, None):
                signal.signal(number, _current)
        yield
    finally:
        for number, handler in before.items():
            if handler is not None:
                signal.signal(number, handler)
        _current = outer
