"""Observers get the events of one image after the other."""

from __future__ import annotations

from stylekit_ray.event_buffer import EventBuffer

from stylekit.events import Skipped


def event(name: str) -> Skipped:
    return Skipped(name, "")


def taken(buffer: EventBuffer) -> list[str]:
    return [each.name for each in buffer.take()]


def test_the_first_result_comes_through_and_the_others_wait():
    buffer = EventBuffer()
    for number, name in ((0, "a1"), (1, "b1"), (0, "a2"), (1, "b2")):
        buffer.add(number, event(name))
    buffer.complete(1)
    buffer.add(2, event("c1"))
    assert taken(buffer) == ["a1", "a2"]
    buffer.complete(0)
    assert taken(buffer) == ["b1", "b2", "c1"]
    buffer.add(2, event("c2"))
    assert taken(buffer) == ["c2"]


def test_a_lost_result_holds_nothing_up():
    buffer = EventBuffer()
    buffer.add(0, event("a"))
    buffer.add(1, event("b"))
    assert taken(buffer) == ["a"]
    buffer.forget(0)
    assert taken(buffer) == ["b"]
    buffer.add(0, event("a again"))
    buffer.complete(1)
    assert taken(buffer) == ["a again"]


def test_at_the_end_everything_comes_through_once():
    buffer = EventBuffer()
    buffer.add(0, event("a"))
    buffer.add(1, event("b"))
    buffer.complete(7)
    buffer.complete_all()
    assert taken(buffer) == ["a", "b"]
    assert taken(buffer) == []
