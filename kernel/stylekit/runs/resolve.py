"""From layers of configuration to a plan, in phases of plain values."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from stylekit.errors import PluginError, UsageError
from stylekit.inputs.preferences import plugins_preferred
from stylekit.registry.catalogue import Catalogue, Component, params_model
from stylekit.runs.config import FEATHER, LIST_KEYS, RUN_KEYS, SHORTHANDS, RunConfig
from stylekit.runs.layers import Layer, build, canonical, merge, strongest
from stylekit.runs.plan import ConfiguredComponent, Plan, configured
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
"""The preset below every run, if a plugin registers one of this name."""


@dataclass(frozen=True)
class Layers:
    """The layers of one run, named tables under full ids.

    Attributes:
        catalogue: with the plugins that the user prefers.
        presets: the default one, and the one that the user names.
        below: one layer for each preset.
        stated: those of the user, from the weakest to the strongest.
        tables: the components that each name of a table may mean.
    """

    catalogue: Catalogue
    presets: Sequence[Component[PresetSpec]]
    below: Sequence[Layer]
    stated: Sequence[Layer]
    tables: Mapping[str, list[Component[Any]]]


@dataclass(frozen=True)
class Methods:
    """The method of a run, and the one that makes its frames: another, or itself."""

    method: Component[MethodSpec]
    frame_method: Component[MethodSpec]
    frame_method_name: str

    def slots(self) -> dict[str, tuple[Slot, Component[MethodSpec]]]:
        """Return the slots of both, each with the method that has it."""
        return {
            name: (slot, method)
            for method in (self.frame_method, self.method)
            for name, slot in method.spec.slots.items()
        }

    def owner(self, shorthand: str) -> Component[MethodSpec]:
        """Return the method whose parameter a shorthand sets."""
        own = shorthand in params_model(self.method).model_fields
        return self.method if own else self.frame_method


def make_plan(catalogue: Catalogue, layers: Sequence[Layer]) -> Plan:
    """Resolve names and check parameters.

    Args:
        layers: from the weakest to the strongest, without presets, which lie below them all.

    Raises:
        UsageError: unknown names, bad values, impossible combinations, a missing extra.
    """
    known = collect(catalogue, layers)
    methods = choose_methods(known)
    stated, merged = normalize(known, methods)
    config = validate_keys(known, methods, stated, merged)
    chosen = fill_slots(known, methods, config)
    plan = configure(known, methods, config, chosen)
    for part in plan.components:
        part.component.require_extra()
    return replace(plan, warnings=tuple(_unused_tables(plan, known.tables, stated)))


def collect(catalogue: Catalogue, layers: Sequence[Layer]) -> Layers:
    """Find the presets and the preferred plugins; write full ids into every layer."""
    catalogue = Catalogue(
        catalogue.records,
        plugins_preferred(
            merge({"prefer": layer["prefer"]} for layer in layers if "prefer" in layer)
        ),
    )
    presets = [each for each in catalogue.all(PresetSpec) if each.spec.name == DEFAULT_PRESET][:1]
    if name := strongest(layers, "preset"):
        presets.append(catalogue.find(PresetSpec, str(name)))
    tables = catalogue.tables()
    ids = {name: found[0].id for name, found in tables.items() if len(found) == 1}

    def with_ids(layers: Iterable[Layer]) -> list[Layer]:
        return [canonical(layer, ids, {}, RUN_KEYS) for layer in layers]

    below = with_ids(preset.spec.values for preset in presets)
    return Layers(catalogue, presets, below, with_ids(layers), tables)


def choose_methods(known: Layers) -> Methods:
    """Choose the method, and the method that makes its frames."""
    catalogue, everything = known.catalogue, [*known.below, *known.stated]
    name = strongest(everything, "method") or ""
    if not isinstance(name, str):
        raise UsageError(
            f"method = {name!r}: expected the name of a method.",
            "`stylekit list-plugins` lists the methods.",
        )
    if not name:
        names = (component.spec.name for component in catalogue.all(MethodSpec))
        raise UsageError("No method is chosen.", "--method NAME. " + did_you_mean("", names))
    stated = any("method" in layer for layer in known.stated)
    near = known.presets[-1].plugin if known.presets and not stated else None
    method = catalogue.find(MethodSpec, name, near)
    frame_method = method.spec.frame_method
    if not frame_method:
        return Methods(method, method, "")
    for layer in everything:
        for table in (layer.get(method.spec.name), layer.get(method.id)):
            if isinstance(table, Mapping):
                frame_method = str(table.get("method", frame_method))
    return Methods(method, catalogue.find(MethodSpec, frame_method), frame_method)


def normalize(known: Layers, methods: Methods) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the user's settings, and the same over the presets, each as one layer.

    Shorthands (`steps`) become parameters of the method.
    """
    owners = {key: methods.owner(key) for key in SHORTHANDS}
    for layer in known.stated:
        for key in owners.keys() & layer.keys():
            if key not in params_model(owners[key]).model_fields:
                raise _no_setting(methods, key)
    ids = {key: owner.id for key, owner in owners.items()}
    stated = merge(canonical(layer, {}, ids, RUN_KEYS) for layer in known.stated)
    below = [canonical(layer, {}, ids, RUN_KEYS) for layer in known.below]
    return stated, merge([*below, stated])


