"""From layers of configuration to a plan: every name resolved, every parameter checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from stylekit.errors import UsageError
from stylekit.params import Params, user_only_fields, validate
from stylekit.registry.catalogue import Catalogue, Component, load_object, params_model
from stylekit.registry.validation import NAME
from stylekit.runs import config as configuration
from stylekit.runs.config import Layer, RunConfig
from stylekit.specs import (
    SPEC_TYPES,
    BackboneSpec,
    BlendSpec,
    ComponentSpec,
    ExecutorSpec,
    LossSpec,
    MethodSpec,
    ObserverSpec,
    OptimizerSpec,
    PresetSpec,
    Slot,
)
from stylekit.text import did_you_mean

if TYPE_CHECKING:
    from stylekit.methods.base import Method

DEFAULT_PRESET = "default"
"""The preset that lies under every run that names none, if a plugin offers it."""

_SLOT_SPECS: Mapping[Slot, type[ComponentSpec]] = {
    "backbone": BackboneSpec,
    "optimizer": OptimizerSpec,
    "fallback_optimizer": OptimizerSpec,
    "style_loss": LossSpec,
    "content_loss": LossSpec,
    "image_loss": LossSpec,
}


@dataclass(frozen=True)
class ConfiguredComponent:
    """A chosen component with its checked parameters."""

    component: Component[Any]
    params: Params

    @property
    def spec(self) -> Any:
        """The component's spec."""
        return self.component.spec

    def make(self, *arguments: Any) -> Any:
        """Make the component: its factory, called with its parameters and `arguments`."""
        return load_object(self.spec.factory, self.component)(self.params, *arguments)


@dataclass(frozen=True)
class Plan:
    """One run, decided: nothing is read or computed yet.

    Attributes:
        executor: carries it out.
        presets: the presets that shaped it.
        blend: puts the result into its regions; None: the kernel does.
        other_methods: those that the method runs, by the name that it knows them by.
        frame_method_name: name of the method that makes the frames of a video method, or "".
        warnings: settings that have no effect, a line each.
    """

    config: RunConfig
    catalogue: Catalogue
    method: ConfiguredComponent
    slots: Mapping[Slot, ConfiguredComponent]
    observers: Sequence[ConfiguredComponent]
    executor: ConfiguredComponent
    presets: Sequence[Component[PresetSpec]]
    other_methods: Mapping[str, ConfiguredComponent] = field(default_factory=dict)
    frame_method_name: str = ""
    blend: ConfiguredComponent | None = None
    warnings: tuple[str, ...] = ()

    @property
    def components(self) -> tuple[ConfiguredComponent, ...]:
        """The components that decide the numbers of a result."""
        blends = () if self.blend is None else (self.blend,)
        return (self.method, *self.slots.values(), *self.other_methods.values(), *blends)

    @property
    def frame_method(self) -> ConfiguredComponent:
        """The method that makes pictures, or single frames of a clip."""
        return self.other_methods[self.frame_method_name] if self.frame_method_name else self.method

    @property
    def networks(self) -> tuple[str, ...]:
        """The networks whose weights the run loads, the backbone's first."""
        backbone = self.slots.get("backbone")
        names = [backbone.spec.network] if backbone and backbone.spec.network else []
        return tuple(dict.fromkeys((*names, *self.networks_of_methods)))

    @property
    def networks_of_methods(self) -> tuple[str, ...]:
        """The networks that the method and its helpers load."""
        methods = (self.method, *self.other_methods.values())
        return tuple(dict.fromkeys(name for part in methods for name in part.spec.networks))

    def resolved(self) -> dict[str, Any]:
        """Return the whole configuration, defaults included, as a config file would hold it.

        Observers are left out: they change nothing, and a rerun should not write their files.
        """
        # How a run is done is for its user to say, and changes nothing of what it makes.
        how = {"tables", *user_only_fields(RunConfig)}
        config = self.config.model_dump(mode="json", exclude=how)
        config["preset"] = ""
        config["method"] = self.method.component.id
        for part in self.components:
            if type(part.params).model_fields:
                config[part.component.id] = part.params.model_dump(mode="json")
        config.update({slot: part.component.id for slot, part in self.slots.items()})
        # Tables of components that are chosen later: media adapters and weights.
        chosen = (*self.components, *self.observers, self.executor)
        known = {part.component.id for part in chosen}
        for name, values in self.config.tables.items():
            components = self.catalogue.tables()[name]
            if not any(component.id in known for component in components):
                config[name] = values
        return config


