"""Parameters of the observer."""

from __future__ import annotations

from pydantic import Field
from stylekit import FileText, Params


class CharcoalParams(Params):
    """Describe each field with its unit: `stylekit describe` shows it."""

    path: FileText = Field("", description="File for the table; a free name if it is taken.")
    every: int = Field(
        1, ge=1, description="Steps between two rows. Reading losses makes a GPU wait."
    )
