"""From a source string to a media adapter: `me.jpg`, `photos/`, `sample:me`, `night.jpg*0.5`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal

from stylekit.errors import InputError
from stylekit.files.paths import exists, is_file, is_folder, missing_file
from stylekit.images.frames import Clip, Frame, MappedFrames
from stylekit.inputs.syntax import path_in, split_scheme
from stylekit.machine.extras import is_installed
from stylekit.protocols import AssembledMedia, Media, RecognizingMedia, SourceList
from stylekit.registry.catalogue import Catalogue, Component, make
from stylekit.specs import MediaSpec
from stylekit.text import did_you_mean

ContentType = Literal["image", "clip"] | None
"""The content of a file; None: its adapter cannot tell."""


class Sources:
    """Reads each source with the media adapter that claims it.

    Args:
        catalogue: has the adapters.
        tables: parameters by component, from the config.
    """

    def __init__(self, catalogue: Catalogue, tables: dict[str, dict[str, object]]) -> None:
        self._adapters = catalogue.all(MediaSpec)
        self._tables = tables
        self._recognized: dict[tuple[str, int, int], tuple[Component[MediaSpec], ContentType]] = {}

    def expand(self, source: str) -> list[str]:
        """Return the sources in a source: the images of a folder, or the source itself.

        Raises:
            InputError: nothing claims it, or it is empty.
        """
        component, target = self.reader(source)
        if not component.spec.expands_folders:
            return [source]
        listing: SourceList = make(component, self._tables)
        return listing.expand(target)

    def read(self, source: str) -> Clip:
        """Read a source that is one image or one video.

        Raises:
            InputError: nothing claims it, or its adapter cannot read it.
        """
        component, target = self.reader(source)
        if component.spec.expands_folders:
            listed = self.expand(source)
            if len(listed) > 1:
                raise InputError(
                    f"{source} contains several images, but one is needed here.",
                    "Name one of them.",
                )
            return self.read(listed[0])
        media: Media = make(component, self._tables)
        if isinstance(media, AssembledMedia):
            return media.assemble(target, self.read_image)
        return media.read(target)

    def recognize(self, source: str) -> ContentType:
        """Recognize the content of a source without decoding it; None: its adapter cannot tell.

        Raises:
            InputError: nothing claims it.
        """
        if Path(source).is_file():
            return self._claimed(source)[1]
        component, target = self.reader(source)
        media = make(component, self._tables)
        return media.recognize(target) if isinstance(media, RecognizingMedia) else None

    def read_image(self, source: str) -> Frame:
        """Read the image of a source: its first frame if it has several.

        Raises:
            InputError: see `read`.
        """
        return self.read(source).image

    def read_later(self, source: str, origin: str) -> Clip:
        """Return a clip of one frame that is read again on each access.

        Thousands of these take no memory.

        Args:
            origin: the origin of the frame, instead of `source`.
        """
        return Clip(
            MappedFrames(
                1,
                lambda _: replace(self.read_image(source), origin=origin),
                keep_latest=False,
            ),
            origin,
        )

    def files(self, source: str) -> list[Path]:
        """List the files that a source is read from, in order; none if it has no files.

        For a folder these are the files that its adapter lists with `expand`, or else all files.

        Raises:
            InputError: the folder is empty or cannot be read.
        """
        path = Path(path_in(source))
        if not is_folder(path):
            return [path] if is_file(path) else []
        try:
            component, target = self.reader(source)
        except InputError:
            # The scheme is that of a region, which reads the path itself.
            component, target = self.reader(str(path))
        adapter = make(component, self._tables)
        if hasattr(adapter, "expand"):
            return [Path(each) for each in adapter.expand(target)]
        return sorted(each for each in path.rglob("*") if each.is_file())

    def writer(self, path: Path) -> Media:
        """Return the adapter that writes files with this suffix.

        Raises:
            InputError: no adapter does.
            MissingExtraError: its adapter needs packages that are not installed.
        """
        suffix = path.suffix.lower()
        for component in self._adapters:
            if suffix in component.spec.writes:
                component.require_extra(f"Writing {path}")
                media: Media = make(component, self._tables)
                return media
        known = [suffix for component in self._adapters for suffix in component.spec.writes]
        raise InputError(
            f"Cannot write {path}: no plugin writes '{suffix}' files.", did_you_mean(suffix, known)
        )

    def reader(self, source: str) -> tuple[Component[MediaSpec], str]:
        """Return the adapter that reads a source, and the source without its scheme.

        Raises:
            InputError: there is no such adapter or file.
            MissingExtraError: its adapter needs packages that are not installed.
        """
        path = Path(source)
        if not exists(path):
            scheme, rest = split_scheme(source)
            if scheme:
                component, target = self._by_scheme(scheme, rest)
                component.require_extra(f"Reading {source}")
                return component, target
            raise missing_file(path)
        if not (path.is_file() or path.is_dir()):
            # Reading a pipe or a device might never end.
            raise InputError(f"Cannot read {source}: it is neither a regular file nor a folder.")
        if not path.is_dir():
            return self._claimed(source)[0], source
        for component in self._adapters:
            if component.spec.expands_folders:
                return component, source
        raise InputError(f"Cannot read {source}: no installed plugin reads folders.")

    def _claimed(self, source: str) -> tuple[Component[MediaSpec], ContentType]:
        """Return the adapter that reads a file, and the content that it recognizes."""
        suffix = Path(source).suffix.lower()
        claims = [c for c in self._adapters if suffix in c.spec.suffixes]
        claims += [c for c in self._adapters if c.spec.detects_content and c not in claims]
        if not claims:
            raise InputError(f"Cannot read {source}: no installed plugin reads '{suffix}' files.")
        status = Path(source).stat()
        file = (source, status.st_mtime_ns, status.st_size)
        if file not in self._recognized:
            usable = [claim for claim in claims if is_installed(claim.spec.modules)]
            recognized = next(self._recognizing(usable, source), None)
            if recognized is None:
                _require_unasked(claims, source)
            self._recognized[file] = recognized or (claims[0], None)
        return self._recognized[file]

    def _recognizing(
        self, claims: list[Component[MediaSpec]], source: str
    ) -> Iterator[tuple[Component[MediaSpec], ContentType]]:
        for component in claims:
            if not component.spec.detects_content:
                yield component, None
                continue
            media: RecognizingMedia = make(component, self._tables)
            content = media.recognize(source)
            if content is not None:
                yield component, content

    def _by_scheme(self, scheme: str, rest: str) -> tuple[Component[MediaSpec], str]:
        for component in self._adapters:
            if scheme in component.spec.schemes:
                return component, rest
        known = [name for component in self._adapters for name in component.spec.schemes]
        raise InputError(
            f"No installed plugin reads '{scheme}:' sources, and there is no file "
            f"'{scheme}:{rest}'.",
            did_you_mean(scheme, known),
        )


def _require_unasked(claims: list[Component[MediaSpec]], source: str) -> None:
    """Name the extra of an adapter that might read a file which no other one recognizes.

    That is the adapter of its suffix; for a suffix that no adapter has, any of them.

    Raises:
        MissingExtraError: packages of the adapter are not installed.
    """
    if Path(source).suffix.lower() in claims[0].spec.suffixes:
        claims[0].require_extra(f"Reading {source}")
        return
    for component in claims:
        component.require_extra(f"{source} is not recognized; reading it as {component.spec.name}")
