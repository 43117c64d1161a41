"""Which sources may be clips, and which files can hold one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stylekit.errors import InputError
from stylekit.images.frames import Clip
from stylekit.inputs.sources import Sources
from stylekit.inputs.syntax import MEMORY, split_scheme
from stylekit.protocols import ClipMedia
from stylekit.registry.catalogue import Catalogue, make
from stylekit.specs import MediaSpec

DEFAULT_CLIP = ".mp4"
"""Suffix of clips whose source cannot be written like it."""


def may_move(source: str, sources: Sources) -> bool:
    """Tell from its name whether a source may be a clip."""
    if split_scheme(source)[0] == MEMORY:
        return False
    component, _ = sources.reader(source)
    return bool({Path(source).suffix.lower(), ""} & set(component.spec.clips))


def clip_suffix(source: str, catalogue: Catalogue) -> str:
    """Return the suffix of a clip made of a source: its own if that can be written."""
    suffix = Path(source).suffix.lower()
    return suffix if suffix in _written(catalogue) else DEFAULT_CLIP


def check_clip(
    clip: Clip, path: Path, catalogue: Catalogue, tables: Mapping[str, dict[str, Any]]
) -> tuple[str, ...]:
    """Refuse a file that cannot hold a clip made of this one, and say what it will lack.

    Args:
        tables: parameters by component, from the config.

    Raises:
        InputError: its suffix is one of images, or the adapter says no.
    """
    suffix = path.suffix.lower()
    for component in catalogue.all(MediaSpec):
        if suffix in component.spec.writes and suffix in component.spec.clips:
            component.require_extra(f"Writing {path}")
            media: ClipMedia = make(component, tables)
            return tuple(media.check(clip, str(path)) or ())
    known = _written(catalogue)
    raise InputError(
        f"Cannot write {path}: the content {clip.origin} is a clip, and '{suffix}' files hold "
        "images.",
        f"Name a file that ends in {', '.join(known)}." if known else "",
    )


def _written(catalogue: Catalogue) -> list[str]:
    specs = [component.spec for component in catalogue.all(MediaSpec)]
    return [suffix for spec in specs for suffix in spec.clips if suffix in spec.writes]
