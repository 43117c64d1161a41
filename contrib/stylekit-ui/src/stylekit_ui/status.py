"""The status lines of the page as HTML; text from elsewhere is escaped."""

from __future__ import annotations

import base64
import logging
from collections.abc import Mapping
from html import escape

from stylekit_ui.messages import Failure, RunFinished, RunProgress

PLACEHOLDER = '<div class="sk-empty">{}</div>'


def placeholder(text: str) -> str:
    """Return a box with a text where an image will appear."""
    return PLACEHOLDER.format(escape(text))


def preview(progress: RunProgress) -> str:
    """Return the current image, embedded in the page so that it leaves no file."""
    data = base64.b64encode(progress.preview).decode("ascii")
    return f'<img class="sk-preview" alt="The image so far" src="data:image/jpeg;base64,{data}">'


def line(text: str, level: int = logging.INFO) -> str:
    """Return a status line; from the level of a warning on, it is marked."""
    if level < logging.WARNING:
        return f'<div class="sk-status" role="status">{escape(text)}</div>'
    name = logging.getLevelName(level).capitalize()
    return (
        f'<div class="sk-status sk-{"error" if level >= logging.ERROR else "warning"}" '
        f'role="alert"><span><b>{escape(name)}</b> {escape(text)}</span></div>'
    )


def progress_bar(progress: RunProgress) -> str:
    """Return the progress of a run: a bar, the step, the time left and the losses."""
    seconds = progress.seconds_left
    left = "" if seconds is None else f" · {duration(seconds)} left"
    return (
        f'<div class="sk-status" role="status">'
        f'<progress max="1" value="{progress.fraction:.3f}"></progress>'
        f"<span>{escape(progress.line + left)}</span>"
        f"<small>{escape(losses(progress.losses))}</small></div>"
    )


def run_finished(result: RunFinished) -> str:
    """Return the line about a finished or stopped run."""
    outcome = "Stopped; best result saved" if result.interrupted else "Done"
    steps = f"{result.steps} step{'' if result.steps == 1 else 's'}"
    return line(f"{outcome}: {steps} in {duration(result.seconds)} · {result.image.name}")


def failure(error: Failure) -> str:
    """Return an error with its hint."""
    hint = f"<small>{escape(error.hint)}</small>" if error.hint else ""
    return (
        f'<div class="sk-status sk-error" role="alert"><span>{escape(error.message)}</span>'
        f"{hint}</div>"
    )


def losses(values: Mapping[str, float]) -> str:
    """Return losses as text, the total first."""
    total = [f"loss {values['total']:.3g}"] if "total" in values else []
    terms = [f"{name} {value:.2g}" for name, value in values.items() if name != "total"]
    return " · ".join([*total, *(terms if len(terms) > 1 else [])])


def duration(seconds: float) -> str:
    """Return `8 s`, `0:52` or `1:02:30`."""
    if seconds < 10:
        return f"{seconds:.0f} s" if seconds >= 1 else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
