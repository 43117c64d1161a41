"""From layers of configuration to a plan of a training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from stylekit.errors import UsageError
from stylekit.inputs.config_paths import RegionText, SourceText, StyleText, WeightsText
from stylekit.inputs.marks import user_only_fields
from stylekit.params import Params, Text, UserOnly, validate
from stylekit.registry.catalogue import Catalogue, Component, load_object
from stylekit.runs import layers as configuration
from stylekit.runs.layers import Layer
from stylekit.runs.plan import ConfiguredComponent, Plan, configured, stated_values
from stylekit.runs.resolve import make_plan
from stylekit.specs import MethodSpec, MetricSpec, ObserverSpec
from stylekit.text import did_you_mean

if TYPE_CHECKING:
    from stylekit.methods.training import Trainer

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
    dataset: tuple[SourceText, ...] = Field(
        (),
        description="Images that a network learns to paint: files, folders, samples; by default "
        "the sample photographs.",
    )
    test: tuple[SourceText, ...] = Field(
        (),
        description="Images for sample sheets and for the validation loss; by default some of the "
        "dataset are held out, if it has enough.",
    )
    style: tuple[StyleText, ...] = Field((), description="Style images: SRC[*WEIGHT].")
    weights: tuple[WeightsText, ...] = Field(
        ("auto",),
        description="Trained weights of networks that the training uses: auto, names or files, "
        "after NETWORK= if there are several.",
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
    steps: int | None = Field(
        None, ge=1, le=100_000_000, description="Steps of the training; None: no limit."
    )
    minutes: float | None = Field(
        None,
        gt=0,
        le=100_000,
        description="Minutes of the training, those before --resume included; None: no limit.",
    )
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
    precision: Literal["auto", "exact", "float32", "bfloat16"] = Field(
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
_LISTS = (
    *("domain_a", "domain_b", "test_a", "test_b", "dataset", "test"),
    *("style", "weights", "evaluators"),
)

DATASETS = {
    "domain_a": ("test_a", "masks_a"),
    "domain_b": ("test_b", "masks_b"),
    "dataset": ("test", ""),
}
"""The datasets that a trainer may take, each with the keys of its samples and of its masks."""

_BELONGS_TO = {
    **{key: dataset for dataset, keys in DATASETS.items() for key in keys if key},
    "stop_after": "epochs",
}
"""Keys that are for another input of the training."""

DEFAULT_DATASET = tuple(f"sample:{name}" for name in ("astronaut", "chelsea", "coffee", "rocket"))
"""Photographs that need no files of the user's."""

_INPUTS = (*DATASETS, "style", "epochs", "steps", "minutes")
"""What `MethodSpec.training_inputs` may name."""

_OF_RUNS = ("device", "precision", "seed", "offline", "weights", "prefer")
"""Keys that mean the same in a run of a method that the trainer uses."""


@dataclass(frozen=True)
class TrainingPlan:
    """One training, completely configured; nothing is read or computed yet.

    Attributes:
        params: of the trainer.
        trainer: what trains.
        others: for each method that the trainer uses the plan of a run of it.
        warnings: a line for each setting that has no effect.
    """

    config: TrainingConfig
    catalogue: Catalogue
    method: Component[MethodSpec]
    params: Params
    evaluators: Sequence[ConfiguredComponent]
    observers: Sequence[ConfiguredComponent]
    trainer: Trainer
    others: Mapping[str, Plan] = field(default_factory=dict)
    warnings: Sequence[str] = ()

    @property
    def datasets(self) -> tuple[str, ...]:
        """The datasets that the trainer takes."""
        return tuple(key for key in DATASETS if key in self.method.spec.training_inputs)

    @property
    def components(self) -> list[Component[Any]]:
        """The components that decide the trained networks."""
        by_id = {part.component.id: part.component for part in (*self.parts, *self.evaluators)}
        return list(by_id.values())

    @property
    def parts(self) -> list[ConfiguredComponent]:
        """The method, with the parameters of the training, and the components of other methods."""
        others = [part for plan in self.others.values() for part in plan.components]
        return [ConfiguredComponent(self.method, self.params), *others]

    def resolved(self) -> dict[str, Any]:
        """Return the whole configuration, including defaults, in the form of a config file."""
        excluded = {"tables", "stop_after", *user_only_fields(TrainingConfig)}
        excluded |= {key for key in (*_INPUTS, *_BELONGS_TO) if not _takes(self.method, key)}
        if not self.others:
            excluded.add("weights")
        config = self.config.model_dump(mode="json", exclude=excluded)
        config["method"] = self.method.id
        config[self.method.id] = self.params.model_dump(mode="json")
        for plan in self.others.values():
            config |= {slot: part.component.id for slot, part in plan.slots.items()}
            for part in plan.components:
                if type(part.params).model_fields:
                    config[part.component.id] = part.params.model_dump(mode="json")
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
    slots, merged = _without_slots(catalogue, merged)
    config = configuration.build(merged, tables, TrainingConfig, SHORTHANDS, _LISTS)
    for key in (*_INPUTS, *_BELONGS_TO):
        if key in merged and not _takes(method, key):
            raise UsageError(
                f"Training '{method.spec.name}' has no {_option(key)}.", _taken(method)
            )
    config = _with_default_dataset(method, config)
    params = _training_params(method, config)
    evaluators = [_evaluator(catalogue, each, config) for each in config.evaluators]
    # Only now: a misspelled name should not have to wait for torch.
    assert method.spec.trainer is not None
    trainer: Trainer = load_object(method.spec.trainer, method)(params)
    others = _other_plans(catalogue, method, trainer, slots, merged)
    if unused := slots.keys() - {slot for plan in others.values() for slot in plan.slots}:
        raise UsageError(f"Training '{method.spec.name}' has no {_option(min(unused))}.")
    return TrainingPlan(
        config=config,
        catalogue=catalogue,
        method=method,
        params=params,
        evaluators=evaluators,
        observers=[configured(component, config) for component in catalogue.all(ObserverSpec)],
        trainer=trainer,
        others=others,
        warnings=_warnings(list(others.values())),
    )


