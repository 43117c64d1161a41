"""From a source string to a media adapter: `me.jpg`, `photos/`, `sample:me`, `night.jpg*0.5`."""

from __future__ import annotations

from pathlib import Path

from stylekit.components import Catalogue, Component, make
from stylekit.errors import InputError
from stylekit.frames import Clip, Frame
from stylekit.protocols import ClipMedia, Media, SourceList
from stylekit.source_names import MEMORY, exists, missing_file, split_scheme
from stylekit.specs import MediaSpec
from stylekit.suggest import did_you_mean

DEFAULT_CLIP = ".mp4"
"""Suffix of clips whose source cannot be written like it."""


class Sources:
    """Reads sources through whichever media adapter claims them.

    Args:
        catalogue: where the adapters are found.
        tables: parameters by component, from the config.
    """

    def __init__(self, catalogue: Catalogue, tables: dict[str, dict[str, object]]) -> None:
        self._adapters = catalogue.all(MediaSpec)
        self._tables = tables

    def expand(self, source: str) -> list[str]:
        """Return the sources that a source stands for: the pictures of a folder, or itself.

        Raises:
            InputError: nothing claims it, or it is empty.
        """
        component, target = self._reader(source)
        if not component.spec.folders:
            return [source]
        listing: SourceList = make(component, self._tables)
        return listing.expand(target)

    def read(self, source: str) -> Clip:
        """Return the clip of a source that stands for itself.

        Raises:
            InputError: nothing claims it, or its adapter cannot read it.
        """
        component, target = self._reader(source)
        if component.spec.folders:
            listed = self.expand(source)
            if len(listed) > 1:
                raise InputError(
                    f"{source} holds several pictures, and one is needed here.",
                    "Name one of them.",
                )
            return self.read(listed[0])
        media: Media = make(component, self._tables)
        return media.read(target)

    def read_picture(self, source: str) -> Frame:
        """Return the picture of a source, the first frame if it has several.

        Raises:
            InputError: see `read`.
        """
        return self.read(source).picture

    def writer(self, path: Path) -> Media:
        """Return the adapter that writes files with this suffix.

        Raises:
            InputError: no adapter does.
        """
        suffix = path.suffix.lower()
        for component in self._adapters:
            if suffix in component.spec.writes:
                media: Media = make(component, self._tables)
                return media
        known = [suffix for component in self._adapters for suffix in component.spec.writes]
        raise InputError(
            f"Cannot write {path}: no plugin writes '{suffix}' files.", did_you_mean(suffix, known)
        )

    def may_move(self, source: str) -> bool:
        """Tell from its name whether a source may be a clip."""
        if split_scheme(source)[0] == MEMORY:
            return False
        component, _ = self._reader(source)
        return bool({Path(source).suffix.lower(), ""} & set(component.spec.clips))

    def clip_suffix(self, source: str) -> str:
        """Return the suffix of a clip made of a source: its own if that can be written."""
        suffix = Path(source).suffix.lower()
        written = {s for c in self._adapters for s in c.spec.clips if s in c.spec.writes}
        return suffix if suffix in written else DEFAULT_CLIP

    def check_clip(self, clip: Clip, path: Path) -> None:
        """Refuse a file that cannot hold a clip made of this one.

        Raises:
            InputError: its suffix is one of pictures, or the adapter says no.
        """
        suffix = path.suffix.lower()
        both = [c for c in self._adapters if suffix in c.spec.writes and suffix in c.spec.clips]
        if not both:
            known = [s for c in self._adapters for s in c.spec.clips if s in c.spec.writes]
            raise InputError(
                f"Cannot write {path}: the content {clip.origin} is a clip, and '{suffix}' files "
                "hold pictures.",
                f"Name a file that ends in {', '.join(known)}." if known else "",
            )
        media: ClipMedia = make(both[0], self._tables)
        media.check(clip, str(path))

    def _reader(self, source: str) -> tuple[Component[MediaSpec], str]:
        path = Path(source)
        if not exists(path):
            scheme, rest = split_scheme(source)
            if scheme:
                return self._by_scheme(scheme, rest)
            raise missing_file(path)
        suffix = path.suffix.lower()
        if path.is_dir():
            claims = [c for c in self._adapters if c.spec.folders]
        else:
            claims = [c for c in self._adapters if suffix in c.spec.suffixes]
            claims += [c for c in self._adapters if c.spec.sniffs]
        if not claims:
            what = "folders" if path.is_dir() else f"'{suffix}' files"
            raise InputError(f"Cannot read {source}: no installed plugin reads {what}.")
        return claims[0], source

    def _by_scheme(self, scheme: str, rest: str) -> tuple[Component[MediaSpec], str]:
        for component in self._adapters:
            if scheme in component.spec.schemes:
                return component, rest
        known = [name for component in self._adapters for name in component.spec.schemes]
        raise InputError(
            f"Nothing reads '{scheme}:' sources, and there is no file '{scheme}:{rest}'.",
            did_you_mean(scheme, known),
        )