def validate_keys(known: Layers, methods: Methods, stated: Layer, merged: Layer) -> RunConfig:
    """Check the run keys, and that every table and slot belongs to a component."""
    slots = methods.slots()
    for slot, (_, method) in slots.items():
        if slot in RUN_KEYS or slot in SHORTHANDS:
            raise PluginError(
                f"Plugin {method.provider} is broken: method '{method.spec.name}' has a slot "
                f"'{slot}', which is a key of every run."
            )
    everywhere = {s for each in known.catalogue.all(MethodSpec) for s in each.spec.slots}
    for slot in everywhere - slots.keys():
        if stated.get(slot) and not isinstance(stated[slot], Mapping):
            raise _no_setting(methods, slot)
    # Presets may fill slots of methods that the user has replaced; "" fills no slot.
    unused = {key for key in everywhere if key not in slots or merged.get(key) == ""}
    merged = {
        key: value
        for key, value in merged.items()
        if key not in unused or isinstance(value, Mapping)
    }
    for name, value in merged.items():
        if not isinstance(value, Mapping):
            _check_is_no_parameter(methods, name, value, slots)
        elif name not in known.tables:
            known.catalogue.raise_if_unavailable("component", name, name.partition(":")[0])
    keys = {**merged, "prefer": known.catalogue.prefer}
    config = build(keys, known.tables, RunConfig, SHORTHANDS, LIST_KEYS, slots)
    if "style" not in stated and methods.frame_method.spec.styles[0] == 0:
        # The default preset's sample is for methods that need a style.
        config = config.model_copy(update={"style": ()})
    return config


def fill_slots(known: Layers, methods: Methods, config: RunConfig) -> dict[str, Component[Any]]:
    """Choose the component in each slot."""
    chosen: dict[str, Component[Any]] = {}
    for name, (slot, method) in methods.slots().items():
        requested = config.slots.get(name, "")
        near = None if requested else method.plugin
        spec_type: Any = SPEC_TYPES[slot.kind]
        component = known.catalogue.find(spec_type, requested or slot.default, near)
        role = getattr(component.spec, "role", slot.role)
        if slot.role and role != slot.role:
            raise UsageError(
                f"{slot.kind.capitalize()} '{component.spec.name}' has the role '{role}'; "
                f"{name} needs the role '{slot.role}'."
            )
        if isinstance(component.spec, MethodSpec):
            _check_no_slots(component)
        chosen[name] = component
    return chosen


