"""Completion in shells, by argcomplete: commands, options, and the values that options take.

The shell runs `stylekit` with `_ARGCOMPLETE` set whenever the user presses Tab, so that everything
here must be quick: nothing imports torch, and pydantic is imported for parameters alone.
"""

from __future__ import annotations

import argparse
import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from stylekit.cli.values import COMPONENT, FILE, FOLDER, SETTING, SOURCE, names_of, taken_by
from stylekit.errors import StylekitError
from stylekit.registry.catalogue import Catalogue, params_model
from stylekit.specs import SPEC_TYPES, CommandSpec, MediaSpec

VARIABLE = "_ARGCOMPLETE"
"""The environment variable by which a shell asks for completions."""


def words_before_cursor() -> list[str]:
    """Return the words of the command line that the shell wants to be completed."""
    from argcomplete.lexers import split_line

    line, point = os.environ["COMP_LINE"], int(os.environ["COMP_POINT"])
    words: Sequence[str] = split_line(line, point)[3]
    return list(words[1:])


def complete(parser: argparse.ArgumentParser, catalogue: Catalogue) -> None:
    """Print the completions to where the shell reads them, and end the process."""
    import argcomplete
    from argcomplete.completers import ChoicesCompleter

    for each in _with_commands(parser):
        for action in each._actions:
            values = taken_by(action)
            if values:
                completed: Any = action
                completed.completer = _completer(values, catalogue)
    # Where no option says what it takes, the shell completes names of files.
    argcomplete.autocomplete(
        parser, always_complete_options=False, default_completer=ChoicesCompleter([])
    )


def _with_commands(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.values()


def _completer(values: Sequence[str], catalogue: Catalogue) -> Callable[..., list[str]]:
    def complete(prefix: str, **_: Any) -> list[str]:
        found = [each for value in values for each in _values(value, prefix, catalogue)]
        return [each for each in dict.fromkeys(found) if each.startswith(prefix)]

    return complete


def _values(value: str, prefix: str, catalogue: Catalogue) -> Iterable[str]:
    """Yield what an option may take, for one of the words that its command gave to `takes`."""
    if value == SOURCE:
        return _sources(prefix, catalogue)
    if value in (FILE, FOLDER):
        return _paths(prefix, None if value == FILE else ())
    if value == SETTING:
        return _settings(prefix, catalogue)
    if value == COMPONENT:
        kinds = [kind for kind in SPEC_TYPES if kind != CommandSpec.kind]
        return [name for kind in kinds for name in names_of(kind, catalogue)]
    if value.rpartition(" ")[2] in SPEC_TYPES:
        return names_of(value, catalogue)
    return [value]


def _sources(prefix: str, catalogue: Catalogue) -> Iterator[str]:
    specs = [component.spec for component in catalogue.all(MediaSpec)]
    for spec in specs:
        yield from (f"{scheme}:{name}" for scheme in spec.schemes for name in spec.samples)
    yield from _paths(prefix, tuple(suffix for spec in specs for suffix in spec.suffixes))


def _paths(prefix: str, suffixes: tuple[str, ...] | None) -> Iterator[str]:
    """Yield the folders that begin with a prefix, and the files with one of the suffixes.

    Args:
        suffixes: None: all files.
    """
    folder, _, start = prefix.rpartition("/")
    place = folder + "/" if "/" in prefix else ""
    with contextlib.suppress(OSError, ValueError):
        for entry in sorted(Path(place or ".").expanduser().iterdir()):
            if entry.name.startswith(".") and not start.startswith("."):
                continue
            if entry.is_dir():
                yield f"{place}{entry.name}/"
            elif suffixes is None or entry.suffix.lower() in suffixes:
                yield f"{place}{entry.name}"


def _settings(prefix: str, catalogue: Catalogue) -> Iterator[str]:
    """Yield `NAME.` for each component, then `NAME.KEY=` for its parameters, then values."""
    tables = catalogue.tables()
    named = [
        name
        for name, (component, *_) in tables.items()
        if ":" not in name and component.spec.params and name.startswith(prefix.partition(".")[0])
    ]
    if "." not in prefix and len(named) > 1:
        yield from (f"{name}." for name in named)
        return
    for name in named:
        if "." in prefix and name != prefix.partition(".")[0]:
            continue
        with contextlib.suppress(StylekitError):
            properties = params_model(tables[name][0]).model_json_schema().get("properties", {})
            for key, schema in properties.items():
                start = f"{name}.{key}="
                yield from _settings_of(start, schema) if prefix.startswith(start) else [start]


def _settings_of(start: str, schema: dict[str, Any]) -> list[str]:
    """Return the values of one parameter: its choices, or its default."""
    if "enum" in schema:
        return [f"{start}{choice}" for choice in schema["enum"]]
    if schema.get("type") == "boolean":
        return [f"{start}true", f"{start}false"]
    default = schema.get("default")
    return [f"{start}{default:g}"] if isinstance(default, int | float) else []
