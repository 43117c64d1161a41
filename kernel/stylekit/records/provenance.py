"""What decides a result: settings, the bytes of its inputs, and versions, but no places.

Two runs of one provenance make the same result, so that one can go on where the other stopped.
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
        # Where the work is done, and how names were found.
        *("device", "memory_mb", "offline", "prefer", "preset", "each_style"),
        # These are inputs and versions.
        *("content", "style", "region", "weights"),
    )
)

_CHOSEN_LATER = frozenset(("media", "region", "weights"))
"""Kinds whose tables count, although no component of a plan has them."""

_MOST_NAMED = 3
"""Differences that a message names."""


def fingerprint(facts: Mapping[str, Any]) -> str:
    """Hash facts as JSON, whatever the order of their keys."""
    text = json.dumps(facts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Provenance:
    """All that decides a result.

    Attributes:
        settings: the configuration, without paths.
        inputs: by role (`content`, `style 2`) a digest and the number of files.
        versions: of components and torch; of weights their SHA-256.
        names: what the inputs are called here, for messages. They decide nothing.
    """

    settings: Mapping[str, Any]
    inputs: Mapping[str, tuple[str, int]]
    versions: Mapping[str, str]
    names: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What a record or a state keeps of it: nothing but JSON."""
        kept = {"settings": self.settings, "inputs": self.inputs, "versions": self.versions}
        facts: dict[str, Any] = json.loads(json.dumps(kept, default=str))
        return facts

    @cached_property
    def digest(self) -> str:
        """64 hex digits that stand for the facts."""
        return fingerprint(self.facts)

    def refusal(self, what: str, earlier: object) -> InputError:
        """Make the error for something that a run of another provenance has left.

        Args:
            what: what it has left, as the subject of a sentence.
            earlier: the facts of that run, as far as they are known.
        """
        return InputError(
            f"{what} of another run: {self.differences(earlier)}.",
            "Repeat that run with --resume, its inputs and versions as they were; or delete this "
            "and begin again without.",
        )

    def differences(self, earlier: object) -> str:
        """Say how facts differ from these, in half a sentence."""
        lines = list(self._differences(earlier)) if isinstance(earlier, Mapping) else []
        if not lines:
            return "what it was made of is not known"
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
    """Yield keys whose values differ, with both values; None: it is not there."""
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
        digests: by role; see `Provenance.inputs`.
        names: by role; see `Provenance.names`.
    """

    def __init__(self, sources: Sources, catalogue: Catalogue, model: type[BaseModel]) -> None:
        self._sources = sources
        self._catalogue = catalogue
        self._model = model
        self.digests: dict[str, tuple[str, int]] = {}
        self.names: dict[str, str] = {}

    def add(self, role: str, source: str, files: Sequence[Path] | None = None) -> bool:
        """Add the files of a source; tell whether there are any.

        Args:
            files: None: those that its adapter reads.

        Raises:
            InputError: one cannot be read.
        """
        found = self._sources.files(source) if files is None else files
        if found:
            self.digests[role] = digest_of_files(found), len(found)
            self.names[role] = source
        return bool(found)

    def settings(
        self, resolved: Mapping[str, Any], used: Iterable[Component[Any]]
    ) -> dict[str, Any]:
        """Reduce a configuration to what decides a result, and add the files that it names.

        Parameters marked `UserOnly`, such as a file to write, decide nothing.

        Args:
            used: components whose tables count, beside those of media, regions and weights.

        Raises:
            InputError: a file cannot be read.
        """
        ids = {component.id for component in used}
        tables = self._catalogue.tables()
        kept: dict[str, Any] = {}
        for key, value in without_user_only(resolved, self._model, self._catalogue).items():
            owners = tables.get(key, ())
            counts = not owners or any(c.id in ids or c.spec.kind in _CHOSEN_LATER for c in owners)
            if counts and key not in _CHANGES_NOTHING:
                kept |= self.without_paths({key: value})
        return kept

    def without_paths(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Take the paths out of a configuration, and add the files that they name.

        Raises:
            InputError: one cannot be read.
        """
        kept: dict[str, Any] = {}
        for key, value in values.items():
            change = partial(self._add_named, key)
            kept |= map_paths({key: value}, self._model, self._catalogue, change)
        return kept

    def _add_named(self, key: str, named: NamedPath) -> str | None:
        if not exists(named.text):
            return None
        role = f"file in {key}"
        number = sum(each.startswith(role) for each in self.digests)
        self.add(f"{role} {number + 1}" if number else role, named.text)
        return ""


@functools.cache
def _torch_version() -> str:
    """Look it up once: that takes milliseconds."""
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
