"""Pictures of the run while it goes on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import stylekit
from stylekit.atomic import replacing
from stylekit.frames import short_name
from stylekit_plugins.observers.off import Off
from stylekit_plugins.observers.params import PreviewParams

if TYPE_CHECKING:
    from stylekit.events import Step


class Preview:
    """Saves the best picture so far each N steps: `me-0050.png`, `me-0100.png`."""

    def __init__(self, params: PreviewParams) -> None:
        self._every = params.every
        self._folder = Path(params.folder)
        self._format = params.format
        self._names: dict[str, str] = {}

    @stylekit.hookimpl
    def step_finished(self, step: Step) -> None:
        """Save a preview if it is time to.

        Raises:
            InputError: it cannot be written.
        """
        if step.index % self._every:
            return
        picture = step.snapshot().picture.to_pil()
        if self._format == "jpg":
            picture = picture.convert("RGB")
        name = f"{self._name(step.stage.picture)}-{step.index:04}.{self._format}"
        with replacing(self._folder / name) as temporary:
            # PNG: fast rather than small, the run is waiting.
            picture.save(temporary, quality=90, compress_level=1)

    def _name(self, source: str) -> str:
        """Return the same name for one source, and another for each other source of a batch."""
        if source not in self._names:
            stem = name = short_name(source)
            number = 1
            while name in self._names.values():
                number += 1
                name = f"{stem}-{number}"
            self._names[source] = name
        return self._names[source]


def make_preview(params: PreviewParams) -> Preview | Off:
    """Return the observer, or one without hooks if no previews are wanted."""
    return Preview(params) if params.every else Off()
