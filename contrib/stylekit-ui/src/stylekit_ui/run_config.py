"""From what was chosen at a desk to the configuration of a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stylekit.errors import UsageError
from stylekit.inputs.syntax import StyleSource
from stylekit.runs.config import Layer
from stylekit_ui.catalogue import Installed
from stylekit_ui.storage import Shelf, Source

RUN_KEYS = ("seed", "weights")
"""Keys of a run that are among the settings."""


@dataclass(frozen=True)
class Wanted:
    """What was chosen.

    Attributes:
        interp: how a clip goes from one style to the next.
        clip: something that moves is expected.
        region: what a config says of the part to paint.
        settings: everything else that was stated, as a config would hold it.
    """

    content: Source | None
    styles: Sequence[StyleSource]
    interp: str
    clip: bool
    region: Mapping[str, Any]
    preset: str
    method: str
    size: int | None
    settings: Layer


def config_of(wanted: Wanted, installed: Installed, shelf: Shelf) -> dict[str, Any]:
    """Return what is to be done, as a config file would hold it; inputs are kept for good.

    Raises:
        StylekitError: something is missing, or makes no sense.
    """
    content, styles = wanted.content, wanted.styles
    if content is None:
        raise UsageError("There is nothing to paint yet.", "Drop something, or take a sample.")
    if content.is_video != wanted.clip:
        what = "moves" if content.is_video else "is a picture"
        place = "Video" if content.is_video else "Picture"
        raise UsageError(f"{Path(content.text).name} {what}.", f"Its place is under {place}.")
    if len(styles) < installed.component(wanted.method).spec.styles[0]:
        raise UsageError("There is no style yet.", "Drop a painting, or take a sample.")
    settings = relevant(installed, wanted.method, wanted.preset, wanted.settings)
    for text in _texts_in(settings):
        shelf.check(text)
    config: dict[str, Any] = {
        **settings,
        **wanted.region,
        "method": wanted.method,
        "content": [shelf.keep(content.text)],
        "style": [style.text for style in styles],
        "interp": wanted.interp,
    }
    if wanted.preset:
        config["preset"] = wanted.preset
    if wanted.size:
        config["size"] = int(wanted.size)
    sources = [content.text, *(style.source for style in styles[:1])]
    config["out"] = str(shelf.target(sources, content.suffix))
    return config


def relevant(installed: Installed, method: str, preset: str, settings: Layer) -> dict[str, Any]:
    """Return the settings that mean something to a run: not those of what was chosen before."""
    known = {piece.component.id for piece in installed.pieces(method, preset, settings)}
    known |= {slot.name for slot in installed.slots(method, preset, settings)}
    return {key: value for key, value in settings.items() if key in known or key in RUN_KEYS}


def _texts_in(value: Any) -> Iterator[str]:
    """Yield every text in settings, in lists and tables, too: any of them may name a file."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts_in(each)
    elif isinstance(value, Sequence):
        for each in value:
            yield from _texts_in(each)
