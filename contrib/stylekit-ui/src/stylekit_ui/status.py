"""The status lines of the page as HTML; text from elsewhere is escaped."""

from __future__ import annotations

import base64
import logging
from collections.abc import Mapping
from html import escape

from stylekit.text import clock_text
from stylekit_ui.messages import Failure, RunFinished, RunProgress, TrainingFinished

PLACEHOLDER = '<div class="sk-empty">{}</div>'


def placeholder(text: str) -> str:
    """Return a box with a text where an image will appear."""
    return PLACEHOLDER.format(escape(text))


def preview_url(jpeg: bytes) -> str:
    """Return the current image as a data URL, so that it leaves no file."""
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode("ascii")


def line(text: str, level: int = logging.INFO) -> str:
    """Return a status line; from the level of a warning on, it is marked."""
    if level < logging.WARNING:
        return _box(escape(text))
    name = logging.getLevelName(level).capitalize()
    return _box(
        f"<b>{escape(name)}</b> {escape(text)}", "error" if level >= logging.ERROR else "warning"
    )


def _box(text: str, kind: str = "", rest: str = "") -> str:
    """Return a status as HTML; a screen reader says the text, and not the rest."""
    return (
        f'<div class="sk-status{f" sk-{kind}" if kind else ""}">'
        f'<span role="{"alert" if kind else "status"}">{text}</span>{rest}</div>'
    )


def progress_bar(progress: RunProgress) -> str:
    """Return the progress of a run: a bar, the step, the time left and the losses."""
    seconds = progress.seconds_left
    left = "" if seconds is None else f" · {duration(seconds)} left"
    # A screen reader says each quarter; each step would be too much.
    spoken = f'<span class="sk-spoken">{25 * int(4 * progress.fraction)} % done</span>'
    return _box(
        spoken,
        rest=f'<progress max="1" value="{progress.fraction:.3f}" aria-label="Progress"></progress>'
        f"<span>{escape(progress.line + left)}</span>"
        f"<small>{escape(losses(progress.losses))}</small>",
    )


def run_finished(result: RunFinished) -> str:
    """Return the line about a finished or stopped run."""
    outcome = "Stopped; best result saved" if result.interrupted else "Done"
    return line(
        f"{outcome}: {_steps(result.steps)} in {duration(result.seconds)} · {result.image.name}"
    )


def training_finished(result: TrainingFinished) -> str:
    """Return the lines about a finished or stopped training, and where its network is."""
    outcome = "Stopped; the network so far is saved" if result.interrupted else "Done"
    text = f"{outcome}: {_steps(result.steps)} in {duration(result.seconds)}"
    return _box(escape(text), rest=f"<small>{escape(str(result.network))}</small>")


def _steps(count: int) -> str:
    return f"{count} step{'' if count == 1 else 's'}"


def failure(error: Failure) -> str:
    """Return an error with its hint."""
    hint = f"<small>{escape(error.hint)}</small>" if error.hint else ""
    return _box(f"<span>{escape(error.message)}</span>{hint}", "error")


def losses(values: Mapping[str, float]) -> str:
    """Return losses as text, the total first; nothing for a method that minimizes nothing.

    Such a method reports a total of exactly 0, and no parts.
    """
    if values == {"total": 0.0}:
        return ""
    total = [f"loss {values['total']:.3g}"] if "total" in values else []
    terms = [f"{name} {value:.2g}" for name, value in values.items() if name != "total"]
    return " · ".join([*total, *(terms if len(terms) > 1 else [])])


def duration(seconds: float) -> str:
    """Return `8 s`, `0:52` or `1:02:30`."""
    if seconds < 10:
        return f"{seconds:.0f} s" if seconds >= 1 else f"{seconds:.1f} s"
    return clock_text(seconds)
