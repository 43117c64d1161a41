"""Observers hear of pictures one after the other."""

from __future__ import annotations

from typing import Any

import pytest
from stylekit_ray.event_buffer import Narration


@pytest.fixture
def heard() -> list[str]:
    return []


@pytest.fixture
def narration(heard: list[str]) -> Narration:
    def emit(hook: str, **facts: Any) -> None:
        heard.append(f"{hook} {facts['of']}")

    return Narration(emit)


def test_the_first_is_told_as_it_grows_and_the_others_wait(narration, heard):
    narration.note(0, "stage", of="a")
    narration.note(1, "stage", of="b")
    narration.note(0, "step", of="a")
    narration.note(1, "step", of="b")
    narration.complete(1)
    narration.note(2, "stage", of="c")
    assert heard == ["stage a", "step a"]
    narration.complete(0)
    assert heard[2:] == ["stage b", "step b", "stage c"]
    narration.note(2, "step", of="c")
    assert heard[-1] == "step c"


def test_what_is_lost_holds_nobody_up(narration, heard):
    narration.note(0, "stage", of="a")
    narration.note(1, "stage", of="b")
    narration.forget(0)
    assert heard == ["stage a", "stage b"]
    narration.note(0, "stage", of="a again")
    narration.complete(1)
    assert heard[-1] == "stage a again"


def test_at_the_end_all_is_told(narration, heard):
    narration.note(0, "stage", of="a")
    narration.note(1, "stage", of="b")
    narration.complete(7)
    narration.end()
    narration.end()
    assert heard == ["stage a", "stage b"]
