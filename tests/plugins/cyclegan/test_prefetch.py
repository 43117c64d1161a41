"""Prefetching: in order, one at a time, no further than needed, errors where they belong."""

from __future__ import annotations

import threading

import pytest

from stylekit_plugins.cyclegan.prefetch import prefetch


def test_in_order_and_one_ahead() -> None:
    started: list[int] = []

    def read(place: int) -> int:
        started.append(place)
        return 10 * place

    results = prefetch(read, range(5))
    assert next(results) == 0
    # The next one may have started, none beyond it.
    assert started in ([0], [0, 1])
    assert list(results) == [10, 20, 30, 40]
    assert started == [0, 1, 2, 3, 4]


def test_in_another_thread() -> None:
    (thread,) = prefetch(lambda place: threading.current_thread(), [0])
    assert thread is not threading.current_thread()


def test_an_error_comes_when_its_place_does() -> None:
    results = prefetch(lambda place: 1 // place, [2, 1, 0])
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_nothing_to_read() -> None:
    assert list(prefetch(lambda place: place, [])) == []
