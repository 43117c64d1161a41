"""From a source string to a media adapter: `me.jpg`, `photos/`, `sample:astronaut`, `a.jpg*0.5`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from stylekit.components import Catalogue, Component, load_object, params_model
from stylekit.errors import InputError, UsageError
from stylekit.frames import Clip, Frame
from stylekit.params import validate
from stylekit.protocols import Media
from stylekit.specs import MediaSpec
from stylekit.suggest import did_you_mean

# One letter is a Windows drive, not a scheme.
_SCHEME = re.compile(r"([a-z][a-z0-9+-]+):(.*)", re.DOTALL)
_STYLE = re.compile(r"(.+?)(?:@(\d+(?:\.\d+)?(?:s|f|%)?))?(?:\*([^*@/]+))?", re.DOTALL)


@dataclass(frozen=True)
class StyleSource:
    """A style source with its moment and its weight (not yet normalised)."""

    source: str
    when: str | None = None
    weight: float = 1.0


def parse_style(text: str) -> StyleSource:
    """Split `SRC[@WHEN][*WEIGHT]`; a file whose own name looks like that is taken as it is.

    Raises:
        UsageError: the weight is no positive number.
    """
    match = _STYLE.fullmatch(text)
    if match is None or Path(text).exists():
        return StyleSource(text)
    source, when, weight = match.groups()
    if weight is None:
        return StyleSource(source, when)
    try:
        value = float(weight)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise UsageError(
            f"Style '{text}': the weight '{weight}' is no positive number.",
            "Write for example night.jpg*0.5.",
        )
    return StyleSource(source, when, value)


class Sources:
    """Reads sources through whichever media adapter claims them.

    Args:
        catalogue: where the adapters are found.
        tables: parameters by component, from the config.
    """

    def __init__(self, catalogue: Catalogue, tables: dict[str, dict[str, object]]) -> None:
        self._adapters = catalogue.all(MediaSpec)
        self._tables = tables

    def read(self, source: str) -> Iterator[Clip]:
        """Yield the clips of a source.

        Raises:
            InputError: nothing claims it, or its adapter cannot read it.
        """
        component, target = self._reader(source)
        return iter(self._make(component).read(target))

    def read_picture(self, source: str) -> Frame:
        """Return the one picture of a source.

        Raises:
            InputError: it cannot be read, or holds more than one picture.
        """
        clips = self.read(source)
        first = next(clips, None)
        if first is None:
            raise InputError(f"{source} has no pictures in it.")
        if next(clips, None) is not None:
            raise InputError(
                f"{source} holds several pictures, and one is needed here.", "Name one of them."
            )
        return first.picture

    def writer(self, path: Path) -> Media:
        """Return the adapter that writes files with this suffix.

        Raises:
            InputError: no adapter does.
        """
        suffix = path.suffix.lower()
        for component in self._adapters:
            if suffix in component.spec.writes:
                return self._make(component)
        known = [suffix for component in self._adapters for suffix in component.spec.writes]
        raise InputError(
            f"Cannot write {path}: no plugin writes '{suffix}' files.", did_you_mean(suffix, known)
        )

    def _reader(self, source: str) -> tuple[Component[MediaSpec], str]:
        path = Path(source)
        match = _SCHEME.fullmatch(source)
        if match and not path.exists():
            return self._by_scheme(*match.groups())
        if path.is_dir():
            return self._first(lambda spec: spec.folders, source, "folders"), source
        if not path.exists():
            raise _missing(path)
        suffix = path.suffix.lower()
        for component in self._adapters:
            if suffix in component.spec.suffixes:
                return component, source
        return self._first(lambda spec: spec.sniffs, source, f"'{suffix}' files"), source

    def _by_scheme(self, scheme: str, rest: str) -> tuple[Component[MediaSpec], str]:
        for component in self._adapters:
            if scheme in component.spec.schemes:
                return component, rest
        known = [name for component in self._adapters for name in component.spec.schemes]
        raise InputError(
            f"Nothing reads '{scheme}:' sources, and there is no file '{scheme}:{rest}'.",
            did_you_mean(scheme, known),
        )

    def _first(self, wanted, source: str, what: str) -> Component[MediaSpec]:  # type: ignore[no-untyped-def]
        for component in self._adapters:
            if wanted(component.spec):
                return component
        raise InputError(f"Cannot read {source}: no installed plugin reads {what}.")

    def _make(self, component: Component[MediaSpec]) -> Media:
        values = self._tables.get(component.id, self._tables.get(component.spec.name, {}))
        params = validate(params_model(component), values, component.spec.name)
        media: Media = load_object(component.spec.factory, component)(params)
        return media


def _missing(path: Path) -> InputError:
    """An error for a missing file; names the nearest one in the same folder."""
    parent = path.parent
    try:
        beside = [entry.name for entry in parent.iterdir()] if parent.is_dir() else None
    except OSError:
        beside = []
    if beside is None:
        return InputError(f"No such file: {path}", f"There is no folder {parent}.")
    hint = did_you_mean(path.name, beside)
    return InputError(f"No such file: {path}", hint.split(" Known:")[0] if "Did" in hint else None)
