"""The provenance of a result: settings, the bytes of its inputs, and versions, but no paths.

Two runs of one provenance make the same result, so one can resume where the other stopped.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from stylekit.errors import InputError
from stylekit.files.paths import exists
from stylekit.inputs.config_paths import NamedPath, map_paths
from stylekit.inputs.sources import Sources
from stylekit.records.digests import digest_of_files
from stylekit.records.trust import without_user_only
from stylekit.registry.catalogue import Catalogue, Component
from stylekit.text import and_more
from stylekit.weights.manager import Choice

_CHANGES_NOTHING = frozenset(
    (
        # The machine, and how names were resolved.
        *("device", "memory_mb", "offline", "prefer", "preset", "each_style"),
        # These are recorded as inputs and versions.
        *("content", "style", "region", "weights"),
    )
)

_CHOSEN_LATER = frozenset(("media", "region", "weights"))
"""Kinds whose tables count although a plan does not choose their components."""

_MOST_NAMED = 3
"""Number of differences that a message names."""


def fingerprint(facts: Mapping[str, Any]) -> str:
    """Hash facts as JSON, whatever the order of their keys."""
    text = json.dumps(facts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Provenance:
    """Everything that determines a result.

    Attributes:
        settings: the configuration, without paths.
        inputs: by role (`content`, `style 2`), a digest and the number of files.
        versions: versions of components and torch, and the SHA-256 of weights.
        names: names of the inputs for messages; they do not affect the result.
    """

    settings: Mapping[str, Any]
    inputs: Mapping[str, tuple[str, int]]
    versions: Mapping[str, str]
    names: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def facts(self) -> dict[str, Any]:
        """The provenance as JSON values, as records and states store it."""
        values = {"settings": self.settings, "inputs": self.inputs, "versions": self.versions}
        facts: dict[str, Any] = json.loads(json.dumps(values, default=str))
        return facts

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the facts, 64 hex digits."""
        return fingerprint(self.facts)

    def refusal(self, what: str, earlier: object) -> InputError:
        """Return the error for a file that a run of another provenance has written.

        Args:
            what: the file, as the subject of a sentence.
            earlier: the facts of that run, as far as they are known.
        """
        return InputError(
            f"{what} of another run: {self.differences(earlier)}.",
            "Repeat that run with --resume and its original inputs and versions; or delete the "
            "file and start again without --resume.",
        )

    def differences(self, earlier: object) -> str:
        """Describe how earlier facts differ from these, as a part of a sentence."""
        lines = list(self._differences(earlier)) if isinstance(earlier, Mapping) else []
        if not lines:
            return "its inputs are not known"
        return and_more(lines, _MOST_NAMED, separator="; ")

    def _differences(self, earlier: Mapping[str, Any]) -> Iterator[str]:
        for role, before, now in _changed(earlier.get("inputs"), self.facts["inputs"]):
            named = f"the {role} {self.names.get(role, '')}".rstrip()
            if before is None or now is None:
                yield f"{named} is {'new' if before is None else 'missing'}"
            elif isinstance(before, list) and before[1:] != now[1:]:
                yield f"{named} has {now[1]} files, and had {before[1]}"
            else:
                yield f"{named} has changed"
        for name, before, now in _changed(earlier.get("versions"), self.facts["versions"]):
            yield f"{name} is {now or 'not used'}, and was {before or 'not used'}"
        flat = [_flat(x) for x in (earlier.get("settings"), self.facts["settings"])]
        for key, before, now in _changed(*flat):
            yield f"{key} is {json.dumps(now)}, and was {json.dumps(before)}"


def _changed(before: Any, now: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Yield keys whose values differ, with both values; None: the key is missing."""
    before = before if isinstance(before, Mapping) else {}
    for key in dict.fromkeys((*now, *before)):
        if before.get(key) != now.get(key):
            yield key, before.get(key), now.get(key)


def _flat(values: Any, above: str = "") -> dict[str, Any]:
    """Flatten tables into dotted keys."""
    flat: dict[str, Any] = {}
    for key, value in values.items() if isinstance(values, Mapping) else ():
        inner = isinstance(value, Mapping) and value
        flat.update(_flat(value, f"{above}{key}.") if inner else {f"{above}{key}": value})
    return flat


class Inputs:
    """Collects the inputs of a provenance.

    Args:
        model: has a field for each key of the command.

    Attributes:
        digests: the `inputs` of the provenance.
        names: the `names` of the provenance.
    """

    def __init__(self, sources: Sources, catalogue: Catalogue, model: type[BaseModel]) -> None:
        self._sources = sources
        self._catalogue = catalogue
        self._model = model
        self.digests: dict[str, tuple[str, int]] = {}
        self.names: dict[str, str] = {}

    def add(self, role: str, source: str, files: Sequence[Path] | None = None) -> bool:
        """Add the files of a source; return whether there are any.

        Args:
            files: None: the files that its adapter reads.

        Raises:
            InputError: a file cannot be read.
        """
        if files is None:
            files = self._sources.files(source)
        if files:
            self.digests[role] = digest_of_files(files), len(files)
            self.names[role] = source
        return bool(files)

    def settings(
        self, resolved: Mapping[str, Any], used: Iterable[Component[Any]]
    ) -> dict[str, Any]:
        """Reduce a configuration to the settings that affect a result, and add the files in it.

        Parameters marked `UserOnly`, such as a file to write, do not affect a result.

        Args:
            used: components whose tables count, besides those of media, regions and weights.

        Raises:
            InputError: a file cannot be read.
        """
        ids = {component.id for component in used}
        tables = self._catalogue.tables()
        settings: dict[str, Any] = {}
        for key, value in without_user_only(resolved, self._model, self._catalogue).items():
            owners = tables.get(key, ())
            counts = not owners or any(c.id in ids or c.spec.kind in _CHOSEN_LATER for c in owners)
            if counts and key not in _CHANGES_NOTHING:
                settings |= self.without_paths({key: value})
        return settings

    def without_paths(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Replace the paths in a configuration by empty texts, and add the files that they name.

        Raises:
            InputError: a file cannot be read.
        """
        result: dict[str, Any] = {}
        for key, value in values.items():
            change = partial(self._add_named, key)
            result |= map_paths({key: value}, self._model, self._catalogue, change)
        return result

    def _add_named(self, key: str, named: NamedPath) -> str | None:
        if not exists(named.text):
            return None
        role = f"file in {key}"
        number = sum(each.startswith(role) for each in self.digests)
        self.add(f"{role} {number + 1}" if number else role, named.text)
        return ""


@functools.cache
def _torch_version() -> str:
    """Return the version of torch; cached, as the look-up takes milliseconds."""
    return version("torch")


def versions_of(
    components: Iterable[Component[Any]], weights: Mapping[str, Choice]
) -> dict[str, str]:
    """Describe the versions of components, of weights by network, and of torch."""
    versions = {"torch": _torch_version()}
    for component in (*components, *(choice.component for choice in weights.values())):
        about = component.describe_version()
        by = f"{about['distribution']} {about['distribution_version']}"
        versions[f"{about['kind']} {about['id']}"] = f"version {about['version']} of {by}"
    for network, choice in weights.items():
        versions[f"weights of {network}"] = choice.sha256
    return dict(sorted(versions.items()))
