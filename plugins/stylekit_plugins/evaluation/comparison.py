"""Methods side by side, each with its settings: the shared keys, and a plan of each one's runs."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar

from pydantic import Field

from stylekit.errors import UsageError
from stylekit.evaluation.experiment import Variant
from stylekit.files.paths import looks_like_path
from stylekit.inputs.config_paths import SourceText, StyleText, WeightsText
from stylekit.params import Params, Text, UserOnly
from stylekit.registry.catalogue import Catalogue, Component, params_model
from stylekit.runs import layers as configuration
from stylekit.runs.config import SHORTHANDS
from stylekit.runs.layers import Layer
from stylekit.runs.plan import Plan
from stylekit.runs.resolve import make_plan
from stylekit.specs import EvaluatorSpec, WeightsSpec
from stylekit.weights.selection import split_pin
from stylekit_plugins.evaluation.variants import (
    Sweep,
    applies,
    expand_sweeps,
    parse_sweep,
    parse_variant,
    refuse_shared_keys,
)

_log = logging.getLogger(f"stylekit.{__name__}")

SHARED = (
    *("size", "seed", "device", "precision", "memory_mb", "offline", "executor"),
    *SHORTHANDS,
)
"""Keys that all variants share, if their methods have them."""


class ComparisonConfig(Params):
    """The keys of a comparison, apart from the components' own tables."""

    methods: tuple[Text, ...] = Field(
        (), description="Methods to compare: METHOD[:BACKBONE][+KEY=VALUE...]."
    )
    sweep: tuple[Text, ...] = Field(
        (), description="Settings to vary for every method: KEY=VALUE,VALUE,..."
    )
    content: tuple[SourceText, ...] = Field((), description="Content sources: files, folders.")
    style: tuple[StyleText, ...] = Field((), description="Style sources: SRC[@WHEN][*WEIGHT].")
    out: UserOnly[Text | None] = Field(None, description="File or folder to write.")
    size: int | None = Field(
        None, ge=1, le=65536, description="Long side of the results in pixels; None: the method's."
    )
    steps: int | None = Field(None, description="Steps of the iterative methods.")
    init: str | None = Field(None, description="Initial image of the methods that have one.")
    quality: str | None = Field(None, description="Quality of the methods that have a choice.")
    color: str | None = Field(None, description="Color handling of the methods that have a choice.")
    weights: tuple[WeightsText, ...] = Field(
        (), description="Trained weights: names, or NETWORK= and a name or a file."
    )
    seed: int = Field(0, ge=0, le=2**63 - 1, description="Seed of every random number.")
    device: str = Field("auto", description="auto, cpu, cuda, cuda:N or mps.")
    precision: Literal["auto", "exact", "float32", "bfloat16"] = Field(
        "auto", description="Number format of the components that have a choice."
    )
    memory_mb: int | None = Field(None, ge=64, description="Most memory to plan for, in MiB.")
    offline: bool = Field(False, description="Never touch the network.")
    executor: UserOnly[str | None] = Field(
        None, description="Where the runs are carried out: local, or an executor plugin."
    )
    tables: dict[str, dict[str, Any]] = Field({}, description="Parameters by component.")


C = TypeVar("C", bound=ComparisonConfig)

_LISTS = ("result", "content", "style", "methods", "sweep", "weights")


@dataclass(frozen=True)
class Comparison:
    """Methods side by side, decided: nothing is read or computed yet.

    Attributes:
        variants: the methods to compare, each swept setting a variant; labels are unique.
        weights: the requested weights by network: a name or a path.
        plans: the plan of each variant's runs, by label.
    """

    config: ComparisonConfig
    catalogue: Catalogue
    variants: Sequence[Variant]
    weights: Mapping[str, str]
    plans: Mapping[str, Plan]

    def run_plan(self, variant: Variant, **keys: Any) -> Plan:
        """Return the plan of a variant's runs.

        Args:
            keys: run keys to set besides.
        """
        plan = self.plans[variant.label]
        return replace(plan, config=plan.config.model_copy(update=keys)) if keys else plan


