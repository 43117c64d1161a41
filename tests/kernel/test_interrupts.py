"""What holds signals back, and where an interrupt goes that comes between two steps."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Generator, Iterator
from typing import Any

import pytest

from stylekit.machine.interrupts import as_keyboard_interrupts, exhaust, relayed, saving, stoppable

LINE = "Saving what is done; press again to stop at once."


def press() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def save(done: list[str], times: int = 1, depth: int = 1) -> None:
    """Save something, in nested blocks, while Ctrl-C is pressed."""
    with saving():
        if depth > 1:
            save(done, times, depth - 1)
        else:
            for _ in range(times):
                press()
        done.append("saved")


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_the_outermost_block_ends_before_the_interrupt(depth: int) -> None:
    done: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        save(done, depth=depth)
    assert done == ["saved"] * depth
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_what_may_be_left_out_is_stopped_at_once() -> None:
    done = []
    with saving():
        press()
        with pytest.raises(KeyboardInterrupt), stoppable():
            done.append("left out")
        done.append("all")
    assert done == ["all"]


def test_the_second_signal_is_answered_and_the_third_ends(logged: list[str]) -> None:
    done: list[str] = []
    with as_keyboard_interrupts():
        with pytest.raises(KeyboardInterrupt):
            press()
        save(done)
        assert (done, logged) == (["saved"], [LINE])
        with pytest.raises(KeyboardInterrupt):
            save(done)
        assert (done, logged) == (["saved"], [LINE])
        # One that code holds up after all ends the process.
        assert signal.getsignal(signal.SIGINT) == signal.SIG_DFL
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_double_press_while_saving_does_not_break_it() -> None:
    done: list[str] = []
    with as_keyboard_interrupts(), pytest.raises(KeyboardInterrupt):
        save(done, times=2)
    assert done == ["saved"]


def test_the_handler_of_a_program_around_it_is_left_alone() -> None:
    seen: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: seen.append(number))
    try:
        save([])
    finally:
        signal.signal(signal.SIGINT, before)
    assert seen == [signal.SIGINT]


def test_a_signal_that_is_ignored_stays_so() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with as_keyboard_interrupts():
            press()
    finally:
        signal.signal(signal.SIGINT, before)


def test_other_threads_are_not_concerned() -> None:
    done = []

    def elsewhere() -> None:
        with as_keyboard_interrupts(), saving(), stoppable():
            done.append("all")

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert done == ["all"]


def kept(log: list[str]) -> Generator[int, None, None]:
    """A run that keeps what is done when it is interrupted, and takes one more step."""
    try:
        yield 1
        yield 2
    except KeyboardInterrupt:
        log.append("kept")
        yield 3


class Pressed(Generator[int, None, None]):
    """Steps whose reader is interrupted before the second, outside of what makes them."""

    def __init__(self, steps: Generator[int, None, None]) -> None:
        self._steps = steps
        self._taken = 0

    def send(self, value: None) -> int:
        self._taken += 1
        if self._taken == 2:
            raise KeyboardInterrupt
        return next(self._steps)

    def throw(self, *error: Any) -> int:
        return self._steps.throw(*error)


def test_an_interrupt_between_steps_goes_to_who_can_keep_what_is_done() -> None:
    log: list[str] = []
    assert list(relayed(Pressed(kept(log)))) == [1, 3]
    exhaust(Pressed(kept(log)))
    assert log == ["kept", "kept"]


def test_an_interrupt_that_nobody_keeps_goes_through() -> None:
    def steps() -> Iterator[int]:
        yield 1
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        exhaust(relayed(steps()))