def make_plan(catalogue: Catalogue, layers: Sequence[Layer]) -> Plan:
    """Resolve names and check parameters.

    Args:
        layers: from the weakest to the strongest, without the preset, which lies under them all.

    Raises:
        UsageError: unknown names, bad values, impossible combinations.
    """
    stated = configuration.merge(layers)
    catalogue = Catalogue(catalogue.records, _preferences(stated))
    presets = _presets(catalogue, stated)
    everything = [*(preset.spec.values for preset in presets), *layers]
    method = catalogue.find(
        MethodSpec,
        _method_name(catalogue, configuration.merge(everything)),
        near=None if "method" in stated else presets[-1].plugin if presets else None,
    )
    tables = catalogue.tables()
    ids = {name: found[0].id for name, found in tables.items() if len(found) == 1}
    written = _frames_method(method, everything)
    working = catalogue.find(MethodSpec, written) if written else method
    own = params_model(method).model_fields
    owners = {key: method.id if key in own else working.id for key in configuration.SHORTHANDS}
    stated = configuration.merge(configuration.canonical(x, ids, owners) for x in layers)
    merged = configuration.merge(
        configuration.canonical(layer, ids, owners) for layer in everything
    )
    for name, value in merged.items():
        if isinstance(value, Mapping) and name not in tables:
            catalogue.raise_if_unavailable("component", name, name.partition(":")[0])
    config = configuration.build({**merged, "prefer": catalogue.prefer}, tables, RunConfig)
    if "style" not in stated and method.spec.styles[0] == 0:
        # The default preset's sample is for methods that cannot do without.
        config = config.model_copy(update={"style": ()})
    chosen: dict[Slot, Component[Any]] = {}
    for slot, default in {**working.spec.slots, **method.spec.slots}.items():
        wanted = getattr(config, slot)
        near = None if wanted else working.plugin
        component = catalogue.find(_SLOT_SPECS[slot], wanted or default, near)
        _check_role(slot, component)
        chosen[slot] = component
    for slot in _SLOT_SPECS:
        if getattr(config, slot) and slot not in chosen and slot in stated:
            raise UsageError(f"Method '{method.spec.name}' uses no {slot.replace('_', ' ')}.")
    observers = catalogue.all(ObserverSpec)
    slots = {slot: configured(component, config) for slot, component in chosen.items()}
    plan = Plan(
        config=config,
        catalogue=catalogue,
        method=configured(method, config),
        slots=slots,
        observers=[configured(component, config) for component in observers],
        executor=_executor(catalogue, config, presets),
        presets=presets,
        blend=_blend(catalogue, config),
    )
    specs = {slot: part.spec for slot, part in slots.items()}
    maker: Method = plan.method.make()
    maker.check(specs)
    helpers = {name: _helper(catalogue, name, config) for name in maker.required_methods()}
    if written:
        if working.spec.clips:
            raise UsageError(
                f"{method.spec.name}.method: '{working.spec.name}' does not make single frames."
            )
        part = configured(working, config)
        makes_frames: Method = part.make()
        makes_frames.check(specs)
        helpers |= {x: _helper(catalogue, x, config) for x in makes_frames.required_methods()}
        helpers[written] = part
    plan = replace(plan, other_methods=helpers, frame_method_name=written)
    return replace(plan, warnings=tuple(_check_other_tables(plan, tables, stated)))


def _preferences(stated: Layer) -> dict[str, dict[str, str]]:
    """Return the plugin of each preferred name by kind: tables, or `prefer.kind.name=plugin`."""
    stated_prefer = stated.get("prefer", {})
    if isinstance(stated_prefer, Mapping):
        prefer = configuration.apply_dotted(stated_prefer, {}, "prefer")
        for kind in prefer:
            if kind not in SPEC_TYPES:
                raise UsageError(f"[prefer.{kind}]: unknown kind.", did_you_mean(kind, SPEC_TYPES))
        if all(isinstance(names, Mapping) for names in prefer.values()):
            for kind, names in prefer.items():
                _check_names(kind, names)
            return {kind: dict(names) for kind, names in prefer.items()}
    raise UsageError(
        "[prefer] needs a table for each kind.", 'For example [prefer.loss] gram = "my-plugin".'
    )


def _check_names(kind: str, names: Mapping[str, Any]) -> None:
    """Refuse anything but the name of a plugin for the name of a component."""
    for name, plugin in names.items():
        for each in (name, plugin):
            if not (isinstance(each, str) and NAME.fullmatch(each)):
                raise UsageError(
                    f"[prefer.{kind}] {name!r} = {plugin!r}: {each!r} is not the name of a "
                    "component or plugin.",
                    'For example [prefer.loss] gram = "my-plugin".',
                )


