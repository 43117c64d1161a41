"""Previews of a run."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import TYPE_CHECKING

import stylekit
from stylekit.files.ownership import OwnFiles
from stylekit.inputs.syntax import short_name
from stylekit_plugins.observers.null import Off
from stylekit_plugins.observers.params import PreviewParams

if TYPE_CHECKING:
    from stylekit.events import Step


class Preview:
    """Saves the best image so far each N steps: `me-0050.png`, `me-0100.png`."""

    def __init__(self, params: PreviewParams) -> None:
        self._every = params.every
        self._folder = Path(params.folder)
        self._format = params.format
        self._names: dict[str, str] = {}
        self._earlier: set[str] | None = None
        # One of many previews under another name is worth no line.
        self._files = OwnFiles(lambda _: False, level=logging.DEBUG)

    @stylekit.hookimpl
    def step_finished(self, step: Step) -> None:
        """Save a preview if it is time to.

        Raises:
            InputError: it cannot be written.
        """
        if step.index % self._every:
            return
        image = step.snapshot().image.to_pil()
        if self._format == "jpg":
            image = image.convert("RGB")
        name = f"{self._name(step.stage.image)}-{step.index:04}.{self._format}"
        with self._files.writing(self._folder / name) as temporary:
            # PNG: fast rather than small, the run is waiting.
            image.save(temporary, quality=90, compress_level=1)

    def _name(self, source: str) -> str:
        """Return the same name for one source, and another for each other source of a batch.

        Nor has it one that is in the folder already: previews of an earlier run stay.
        """
        if self._earlier is None:
            self._earlier = self._names_there()
        if source not in self._names:
            stem = name = short_name(source)
            number = 1
            while name in self._names.values() or name in self._earlier:
                number += 1
                name = f"{stem}-{number}"
            self._names[source] = name
        return self._names[source]

    def _names_there(self) -> set[str]:
        """Return the names of the images that the folder has previews of."""
        if not self._folder.is_dir():
            return set()
        pattern = re.compile(rf"(.+)-\d{{4,}}\.{self._format}")
        found = (pattern.fullmatch(path.name) for path in self._folder.iterdir())
        return {match[1] for match in found if match is not None}


def make_preview(params: PreviewParams) -> Preview | Off:
    """Return the observer, or one without hooks if no previews are requested."""
    return Preview(params) if params.every else Off()
