"""The choices on the page: all installed components, built-in and third-party."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from stylekit.params import Params
from stylekit.records.config_files import read_config
from stylekit.registry.catalogue import Catalogue, Component, load_object, params_model
from stylekit.runs.config import FEATHER
from stylekit.runs.layers import Layer, merge
from stylekit.runs.resolve import DEFAULT_PRESET
from stylekit.specs import (
    SPEC_TYPES,
    BlendSpec,
    CommandSpec,
    MediaSpec,
    MethodSpec,
    PresetSpec,
    Spec,
    WeightsSpec,
)
from stylekit_ui.record_files import UploadedRecord, read_uploaded
from stylekit_ui.storage import Storage

S = TypeVar("S", bound=Spec)

TRAINING_INPUTS = {"style", "dataset", "minutes"}
"""What the page gives a training."""

Choices = list[tuple[str, str]]
"""Labels for people, each with its value in a config."""


@dataclass(frozen=True)
class Sample:
    """A sample image.

    Attributes:
        source: the sample as a config names it.
        component: id of the medium that reads it.
        version: of that component.
    """

    name: str
    source: str
    component: str
    version: int


@dataclass(frozen=True)
class SlotChoice:
    """A slot of a method, the components that fit it, and the selected one."""

    name: str
    choices: Choices
    selected: Component[Any]


@dataclass(frozen=True)
class ComponentForm:
    """A component of a run with its parameters.

    Attributes:
        fields: JSON schema of each parameter.
        values: current value of each parameter, from defaults, preset and settings.
    """

    component: Component[Any]
    fields: Mapping[str, Mapping[str, Any]]
    values: Mapping[str, Any]


class FormCatalogue:
    """The choices that the installed plugins offer to the forms."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def read_config(self, record: Path) -> dict[str, Any]:
        """Read the configuration of an earlier run, with the current paths of its inputs.

        Raises:
            StylekitError: the file is not a record, or contains keys that only a user may set.
        """
        return read_config(record, self._catalogue)

    def read_uploaded(self, paths: Sequence[Path], storage: Storage) -> UploadedRecord:
        """Read the run record among uploaded files; see `record_files.read_uploaded`."""
        return read_uploaded(paths, self._catalogue, storage)

    def methods(self, for_video: bool) -> Choices:
        """Return the methods for images; for video, video methods first and then all others."""
        everything = self._catalogue.all(MethodSpec)
        preferred = [method for method in everything if method.spec.clips == for_video]
        others = [method for method in everything if for_video and not method.spec.clips]
        return _choices([*preferred, *others])

    def trainers(self) -> Choices:
        """Return the methods that learn a painting from photographs in a given time."""
        return _choices(
            [
                c
                for c in self._catalogue.all(MethodSpec)
                if c.spec.trainer and set(c.spec.training_inputs) >= TRAINING_INPUTS
            ]
        )

    def has_command(self, name: str) -> bool:
        """Return whether a plugin offers a command."""
        return any(c.spec.name == name for c in self._catalogue.all(CommandSpec))

    def presets(self) -> Choices:
        """Return the presets except the default one, which every run starts from."""
        return _choices(
            [c for c in self._catalogue.all(PresetSpec) if c.spec.name != DEFAULT_PRESET]
        )

    def blends(self) -> Choices:
        """Return the blend plugins, and feathering first."""
        return [(FEATHER, FEATHER), *_choices(self._catalogue.all(BlendSpec))]

    def samples(self) -> list[Sample]:
        """Return the built-in sample images."""
        return [
            Sample(
                name, f"{component.spec.schemes[0]}:{name}", component.id, component.spec.version
            )
            for component in self._catalogue.all(MediaSpec)
            for name in component.spec.samples
        ]

    def component(self, method: str) -> Component[MethodSpec]:
        """Return a method."""
        return self._catalogue.find(MethodSpec, method)

    def method_of(self, preset: str) -> str:
        """Return the full id of the method that a preset sets, or an empty string."""
        name = merge(self._layers(preset)).get("method", "")
        return self.component(str(name)).id if name else ""

    def schema(self, component: str, parameter: str) -> Mapping[str, Any]:
        """Return the JSON schema of a component's parameter; empty: there is none of this name."""
        for kind in SPEC_TYPES.values():
            for each in self._catalogue.all(kind):
                fields = _fields(each) if each.id == component else {}
                if parameter in fields:
                    return fields[parameter]
        return {}

    def training_form(self, method: str) -> ComponentForm:
        """Return the parameters of the training of a method, without its inputs."""
        component = self.component(method)
        reference = component.spec.training
        model = Params if reference is None else load_object(reference, component)
        form = _component_form(component, [], model)
        fields = {k: v for k, v in form.fields.items() if k not in component.spec.training_inputs}
        return ComponentForm(component, fields, form.values)

    def training_schema(self, method: str, parameter: str) -> Mapping[str, Any]:
        """Return the JSON schema of a parameter of a training; empty: there is none."""
        return self.training_form(method).fields.get(parameter, {})

    def trained_method(self, method: str, preset: str, settings: Layer) -> str:
        """Return the id of the method of a run that paints by networks that people train.

        Empty: none does. Arguments as for `slots`.
        """
        component = self.frame_method(method, preset, settings)
        return component.id if component.spec.trainer else ""

    def frame_method(self, method: str, preset: str, settings: Layer) -> Component[MethodSpec]:
        """Return the method that stylizes the frames for a video method, else the method itself.

        Arguments as for `slots`.
        """
        return self._frame_method(self.component(method), [*self._layers(preset), settings])

    def published_weights(self, method: str) -> Choices:
        """Return the weights that plugins offer for the networks of a method itself."""
        networks = self.component(method).spec.networks
        return _choices(
            [
                c
                for c in self._catalogue.all(WeightsSpec)
                if c.spec.network in networks and not c.spec.source.by_user
            ]
        )

    def slots(self, method: str, preset: str, settings: Layer) -> list[SlotChoice]:
        """Return the slots of a method with the components that fit.

        Args:
            settings: the user's settings, as a config would hold them.
        """
        component, layers = self.component(method), [*self._layers(preset), settings]
        frame_method = self._frame_method(component, layers)
        merged = merge(layers)
        slots = []
        for name, slot in {**frame_method.spec.slots, **component.spec.slots}.items():
            kind = SPEC_TYPES[slot.kind]
            fitting = [
                c
                for c in self._catalogue.all(kind)
                if not slot.role or getattr(c.spec, "role", "") == slot.role
            ]
            requested = merged.get(name)
            near = None if requested else frame_method.plugin
            selected = self._catalogue.find(kind, str(requested or slot.default), near)
            slots.append(SlotChoice(name, _choices(fitting), selected))
        return slots

    def component_forms(self, method: str, preset: str, settings: Layer) -> list[ComponentForm]:
        """Return the components of a run with their parameters, the method first."""
        component, layers = self.component(method), [*self._layers(preset), settings]
        frame_method = self._frame_method(component, layers)
        filling = (slot.selected for slot in self.slots(method, preset, settings))
        components = {(c.spec.kind, c.id): c for c in (component, frame_method, *filling)}
        return [_component_form(each, layers) for each in components.values()]

    def _frame_method(
        self, method: Component[MethodSpec], layers: Sequence[Layer]
    ) -> Component[MethodSpec]:
        if not method.spec.frame_method:
            return method
        name = _parameters(method, layers).get("method", method.spec.frame_method)
        return self.component(str(name))

    def _layers(self, preset: str) -> list[Layer]:
        everything = self._catalogue.all(PresetSpec)
        layers: list[Layer] = [c.spec.values for c in everything if c.spec.name == DEFAULT_PRESET]
        if preset:
            layers = [*layers[:1], self._catalogue.find(PresetSpec, preset).spec.values]
        return layers