def configure(
    known: Layers, methods: Methods, config: RunConfig, chosen: Mapping[str, Component[Any]]
) -> Plan:
    """Check the parameters of each component, and let the methods check the combination."""
    catalogue = known.catalogue
    suggested = {
        key: value
        for component in chosen.values()
        if isinstance(component.spec, BackboneSpec)
        for key, value in component.spec.suggests.items()
    }
    for component in chosen.values():
        network = getattr(component.spec, "network", None)
        stated = any(text.startswith(f"{network}=") for text in config.weights)
        if component.spec.kind == "weights" and not stated:
            pinned = (*config.weights, f"{network}={component.id}")
            config = config.model_copy(update={"weights": pinned})
    plan = Plan(
        config=config,
        catalogue=catalogue,
        method=configured(methods.method, config, suggested),
        slots={slot: configured(component, config) for slot, component in chosen.items()},
        observers=[configured(component, config) for component in catalogue.all(ObserverSpec)],
        executor=_executor(catalogue, config, known.presets),
        presets=known.presets,
        frame_method_name=methods.frame_method_name,
        blend=_blend(catalogue, config),
    )
    others = _checked_by(plan.method, plan)
    if name := methods.frame_method_name:
        if methods.frame_method.spec.clips:
            raise UsageError(
                f"{methods.method.spec.name}.method: '{methods.frame_method.spec.name}' does not "
                "make single frames."
            )
        frame_method = configured(methods.frame_method, config, suggested)
        others |= _checked_by(frame_method, plan) | {name: frame_method}
    return replace(plan, other_methods=others)


def _checked_by(part: ConfiguredComponent, plan: Plan) -> dict[str, ConfiguredComponent]:
    """Let a method check the components in its slots; return the methods that it requires."""
    method: Method = part.make()
    method.check(plan.specs)
    others = {name: plan.catalogue.find(MethodSpec, name) for name in method.required_methods()}
    for component in others.values():
        _check_no_slots(component)
    return {name: configured(component, plan.config) for name, component in others.items()}


def _no_setting(methods: Methods, key: str) -> UsageError:
    """Name the key as the user knows it: an option, or a key of the configuration."""
    fields = {**params_model(methods.frame_method).model_fields}
    fields |= params_model(methods.method).model_fields
    known = [*methods.slots(), *(each for each in SHORTHANDS if each in fields)]
    return UsageError(
        f"Method '{methods.method.spec.name}' has no --{key.replace('_', '-')}.",
        did_you_mean(key, known) if known else "It uses no other components and takes no steps.",
    )


def _check_is_no_parameter(methods: Methods, key: str, value: Any, slots: Collection[str]) -> None:
    """Say where a parameter of the method belongs."""
    name = methods.method.spec.name
    if key in RUN_KEYS or key in slots or key not in params_model(methods.method).model_fields:
        return
    raise UsageError(f"Unknown parameter '{key}'.", f"{name} has it: --set {name}.{key}={value}")


def _check_no_slots(component: Component[MethodSpec]) -> None:
    if component.spec.slots:
        raise UsageError(
            f"Method '{component.spec.name}' cannot run inside another method: it has slots of "
            f"its own ({', '.join(component.spec.slots)})."
        )


def _executor(
    catalogue: Catalogue, config: RunConfig, presets: Sequence[Component[PresetSpec]]
) -> ConfiguredComponent:
    """Return the requested executor, or the only one installed."""
    if config.executor:
        near = presets[0].plugin if presets else None
        return configured(catalogue.find(ExecutorSpec, config.executor, near), config)
    available = catalogue.all(ExecutorSpec)
    if len(available) == 1:
        return configured(available[0], config)
    raise UsageError(
        "No executor is chosen.",
        "--executor NAME. " + did_you_mean("", (component.spec.name for component in available)),
    )


def _blend(catalogue: Catalogue, config: RunConfig) -> ConfiguredComponent | None:
    if config.blend == FEATHER or not config.region:
        return None
    return configured(catalogue.find(BlendSpec, config.blend), config)


def _unused_tables(
    plan: Plan, tables: Mapping[str, list[Component[ComponentSpec]]], stated: Layer
) -> Iterator[str]:
    """Check tables of components that the run does not use; yield a warning for each."""
    used = {part.component.id for part in plan.components}
    for name in plan.config.tables:
        components = tables[name]
        if any(component.id in used for component in components):
            continue
        for component in components:
            configured(component, plan.config)
        if name in stated and all(
            isinstance(each.spec, BackboneSpec | LossSpec | OptimizerSpec | MethodSpec)
            for each in components
        ):
            yield (f"[{components[0].spec.name}] has no effect: this run does not use it.")