def _takes(method: Component[MethodSpec], key: str) -> bool:
    """Return whether the trainer of a method takes an input."""
    return _BELONGS_TO.get(key, key) in method.spec.training_inputs


def _taken(method: Component[MethodSpec]) -> str:
    return f"It takes {', '.join(_option(each) for each in method.spec.training_inputs)}."


def _option(key: str) -> str:
    return "--" + key.replace("_", "-")


def _without_slots(catalogue: Catalogue, merged: Layer) -> tuple[dict[str, Any], dict[str, Any]]:
    """Separate the keys that choose a component in a slot of any method from the others."""
    names = {slot for method in catalogue.all(MethodSpec) for slot in method.spec.slots}
    slots = {
        key: value
        for key, value in merged.items()
        if key in names and key not in KEYS and not isinstance(value, Mapping)
    }
    return slots, {key: value for key, value in merged.items() if key not in slots}


def _with_default_dataset(method: Component[MethodSpec], config: TrainingConfig) -> TrainingConfig:
    """Check that there are images to train on, and styles; choose the sample photographs.

    Raises:
        UsageError: images or styles are missing.
    """
    for key in ("domain_a", "domain_b"):
        if _takes(method, key) and not getattr(config, key):
            raise UsageError(
                f"There are no images of {key.replace('_', ' ')}.", f"Give {_option(key)}."
            )
    if _takes(method, "style") and not config.style:
        raise UsageError("There is no style image.", "Name one with --style.")
    if not _takes(method, "dataset") or config.dataset:
        return config
    return config.model_copy(update={"dataset": DEFAULT_DATASET})


def _other_plans(
    catalogue: Catalogue,
    method: Component[MethodSpec],
    trainer: Trainer,
    slots: Mapping[str, Any],
    merged: Layer,
) -> dict[str, Plan]:
    """Plan a run of each method that the trainer uses, with the slots and tables of the training.

    Raises:
        UsageError: see `stylekit.runs.resolve.make_plan`.
    """
    # Imported here, because it loads torch.
    from stylekit.methods.training import ComposingTrainer

    if not isinstance(trainer, ComposingTrainer):
        return {}
    tables = {
        key: value
        for key, value in merged.items()
        if isinstance(value, Mapping) and key not in KEYS and key != method.id
    }
    of_runs = {key: merged[key] for key in _OF_RUNS if key in merged}
    plans = {}
    for name, defaults in trainer.required_methods().items():
        own = catalogue.find(MethodSpec, name).spec.slots
        stated = {key: value for key, value in slots.items() if key in own}
        layers = [{name: dict(defaults)}] if defaults else []
        plans[name] = make_plan(
            catalogue, [*layers, {**of_runs, **tables, **stated, "method": name}]
        )
    return plans


def _warnings(plans: Sequence[Plan]) -> list[str]:
    """Return the warnings that all plans share: what one of them uses has an effect."""
    if not plans:
        return []
    return [line for line in plans[0].warnings if all(line in each.warnings for each in plans)]


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
