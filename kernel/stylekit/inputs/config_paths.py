"""The paths in a configuration, and how to write them relative to another folder."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel

from stylekit.errors import StylekitError
from stylekit.files.paths import exists, looks_like_path
from stylekit.inputs.marks import file_fields, marks
from stylekit.inputs.syntax import parse_region, parse_style, split_scheme
from stylekit.params import Text
from stylekit.registry.catalogue import Catalogue, Component, params_model
from stylekit.specs import MediaSpec
from stylekit.weights.selection import without_pin

HOME = "~/"
"""The beginning of a path below the user's home folder."""


@dataclass(frozen=True)
class Names:
    """Marks the texts of a command's keys that name sources.

    Attributes:
        split: splits a text, whose paths are relative to a folder, into the text before the
            source, the source, and the text after it.
    """

    split: Callable[[str, Path], tuple[str, str, str]]


def _style(text: str, folder: Path) -> tuple[str, str, str]:
    source = parse_style(text, folder).source
    return "", source, text[len(source) :]


def _region(text: str, folder: Path) -> tuple[str, str, str]:
    source = parse_region(text, folder).source
    return "", source, text[len(source) :]


def _weights(text: str, folder: Path) -> tuple[str, str, str]:
    network, equals, choice = text.partition("=")
    if not equals or looks_like_path(network):
        network, equals, choice = "", "", text
    source = without_pin(choice)
    if not looks_like_path(source):
        # The name of a component, even if a file is called so.
        return text, "", ""
    return network + equals, source, choice[len(source) :]


SourceText = Annotated[Text, Names(lambda text, folder: ("", text, ""))]
StyleText = Annotated[Text, Names(_style)]
RegionText = Annotated[Text, Names(_region)]
WeightsText = Annotated[Text, Names(_weights)]


@dataclass(frozen=True)
class NamedPath:
    """A path in a configuration.

    Attributes:
        key: the run key; empty for a parameter of a component.
        text: the path as written, without scheme and options.
        source: the path with its scheme.
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

    Paths are in keys that are marked `Names`, in keys and parameters that are `FileText`, and in
    shorthands, whose component is not known here. All but the first must look like a path (a
    suffix or a slash), so that `init = "content"` stays what it is beside a folder called content.
    `out` names a file that does not exist yet, and is left alone.

    Args:
        model: has a field for each key of the command.
        change: returns what to write for a path, or None to leave it.
        folder: what relative paths are relative to; None: the working folder.
    """
    names, files = marks(model, Names), file_fields(model)
    tables = catalogue.tables()
    schemes = set(_path_schemes(catalogue))
    base = folder or Path()

    def named(text: str, key: str) -> str:
        before, source, after = names[key].split(text, base)
        scheme, path = _split_path(source, base, schemes)
        new = change(NamedPath(key, path, source)) if path else None
        return text if new is None else before + scheme + new + after

    def file(text: str) -> str:
        new = change(NamedPath("", text, text)) if text and looks_like_path(text) else None
        return text if new is None else new

    def mapped(key: str, value: Any) -> Any:
        if key in names:
            return _map_texts(value, lambda text: named(text, key))
        if key in files or not (key in tables or key in model.model_fields):
            return _map_texts(value, file)
        if key in tables and isinstance(value, Mapping):
            parameters = _file_parameters(tables[key])
            return {k: _map_texts(v, file) if k in parameters else v for k, v in value.items()}
        return value

    return {key: value if key == "out" else mapped(key, value) for key, value in values.items()}


def _map_texts(value: Any, change: Callable[[str], str]) -> Any:
    """Change every text in lists and tables at any depth."""
    if isinstance(value, list | tuple):
        return [_map_texts(item, change) for item in value]
    if isinstance(value, Mapping):
        return {key: _map_texts(item, change) for key, item in value.items()}
    return change(value) if isinstance(value, str) else value


def _file_parameters(components: Iterable[Component[Any]]) -> frozenset[str]:
    """Return the parameters of components that name files; none of a component that is broken."""
    fields: set[str] = set()
    for component in components:
        with contextlib.suppress(StylekitError):
            fields |= file_fields(params_model(component))
    return frozenset(fields)


def _path_schemes(catalogue: Catalogue) -> Iterator[str]:
    """Yield the schemes that a path follows, as opposed to the name of a sample."""
    for component in catalogue.all(MediaSpec):
        if not component.spec.samples:
            yield from component.spec.schemes


def _split_path(source: str, base: Path, schemes: Collection[str]) -> tuple[str, str]:
    """Split a source into its scheme, with the colon, and its path; either may be empty."""
    scheme, rest = ("", source) if exists(base / source) else split_scheme(source)
    if scheme and scheme not in schemes and not looks_like_path(rest):
        return scheme + ":", ""
    return (scheme + ":" if scheme else ""), rest


def portable(path: Path, folder: Path | None) -> str:
    """Write a path so that a file in `folder` can name it after both were moved together.

    The path is relative if both lie in one folder below the root and the user's home. Otherwise it
    begins at the home folder, without naming it; otherwise, and without a folder, it is absolute.
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
    # It must not be mistaken for a name, a scheme or the home folder.
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
