"""The plan of one run: every component chosen, every parameter checked, nothing computed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from stylekit.inputs.marks import user_only_fields
from stylekit.inputs.settings import Settings, apply_dotted
from stylekit.params import Params, validate
from stylekit.registry.catalogue import Catalogue, Component, instantiate, params_model
from stylekit.runs.config import RunConfig
from stylekit.specs import ComponentSpec, PresetSpec

if TYPE_CHECKING:
    import torch

    from stylekit.protocols import LoadedWeights


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
        """Call the component's factory with its parameters and `arguments`.

        Raises:
            PluginError: the factory's object lacks methods that its kind must have.
        """
        made = instantiate(self.component, self.params, *arguments)
        if self.spec.kind != "method":
            return made
        from stylekit.methods.checked import CheckedMethod

        return CheckedMethod(made, f"Method '{self.spec.name}' of plugin {self.component.provider}")


@dataclass(frozen=True)
class Plan:
    """One run, decided: nothing is read or computed yet.

    Attributes:
        slots: the component in each slot of the method and of its frame method.
        executor: carries out the plan.
        presets: the presets that the configuration overrides.
        other_methods: the methods that the method runs, by name.
        frame_method_name: name of the method that makes the frames of a video method, or "".
        blend: composites the result into its regions; None: the executor's own blend.
        warnings: a line for each setting that has no effect.
    """

    config: RunConfig
    catalogue: Catalogue
    method: ConfiguredComponent
    slots: Mapping[str, ConfiguredComponent]
    observers: Sequence[ConfiguredComponent]
    executor: ConfiguredComponent
    presets: Sequence[Component[PresetSpec]]
    other_methods: Mapping[str, ConfiguredComponent] = field(default_factory=dict)
    frame_method_name: str = ""
    blend: ConfiguredComponent | None = None
    warnings: Sequence[str] = ()

    @property
    def components(self) -> tuple[ConfiguredComponent, ...]:
        """The components that decide the numbers of a result."""
        blends = () if self.blend is None else (self.blend,)
        return (self.method, *self.slots.values(), *self.other_methods.values(), *blends)

    @property
    def specs(self) -> dict[str, ComponentSpec]:
        """The spec of the component in each slot."""
        return {slot: part.spec for slot, part in self.slots.items()}

    @property
    def frame_method(self) -> ConfiguredComponent:
        """The method that makes images, or single frames of a video."""
        name = self.frame_method_name
        return self.other_methods[name] if name else self.method

    @property
    def networks(self) -> tuple[str, ...]:
        """The networks whose weights the run loads, those of slots first."""
        names = [part.spec.network for part in self.slots.values() if _network(part)]
        return tuple(dict.fromkeys((*names, *self.networks_of_methods)))

    @property
    def networks_of_methods(self) -> tuple[str, ...]:
        """The networks whose weights stay loaded, for the methods and metrics that ask for them."""
        parts = (self.method, *self.other_methods.values(), *self.slots.values())
        return tuple(
            dict.fromkeys(name for part in parts for name in getattr(part.spec, "networks", ()))
        )

    def resolved(self) -> dict[str, Any]:
        """Return the whole configuration, defaults included, as a config file would hold it.

        Without observers: they change no result, and a rerun should not write their files.
        """
        left_out = {"slots", "tables", *user_only_fields(RunConfig)}
        config = self.config.model_dump(mode="json", exclude=left_out)
        config["preset"] = ""
        config["method"] = self.method.component.id
        for part in self.components:
            if type(part.params).model_fields:
                config[part.component.id] = part.params.model_dump(mode="json")
        config.update({slot: part.component.id for slot, part in self.slots.items()})
        # Tables of components that are chosen later: media adapters and weights.
        chosen = (*self.components, *self.observers, self.executor)
        ids = {part.component.id for part in chosen}
        for name, values in self.config.tables.items():
            if not any(each.id in ids for each in self.catalogue.tables()[name]):
                config[name] = values
        return config

    def make_slots(
        self, load_weights: Callable[[str], LoadedWeights], device: torch.device
    ) -> dict[str, Any]:
        """Make the component in each slot, ready for use on the device.

        Args:
            load_weights: loads the weights of a network by its name.
        """
        from stylekit.machine.precision import placed

        made: dict[str, Any] = {}
        for slot, part in self.slots.items():
            weights = load_weights(part.spec.network) if _network(part) else None
            if part.spec.kind == "weights":
                made[slot] = weights
            elif part.spec.kind == "backbone":
                made[slot] = part.make(weights)
                placed(made[slot], device)
            else:
                made[slot] = part.make()
                if isinstance(made[slot], Preparable):
                    made[slot].prepare(load_weights, device)
        return made


@runtime_checkable
class Preparable(Protocol):
    """A component that needs weights or the device before it is used, such as a metric."""

    def prepare(self, weights: Callable[[str], LoadedWeights], device: torch.device) -> None:
        """Get ready, once."""


def _network(part: ConfiguredComponent) -> str | None:
    """Return the network whose weights a component is made of, if there is one."""
    return getattr(part.spec, "network", None)


def stated_values(
    component: Component[Any], model: type[Params], config: Settings
) -> dict[str, Any]:
    """Return the configured parameters of a component, whose model is `model`."""
    tables = config.tables
    values = {**tables.get(component.spec.name, {}), **tables.get(component.id, {})}
    if "precision" in model.model_fields and config.precision != "auto":
        values.setdefault("precision", config.precision)
    return values


def configured(
    component: Component[Any], config: Settings, suggested: Mapping[str, Any] | None = None
) -> ConfiguredComponent:
    """Return a component with its parameters.

    Args:
        suggested: weaker than the configuration; names that are no parameters are ignored.

    Raises:
        UsageError: a parameter is unknown or wrong.
    """
    model = params_model(component)
    name = component.spec.name
    fields = model.model_fields
    suggestions = {key: value for key, value in (suggested or {}).items() if key in fields}
    defaults = {
        key: entry.get_default(call_default_factory=True)
        for key, entry in fields.items()
        if not entry.is_required()
    } | suggestions
    values = apply_dotted(stated_values(component, model, config), defaults, name)
    return ConfiguredComponent(component, validate(model, {**suggestions, **values}, name))
