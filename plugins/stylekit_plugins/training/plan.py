"""From layers of configuration to a plan of a training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field

from stylekit.errors import UsageError
from stylekit.inputs.config_paths import RegionText, SourceText
from stylekit.inputs.marks import user_only_fields
from stylekit.params import Params, Text, UserOnly, validate
from stylekit.registry.catalogue import Catalogue, Component, load_object
from stylekit.runs import layers as configuration
from stylekit.runs.layers import Layer
from stylekit.runs.plan import ConfiguredComponent, configured, stated_values
from stylekit.specs import MethodSpec, MetricSpec, ObserverSpec
from stylekit.text import did_you_mean

SHORTHANDS = ("size", "base_channels", "batch")
"""Keys that set the training parameter of that name."""


class TrainingConfig(Params):
    """The keys of a training, apart from the components' own tables."""

    method: str = Field(
        "",
        description="Method to train, by name or plugin:name; by default the only trainable one.",
    )
    domain_a: tuple[SourceText, ...] = Field(
        (), description="Images of domain A: files, folders, samples."
    )
    domain_b: tuple[SourceText, ...] = Field(
        (), description="Images of domain B: files, folders, samples."
    )
    test_a: tuple[SourceText, ...] = Field(
        (),
        description="Images of A for sample sheets and metrics; by default some of domain A are "
        "held out.",
    )
    test_b: tuple[SourceText, ...] = Field(
        (), description="Images of B for metrics; by default some of domain B are held out."
    )
    masks_a: RegionText | None = Field(
        None,
        description="Area of A that may change: a folder of masks with the names of the images "
        "(white may change), or one region for all (ellipse:10%,10%,80%,80%).",
    )
    masks_b: RegionText | None = Field(
        None, description="Area of B that may change: a folder of masks, or one region for all."
    )
    out: UserOnly[Text] = Field("training", description="Output folder.")
    epochs: int = Field(200, ge=1, le=100_000, description="Passes over the larger domain.")
    stop_after: int | None = Field(
        None,
        ge=1,
        description="Stop after this epoch of the `epochs` planned; --resume continues from there.",
    )
    evaluators: tuple[Text, ...] = Field(
        (), description="Metrics after each epoch; the first selects the best checkpoint."
    )
    seed: int = Field(0, ge=0, lt=2**63, description="Seed of every random number.")
    device: str = Field("auto", description="auto, cpu, cuda, cuda:N or mps.")
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto", description="Number format inside components that support several."
    )
    offline: bool = Field(False, description="Never access the network.")
    resume: UserOnly[bool] = Field(False, description="Continue a training that was stopped.")
    overwrite: UserOnly[bool] = Field(
        False, description="Start again and overwrite the files of the output folder."
    )
    checkpoint_seconds: UserOnly[float] = Field(
        120.0,
        ge=0,
        description="Least time in seconds between two checkpoints and writes of the networks; 0: "
        "after each step; the end is always saved.",
    )
    tables: dict[str, dict[str, Any]] = Field({}, description="Parameters by component.")


KEYS = frozenset(TrainingConfig.model_fields) - {"tables"}
_LISTS = ("domain_a", "domain_b", "test_a", "test_b", "evaluators")


@dataclass(frozen=True)
class TrainingPlan:
    """One training, completely configured; nothing is read or computed yet.

    Attributes:
        params: of the trainer.
    """

    config: TrainingConfig
    catalogue: Catalogue
    method: Component[MethodSpec]
    params: Params
    evaluators: Sequence[ConfiguredComponent]
    observers: Sequence[ConfiguredComponent]

    def make_trainer(self) -> Any:
        """Call the trainer's factory with its parameters."""
        assert self.method.spec.trainer is not None
        return load_object(self.method.spec.trainer, self.method)(self.params)

    def resolved(self) -> dict[str, Any]:
        """Return the whole configuration, including defaults, in the form of a config file."""
        excluded = {"tables", "stop_after", *user_only_fields(TrainingConfig)}
        config = self.config.model_dump(mode="json", exclude=excluded)
        config["method"] = self.method.id
        config[self.method.id] = self.params.model_dump(mode="json")
        for part in self.evaluators:
            config[part.component.id] = part.params.model_dump(mode="json")
        return config


def make_training_plan(catalogue: Catalogue, layers: Sequence[Layer]) -> TrainingPlan:
    """Resolve names and check parameters.

    Args:
        layers: from the weakest to the strongest.

    Raises:
        UsageError: unknown names, bad values, a method that cannot be trained.
    """
    method = _method(catalogue, str(configuration.merge(layers).get("method") or ""))
    tables = catalogue.tables()
    ids = {key: owners[0].id for key, owners in tables.items() if len(owners) == 1}
    merged = configuration.merge(
        configuration.canonical(layer, ids, dict.fromkeys(SHORTHANDS, method.id), KEYS)
        for layer in layers
    )
    config = configuration.build(merged, tables, TrainingConfig, SHORTHANDS, _LISTS)
    for key in ("domain_a", "domain_b"):
        if not getattr(config, key):
            option = "--" + key.replace("_", "-")
            raise UsageError(f"There are no images of {key.replace('_', ' ')}.", f"Give {option}.")
    return TrainingPlan(
        config=config,
        catalogue=catalogue,
        method=method,
        params=_training_params(method, config),
        evaluators=[_evaluator(catalogue, each, config) for each in config.evaluators],
        observers=[configured(component, config) for component in catalogue.all(ObserverSpec)],
    )


def _method(catalogue: Catalogue, name: str) -> Component[MethodSpec]:
    trainable = [c for c in catalogue.all(MethodSpec) if c.spec.trainer is not None]
    known = did_you_mean("", (c.spec.name for c in trainable))
    if name:
        method = catalogue.find(MethodSpec, name)
        if method.spec.trainer is None:
            raise UsageError(f"Method '{method.spec.name}' cannot be trained.", known)
        return method
    if len(trainable) != 1:
        raise UsageError("No method is selected.", f"--method NAME. {known}")
    return trainable[0]


def _evaluator(catalogue: Catalogue, name: str, config: TrainingConfig) -> ConfiguredComponent:
    """Return a metric with its parameters.

    Raises:
        MissingExtraError: it needs packages that are not installed.
    """
    metric = catalogue.find(MetricSpec, name)
    metric.require_extra()
    return configured(metric, config)


def _training_params(method: Component[MethodSpec], config: TrainingConfig) -> Params:
    spec = method.spec
    model = Params if spec.training is None else load_object(spec.training, method)
    values = stated_values(method, model, config)
    params: Params = validate(model, values, spec.name)
    return params
