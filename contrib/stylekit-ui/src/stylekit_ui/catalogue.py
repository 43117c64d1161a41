"""What can be chosen on the page: whatever is installed, a stranger's like a built-in's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from stylekit.records.config_files import read_config
from stylekit.registry.catalogue import Catalogue, Component, params_model
from stylekit.runs.config import FEATHER, Layer, merge
from stylekit.runs.plan import DEFAULT_PRESET
from stylekit.specs import (
    SPEC_TYPES,
    BlendSpec,
    LossSpec,
    MediaSpec,
    MethodSpec,
    PresetSpec,
    Spec,
)

S = TypeVar("S", bound=Spec)

Choices = list[tuple[str, str]]
"""What people read, and what a config says."""


@dataclass(frozen=True)
class Slot:
    """A place in a method for one of several components."""

    name: str
    choices: Choices
    filled: Component[Any]


@dataclass(frozen=True)
class Piece:
    """A component of a run, with what can be set of it.

    Attributes:
        fields: JSON schema of each parameter.
        values: what they are if nobody says otherwise.
    """

    component: Component[Any]
    fields: Mapping[str, Mapping[str, Any]]
    values: Mapping[str, Any]


class Installed:
    """The choices that a set of plugins gives."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def config_of(self, record: Path) -> dict[str, Any]:
        """Read the configuration of an earlier run, its inputs where they are now.

        Raises:
            StylekitError: it is no record, or says what only a user may say.
        """
        return read_config(record, self._catalogue)

    def methods(self, clips: bool) -> Choices:
        """Return the methods for pictures, or those for clips first: every method does clips."""
        everything = self._catalogue.all(MethodSpec)
        own = [method for method in everything if method.spec.clips == clips]
        others = [method for method in everything if clips and not method.spec.clips]
        return _choices([*own, *others])

    def presets(self) -> Choices:
        """Return the presets, without the one that lies under every run."""
        return _choices(
            [c for c in self._catalogue.all(PresetSpec) if c.spec.name != DEFAULT_PRESET]
        )

    def blends(self) -> Choices:
        """Return the ways of putting a result into a part of a picture."""
        return [(FEATHER, FEATHER), *_choices(self._catalogue.all(BlendSpec))]

    def samples(self) -> Choices:
        """Return the pictures that need no file."""
        return [
            (name, f"{spec.schemes[0]}:{name}")
            for spec in (component.spec for component in self._catalogue.all(MediaSpec))
            for name in spec.samples
        ]

    def suffixes(self, clips: bool) -> list[str]:
        """Return what files of pictures, or of clips, are called."""
        specs = [component.spec for component in self._catalogue.all(MediaSpec)]
        found = [suffix for spec in specs for suffix in (spec.clips if clips else spec.suffixes)]
        return list(dict.fromkeys(filter(None, found)))

    def component(self, method: str) -> Component[MethodSpec]:
        """Return a method."""
        return self._catalogue.find(MethodSpec, method)

    def method_of(self, preset: str) -> str:
        """Return the method that a preset wants, by its full id; nothing if it wants none."""
        name = merge(self._layers(preset)).get("method", "")
        return self.component(str(name)).id if name else ""

    def slots(self, method: str, preset: str, settings: Layer) -> list[Slot]:
        """Return what a method works with, and what could be there instead.

        Args:
            settings: what the user has stated, as a config would hold it.
        """
        component, layers = self.component(method), [*self._layers(preset), settings]
        working = self._worker(component, layers)
        stated = merge(layers)
        found = []
        for name, default in {**working.spec.slots, **component.spec.slots}.items():
            role = name.removesuffix("_loss")
            kind = LossSpec if role != name else SPEC_TYPES[name.rpartition("_")[2]]
            fits = [c for c in self._catalogue.all(kind) if getattr(c.spec, "role", role) == role]
            wanted = stated.get(name)
            near = None if wanted else working.plugin
            filled = self._catalogue.find(kind, str(wanted or default), near)
            found.append(Slot(name, _choices(fits), filled))
        return found

    def pieces(self, method: str, preset: str, settings: Layer) -> list[Piece]:
        """Return what takes part in a run, the method first."""
        component, layers = self.component(method), [*self._layers(preset), settings]
        working = self._worker(component, layers)
        slots = self.slots(method, preset, settings)
        parts = {(c.spec.kind, c.id): c for c in (component, working, *(x.filled for x in slots))}
        return [_piece(part, layers) for part in parts.values()]

    def _worker(
        self, method: Component[MethodSpec], layers: Sequence[Layer]
    ) -> Component[MethodSpec]:
        """Return what makes the frames of a method for clips, or the method."""
        if not method.spec.frame_method:
            return method
        return self.component(str(_stated(method, layers).get("method", method.spec.frame_method)))

    def _layers(self, preset: str) -> list[Layer]:
        everything = self._catalogue.all(PresetSpec)
        layers: list[Layer] = [c.spec.values for c in everything if c.spec.name == DEFAULT_PRESET]
        if preset:
            layers = [*layers[:1], self._catalogue.find(PresetSpec, preset).spec.values]
        return layers


def _stated(component: Component[Any], layers: Sequence[Layer]) -> dict[str, Any]:
    """Return what the layers say of a component's parameters, the strongest last."""
    found: dict[str, Any] = {}
    for layer in layers:
        for key in (component.spec.name, component.id):
            table = layer.get(key)
            found |= table if isinstance(table, Mapping) else {}
    return found


def _piece(component: Component[Any], layers: Sequence[Layer]) -> Piece:
    model = params_model(component)
    defaults = {
        name: field.get_default(call_default_factory=True)
        for name, field in model.model_fields.items()
        if not field.is_required()
    }
    schema = model.model_json_schema()
    return Piece(
        component, schema.get("properties", {}), {**defaults, **_stated(component, layers)}
    )


def _choices(components: list[Component[S]]) -> Choices:
    """Return components by name, or by full id where two have one name."""
    names = Counter(component.spec.name for component in components)
    return [
        (component.spec.name if names[component.spec.name] == 1 else component.id, component.id)
        for component in components
    ]
