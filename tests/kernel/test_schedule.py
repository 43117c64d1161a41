"""Weights of the styles of a video at each frame."""

from __future__ import annotations

import pytest

from stylekit.errors import UsageError
from stylekit.images.frames import Clip
from stylekit.inputs.schedule import Schedule
from stylekit.methods.base import Style
from stylekit.testing.images import clip, frame

VIDEO = clip(count=5)
"""Five frames, from 0 to 0.4 s."""


def schedule(*timestamps: str | None, video: Clip = VIDEO, interp="linear") -> Schedule:
    styles = [Style(frame(number, 8, 8), 1.0, at) for number, at in enumerate(timestamps)]
    return Schedule(styles, video, interp)


@pytest.mark.parametrize("end", ["0.4", "0.4s", "100%", "4f", "end"])
def test_a_timestamp_has_several_spellings(end):
    weights = [schedule("0", end).weights_at(index)[1] for index in range(5)]
    assert weights == pytest.approx([0, 0.25, 0.5, 0.75, 1])


def test_weights_add_up_to_one():
    three = schedule("0", "0.15", "0.4")
    for index in range(5):
        assert sum(three.weights_at(index)) == pytest.approx(1)


def test_before_the_first_and_after_the_last_timestamp_one_style_is_alone():
    late = schedule("0.15", "0.25")
    assert late.weights_at(0) == late.weights_at(1) == (1, 0)
    assert late.weights_at(3) == late.weights_at(4) == (0, 1)


def test_a_step_changes_at_the_timestamp():
    assert [schedule("0", "2f", interp="step").weights_at(k)[1] for k in range(4)] == [0, 0, 1, 1]


def test_a_cosine_is_slow_at_both_ends():
    weights = [schedule("0", "end", interp="cosine").weights_at(k)[1] for k in range(5)]
    assert weights[1] < 0.25
    assert weights[2] == pytest.approx(0.5)
    assert weights[3] > 0.75


@pytest.mark.parametrize(
    ("timestamps", "message"),
    [
        (("0", None), "has no timestamp"),
        (("0.3", "0.1"), "is not later"),
        (("0.1", "1f"), "is not later"),
        (("0", "9"), "beyond the end"),
        (("0", "9f"), "beyond the end"),
        (("0", "200%"), "beyond the end"),
    ],
)
def test_timestamps_that_make_no_sense_are_refused(timestamps, message):
    with pytest.raises(UsageError, match=message):
        schedule(*timestamps)


def test_an_image_has_no_timestamps():
    with pytest.raises(UsageError, match="is an image"):
        schedule("0", "1", video=Clip((frame(),), "me.png"))
