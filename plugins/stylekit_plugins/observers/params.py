"""Parameters of the built-in observers."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

import stylekit
from stylekit.params import FileText, Text


class ProgressParams(stylekit.Params):
    """Parameters of `progress`."""

    style: Literal["auto", "bar", "plain", "none"] = Field(
        "auto",
        description=(
            "How to show progress: `bar` (live), `plain` (lines), `none`, or `auto`: a bar where "
            "stderr is a terminal, else lines. `--quiet` turns every style off."
        ),
    )
    interval: float = Field(
        5.0,
        ge=0,
        le=86400,
        description=(
            "Least time between two plain lines of a stage, in seconds, 0 to 86400; 0: a line a "
            "step. The bar is redrawn about 4 times a second whatever this says."
        ),
    )


class LogParams(stylekit.Params):
    """Parameters of `log`."""

    path: FileText = Field(
        "",
        description=(
            "File for the log, one JSON object a line; a path, empty: no log. A log that exists is "
            "continued; any other file is left alone."
        ),
    )
    every: int = Field(
        1,
        ge=1,
        description=(
            "Log each N-th step, in steps, 1 or more. Reading losses makes a GPU wait: a larger "
            "number costs less."
        ),
    )


class PreviewParams(stylekit.Params):
    """Parameters of `preview`."""

    every: int = Field(
        0, ge=0, description="Save a preview each N steps, in steps, 0 or more; 0: no previews."
    )
    folder: Text = Field(
        "previews",
        description=(
            "Folder for previews, a path; made when it is missing. Files are called "
            "IMAGE-STEP, or IMAGE-2-STEP where an earlier run has left such files: none is "
            "replaced."
        ),
    )
    format: Literal["png", "jpg", "webp"] = Field(
        "png", description="File format: `png` (lossless), `jpg` (no transparency) or `webp`."
    )