def _parameters(component: Component[Any], layers: Sequence[Layer]) -> dict[str, Any]:
    """Return a component's parameters in the layers; later layers override earlier ones."""
    values: dict[str, Any] = {}
    for layer in layers:
        for key in (component.spec.name, component.id):
            table = layer.get(key)
            values |= table if isinstance(table, Mapping) else {}
    return values


def _fields(component: Component[Any]) -> dict[str, dict[str, Any]]:
    """Return the JSON schema of each parameter of a component."""
    return _schemas(params_model(component))


def _schemas(model: type[Params]) -> dict[str, dict[str, Any]]:
    fields: dict[str, dict[str, Any]] = model.model_json_schema().get("properties", {})
    return fields


def _component_form(
    component: Component[Any], layers: Sequence[Layer], model: type[Params] | None = None
) -> ComponentForm:
    """Return a component with its parameters, or with those of another model of its plugin."""
    model = model or params_model(component)
    defaults = {
        name: field.get_default(call_default_factory=True)
        for name, field in model.model_fields.items()
        if not field.is_required()
    }
    return ComponentForm(component, _schemas(model), {**defaults, **_parameters(component, layers)})


def _choices(components: list[Component[S]]) -> Choices:
    """Return components by name, or by full id where several have the same name."""
    names = Counter(component.spec.name for component in components)
    return [
        (component.spec.name if names[component.spec.name] == 1 else component.id, component.id)
        for component in components
    ]