def checked(catalogue: Catalogue, layers: Sequence[Layer], model: type[C]) -> C:
    """Return the keys of a command that compares, with the tables of components.

    Args:
        layers: from the weakest to the strongest.

    Raises:
        UsageError: an unknown key, table or component, or a bad value.
    """
    tables = catalogue.tables()
    ids = {key: components[0].id for key, components in tables.items() if len(components) == 1}
    keys = frozenset(model.model_fields) - {"tables"}
    merged = configuration.merge(configuration.canonical(x, ids, {}, keys) for x in layers)
    return configuration.build(merged, tables, model, (), [key for key in _LISTS if key in keys])


def compare(
    config: ComparisonConfig,
    catalogue: Catalogue,
) -> Comparison:
    """Find the methods, expand the sweeps and plan each variant's runs once.

    Raises:
        UsageError: unknown names, bad values, impossible combinations.
    """
    weights = _weights_by_network(config.weights, catalogue)
    sweeps = [parse_sweep(text) for text in config.sweep]
    for sweep in sweeps:
        refuse_shared_keys(f"--sweep {sweep.key}", sweep.layer(sweep.values[0]), catalogue)
    without_effect: Counter[str] = Counter()
    bases: list[tuple[Variant, Plan]] = []
    for text in config.methods:
        base = parse_variant(text, catalogue)
        plan = _plan(base, config, catalogue, weights)
        without_effect.update(plan.warnings)
        bases.append((base, plan))
    _check_sweeps(sweeps, bases)
    # A sweep can change which components a variant uses, but not that a table is of one of them.
    variants = [
        (variant, plan)
        for base, plan in bases
        for variant in expand_sweeps(base, sweeps, _components(plan))
    ]
    for label, count in Counter(variant.label for variant, _ in variants).items():
        if count > 1:
            raise UsageError(f"Method '{label}' is given {count} times.", "Name each once.")
    plans = {
        variant.label: _plan(variant, config, catalogue, weights) if variant.swept else base_plan
        for variant, base_plan in variants
    }
    for line, count in without_effect.items():
        # A setting that one method ignores may be meant for another.
        if count == len(config.methods):
            _log.warning(line)
    return Comparison(config, catalogue, [variant for variant, _ in variants], weights, plans)


def _plan(
    variant: Variant,
    config: ComparisonConfig,
    catalogue: Catalogue,
    weights: Mapping[str, str],
) -> Plan:
    """Plan the runs of a variant, with the requested weights of its networks."""
    own = params_model(variant.method).model_fields
    shared = {
        key: value
        for key in SHARED
        if (value := getattr(config, key)) is not None and (key not in SHORTHANDS or key in own)
    }
    layers = [_run_tables(config, catalogue), shared, variant.layer]
    plan = make_plan(catalogue, layers)
    requested = tuple(
        f"{network}={name}" for network, name in weights.items() if network in plan.networks
    )
    if not requested:
        return plan
    return replace(plan, config=plan.config.model_copy(update={"weights": requested}))


def _run_tables(config: ComparisonConfig, catalogue: Catalogue) -> Layer:
    """Return the parameters of components that runs use: not those of evaluators."""
    known = catalogue.tables()
    return {
        name: values
        for name, values in config.tables.items()
        if not all(isinstance(each.spec, EvaluatorSpec) for each in known[name])
    }


def _components(plan: Plan) -> list[Component[Any]]:
    return [part.component for part in plan.components]


def _check_sweeps(sweeps: Sequence[Sweep], bases: Sequence[tuple[Variant, Plan]]) -> None:
    """Refuse a sweep that applies to no method."""
    for sweep in sweeps:
        if not any(applies(sweep, variant, _components(plan)) for variant, plan in bases):
            raise UsageError(
                f"--sweep {sweep.key}: none of the methods has such a setting.",
                "`stylekit describe METHOD` lists them.",
            )


def _weights_by_network(texts: Sequence[str], catalogue: Catalogue) -> dict[str, str]:
    """Return the weights that the user named, by network."""
    weights: dict[str, str] = {}
    known = {component.spec.network for component in catalogue.all(WeightsSpec)}
    for text in texts:
        network, separator, name = text.partition("=")
        if not separator or network not in known:
            source, _ = split_pin(text)
            if looks_like_path(source):
                raise UsageError(
                    f"--weights {text}: a comparison has several networks.",
                    f"Say which one: --weights NETWORK={text}.",
                )
            network, name = catalogue.find(WeightsSpec, source).spec.network, text
        if network in weights:
            raise UsageError(f"--weights {text}: the weights of {network} are named twice.")
        weights[network] = name
    return weights
