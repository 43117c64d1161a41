"""Reading ahead: in order, one at a time, no further than needed, errors where they belong."""

from __future__ import annotations

import threading

import pytest

from stylekit_plugins.cyclegan.prefetch import ahead


def test_in_order_and_one_ahead() -> None:
    begun: list[int] = []

    def read(place: int) -> int:
        begun.append(place)
        return 10 * place

    made = ahead(read, range(5))
    assert next(made) == 0
    # The next one may have begun, none beyond it.
    assert begun in ([0], [0, 1])
    assert list(made) == [10, 20, 30, 40]
    assert begun == [0, 1, 2, 3, 4]


def test_in_another_thread() -> None:
    (thread,) = ahead(lambda place: threading.current_thread(), [0])
    assert thread is not threading.current_thread()


def test_an_error_comes_when_its_place_does() -> None:
    made = ahead(lambda place: 1 // place, [2, 1, 0])
    assert [next(made), next(made)] == [0, 1]
    with pytest.raises(ZeroDivisionError):
        next(made)


def test_nothing_to_read() -> None:
    assert list(ahead(lambda place: place, [])) == []
