"""What the page says while it works, as HTML; every word from elsewhere is escaped."""

from __future__ import annotations

import base64
import logging
from collections.abc import Mapping
from html import escape

from stylekit_ui.messages import Failed, Made, Progress

EMPTY = '<div class="sk-empty">{}</div>'


def empty(line: str) -> str:
    """Return the place of a picture that is not there yet."""
    return EMPTY.format(escape(line))


def preview(progress: Progress) -> str:
    """Return the picture so far: inside the page, so that no file is left of it."""
    data = base64.b64encode(progress.preview).decode("ascii")
    return f'<img class="sk-preview" alt="The picture so far" src="data:image/jpeg;base64,{data}">'


def line(text: str, level: int = logging.INFO) -> str:
    """Return a line about what goes on; a warning is marked as one."""
    mark = f"{logging.getLevelName(level).capitalize()}: " * (level >= logging.WARNING)
    return f'<div class="sk-status" role="status">{escape(mark + text)}</div>'


def working(progress: Progress) -> str:
    """Return how far a run is."""
    left = "" if progress.left is None else f" · {duration(progress.left)} left"
    return (
        f'<div class="sk-status" role="status">'
        f'<progress max="1" value="{progress.part:.3f}"></progress>'
        f"<span>{escape(progress.line + left)}</span>"
        f"<small>{escape(losses(progress.losses))}</small></div>"
    )


def made(result: Made) -> str:
    """Return what became of a run."""
    how = "Stopped, and the best so far kept" if result.interrupted else "Done"
    steps = f"{result.steps} step{'' if result.steps == 1 else 's'}"
    return line(f"{how}: {steps} in {duration(result.seconds)} · {result.image.name}")


def failed(error: Failed) -> str:
    """Return what went wrong."""
    hint = f"<small>{escape(error.hint)}</small>" if error.hint else ""
    return (
        f'<div class="sk-status sk-error" role="alert"><span>{escape(error.message)}</span>'
        f"{hint}</div>"
    )


def losses(values: Mapping[str, float]) -> str:
    """Return losses for people, the total first."""
    total = [f"loss {values['total']:.3g}"] if "total" in values else []
    parts = [f"{name} {value:.2g}" for name, value in values.items() if name != "total"]
    return " · ".join([*total, *(parts if len(parts) > 1 else [])])


def duration(seconds: float) -> str:
    """Return `8 s`, `0:52` or `1:02:30`."""
    if seconds < 10:
        return f"{seconds:.0f} s" if seconds >= 1 else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