def _method_name(catalogue: Catalogue, merged: Layer) -> str:
    name = merged.get("method", "")
    if not isinstance(name, str):
        raise UsageError(
            f"method = {name!r}: a method has a name.", "`stylekit list-plugins` shows the methods."
        )
    if not name:
        known = (component.spec.name for component in catalogue.all(MethodSpec))
        raise UsageError("No method is chosen.", "--method NAME. " + did_you_mean("", known))
    return name


def _frames_method(method: Component[MethodSpec], layers: Sequence[Layer]) -> str:
    """Return the name of what makes the frames of a method for clips; nothing if it does itself."""
    if not method.spec.frame_method:
        return ""
    merged = configuration.merge(layers)
    name = method.spec.frame_method
    for key in (method.spec.name, method.id):
        table = merged.get(key)
        if isinstance(table, Mapping):
            name = str(table.get("method", name))
    return name


def _presets(catalogue: Catalogue, stated: Layer) -> list[Component[PresetSpec]]:
    """Return the default preset, if there is one, and the preset that was asked for."""
    found = [each for each in catalogue.all(PresetSpec) if each.spec.name == DEFAULT_PRESET][:1]
    if name := stated.get("preset"):
        found.append(catalogue.find(PresetSpec, str(name)))
    return found


def _check_role(slot: Slot, component: Component[Any]) -> None:
    role = slot.removesuffix("_loss")
    if isinstance(component.spec, LossSpec) and component.spec.role != role:
        raise UsageError(
            f"Loss '{component.spec.name}' has the role '{component.spec.role}' and cannot be the "
            f"{role} loss."
        )


class Settings(Protocol):
    """What a component's parameters are taken from: the keys of a command."""

    @property
    def tables(self) -> Mapping[str, Mapping[str, Any]]:
        """Parameters by component."""

    @property
    def precision(self) -> str:
        """Number format for components that have a choice."""


def stated_values(
    component: Component[Any], model: type[Params], config: Settings
) -> dict[str, Any]:
    """Return what the user stated of a component's parameters, whose model is `model`."""
    tables = config.tables
    values = {**tables.get(component.spec.name, {}), **tables.get(component.id, {})}
    if "precision" in model.model_fields and config.precision != "auto":
        values.setdefault("precision", config.precision)
    return values


def configured(component: Component[Any], config: Settings) -> ConfiguredComponent:
    """Return a component with its parameters.

    Raises:
        UsageError: a parameter is unknown or wrong.
    """
    model = params_model(component)
    name = component.spec.name
    values = stated_values(component, model, config)
    defaults = {
        key: field.get_default(call_default_factory=True)
        for key, field in model.model_fields.items()
        if not field.is_required()
    }
    return ConfiguredComponent(
        component, validate(model, configuration.apply_dotted(values, defaults, name), name)
    )


def _executor(
    catalogue: Catalogue, config: RunConfig, presets: Sequence[Component[PresetSpec]]
) -> ConfiguredComponent:
    """Return what was requested, or the only one that there is."""
    if config.executor:
        near = presets[0].plugin if presets else None
        return configured(catalogue.find(ExecutorSpec, config.executor, near), config)
    offered = catalogue.all(ExecutorSpec)
    if len(offered) == 1:
        return configured(offered[0], config)
    raise UsageError(
        "No executor is chosen: something must carry the run out.",
        "--executor NAME. " + did_you_mean("", (component.spec.name for component in offered)),
    )


def _blend(catalogue: Catalogue, config: RunConfig) -> ConfiguredComponent | None:
    if config.blend == configuration.FEATHER or not config.region:
        return None
    return configured(catalogue.find(BlendSpec, config.blend), config)


def _helper(catalogue: Catalogue, name: str, config: RunConfig) -> ConfiguredComponent:
    component = catalogue.find(MethodSpec, name)
    if component.spec.slots:
        raise UsageError(
            f"Method '{component.spec.name}' cannot help another method: it works with components "
            f"of its own ({', '.join(component.spec.slots)})."
        )
    return configured(component, config)


def _check_other_tables(
    plan: Plan, known: Mapping[str, list[Component[Any]]], stated: Layer
) -> Iterator[str]:
    """Check tables of components that this run does not use; yield a warning for each."""
    used = {part.component.id for part in plan.components}
    for name in plan.config.tables:
        components = known[name]
        if any(component.id in used for component in components):
            continue
        for component in components:
            configured(component, plan.config)
        if name in stated and all(
            isinstance(c.spec, BackboneSpec | LossSpec | OptimizerSpec | MethodSpec)
            for c in components
        ):
            yield f"[{components[0].spec.name}] has no effect: this run does not use it."
