"""Which texts of a configuration name files, so that they can be written for another folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel

from stylekit.files.paths import exists
from stylekit.inputs.syntax import parse_region, parse_style, split_scheme
from stylekit.params import Text, marks
from stylekit.registry.catalogue import Catalogue
from stylekit.specs import MediaSpec
from stylekit.weights.selection import looks_like_path, without_pin

HOME = "~/"
"""What a path below the user's home folder begins with, wherever that is."""


@dataclass(frozen=True)
class Names:
    """Marks the texts of a command's keys that name sources.

    Attributes:
        split: gives what stands before the source, the source, and what stands after it, of a
            text that is relative to a folder.
    """

    split: Callable[[str, Path], tuple[str, str, str]]


def _style(text: str, folder: Path) -> tuple[str, str, str]:
    source = parse_style(text, folder).source
    return "", source, text[len(source) :]


def _region(text: str, folder: Path) -> tuple[str, str, str]:
    source = parse_region(text, folder).source
    return "", source, text[len(source) :]


def _weights(text: str, folder: Path) -> tuple[str, str, str]:
    network, equals, what = text.partition("=")
    if not equals or looks_like_path(network):
        network, equals, what = "", "", text
    source = without_pin(what)
    # Anything else is the name of a component, whatever files there are.
    found = looks_like_path(source)
    return (network + equals, source, what[len(source) :]) if found else (text, "", "")


SourceText = Annotated[Text, Names(lambda text, folder: ("", text, ""))]
StyleText = Annotated[Text, Names(_style)]
RegionText = Annotated[Text, Names(_region)]
WeightsText = Annotated[Text, Names(_weights)]


@dataclass(frozen=True)
class NamedPath:
    """A path in a configuration.

    Attributes:
        key: the run key, or nothing for a parameter of a component.
        text: the path as it is written, without scheme and options.
        source: the same with its scheme.
    """

    key: str
    text: str
    source: str


Change = Callable[[NamedPath], str | None]


def map_paths(
    values: Mapping[str, Any],
    model: type[BaseModel],
    catalogue: Catalogue,
    change: Change,
    folder: Path | None = None,
) -> dict[str, Any]:
    """Rewrite the paths of a configuration.

    Texts of keys that are marked `Names` are asked about. Any other text must look like a path (a
    suffix or a slash), so that `init = "content"` stays what it is beside a folder called content.
    `out` names what will be, and is left alone.

    Args:
        model: has a field for each key of the command.
        change: gives what to write for a path, or None to leave it.
        folder: what relative paths are relative to; None: the working folder.
    """
    names = marks(model, Names)
    schemes = set(_path_schemes(catalogue))
    base = folder or Path()

    def changed(value: Any, key: str) -> Any:
        if isinstance(value, list | tuple):
            return [changed(item, key) for item in value]
        if isinstance(value, Mapping):
            return {name: changed(item, "") for name, item in value.items()}
        if not isinstance(value, str):
            return value
        before, source, after = names[key].split(value, base) if key else ("", value, "")
        if not key and not looks_like_path(value):
            return value
        scheme, path = _split_path(source, base, schemes) if key else ("", source)
        if not path or (new := change(NamedPath(key, path, source))) is None:
            return value
        return before + scheme + new + after

    return {
        key: value if key == "out" else changed(value, key if key in names else "")
        for key, value in values.items()
    }


def _path_schemes(catalogue: Catalogue) -> Iterator[str]:
    """Yield the schemes that a path follows, and no name of a listing."""
    for component in catalogue.all(MediaSpec):
        if not component.spec.samples:
            yield from component.spec.schemes


def _split_path(source: str, base: Path, schemes: Collection[str]) -> tuple[str, str]:
    """Split a source into its scheme, with the colon, and its path; either may be nothing."""
    scheme, rest = ("", source) if exists(base / source) else split_scheme(source)
    if scheme and scheme not in schemes and not looks_like_path(rest):
        return scheme + ":", ""
    return (scheme + ":" if scheme else ""), rest


def portable(path: Path, folder: Path | None) -> str:
    """Write a path so that a file in `folder` can name it after both were moved together.

    Relative, if both lie in one folder below the root and the user's home; else from the home
    folder, which leaves its name out; else absolute, as it is without a folder.
    """
    whole = _real(path)
    if folder is None:
        return str(whole)
    base = Path(os.path.realpath(folder))
    try:
        shared = Path(os.path.commonpath([whole, base]))
    except ValueError:
        # Two drives.
        return str(whole)
    home = _home()
    if shared.parent == shared or (home is not None and home.is_relative_to(shared)):
        below = home is not None and whole.is_relative_to(home)
        return HOME + whole.relative_to(home).as_posix() if home and below else str(whole)
    relative = Path(os.path.relpath(whole, base)).as_posix()
    # Not to be taken for a name, for a scheme, or for the home folder.
    bare = not looks_like_path(relative) or split_scheme(relative)[0] or relative.startswith("~")
    return f"./{relative}" if bare else relative


def placed(text: str, folder: Path) -> Path:
    """Find the place of a path that `portable` wrote."""
    home = _home()
    if text.startswith(HOME) and home is not None and not exists(folder / text):
        return home / text.removeprefix(HOME)
    return folder / text


def _real(path: Path) -> Path:
    """Resolve links on the way to a file, and not the file itself, whose name says what it is."""
    if path.name in ("", ".."):
        return Path(os.path.realpath(path))
    return Path(os.path.realpath(path.parent)) / path.name


def _home() -> Path | None:
    try:
        home = Path(os.path.realpath(Path.home()))
    except RuntimeError:
        return None
    return None if home.parent == home else home
