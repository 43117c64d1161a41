"""Methods with settings of their own, side by side: what they share, and the runs of each."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar

from pydantic import Field

from stylekit.errors import UsageError
from stylekit.evaluation.experiment import Variant
from stylekit.inputs.config_paths import SourceText, StyleText, WeightsText
from stylekit.params import FileText, Params, Text, UserOnly
from stylekit.registry.catalogue import Catalogue, Component, params_model
from stylekit.runs import layers as configuration
from stylekit.runs.config import SHORTHANDS
from stylekit.runs.layers import Layer
from stylekit.runs.plan import Plan
from stylekit.runs.resolve import make_plan
from stylekit.specs import EvaluatorSpec, WeightsSpec
from stylekit.weights.selection import looks_like_path, split_pin
from stylekit_plugins.evaluation.variants import (
    Sweep,
    concerns,
    parse_sweep,
    parse_variant,
    refuse_what_all_share,
    swept,
)

_log = logging.getLogger(f"stylekit.{__name__}")

SHARED = (
    *("size", "seed", "device", "precision", "memory_mb", "offline", "executor"),
    *SHORTHANDS,
)
"""Keys that every variant gets, where its method has them."""


class ComparisonConfig(Params):
    """The keys of a comparison, apart from the components' own tables."""

    methods: tuple[Text, ...] = Field(
        (), description="Methods to compare: METHOD[:BACKBONE][+KEY=VALUE...]."
    )
    sweep: tuple[Text, ...] = Field(
        (), description="Settings of the methods to go through: KEY=VALUE,VALUE,..."
    )
    content: tuple[SourceText, ...] = Field((), description="Content sources: files, folders.")
    style: tuple[StyleText, ...] = Field((), description="Style sources: SRC[@WHEN][*WEIGHT].")
    out: UserOnly[Text | None] = Field(None, description="What to write.")
    size: int | None = Field(
        None, ge=1, le=65536, description="Long side of the results in pixels; None: the method's."
    )
    steps: int | None = Field(None, description="Steps of the methods that take steps.")
    init: FileText | None = Field(
        None, description="Initial image, for the methods that have a choice."
    )
    quality: str | None = Field(None, description="Quality of the methods that have qualities.")
    color: str | None = Field(None, description="Colors, for the methods that have a choice.")
    weights: tuple[WeightsText, ...] = Field(
        (), description="Trained weights: names, or NETWORK= and a name or a file."
    )
    seed: int = Field(0, ge=0, le=2**63 - 1, description="Seed of every random number.")
    device: str = Field("auto", description="auto, cpu, cuda, cuda:N or mps.")
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto", description="Number format inside the components that have a choice."
    )
    memory_mb: int | None = Field(None, ge=64, description="Most memory to plan for, in MiB.")
    offline: bool = Field(False, description="Never touch the network.")
    executor: UserOnly[str | None] = Field(
        None, description="What carries the runs out: in this process, or elsewhere."
    )
    tables: dict[str, dict[str, Any]] = Field({}, description="Parameters by component.")


C = TypeVar("C", bound=ComparisonConfig)

_LISTS = ("result", "content", "style", "methods", "sweep", "weights")


@dataclass(frozen=True)
class Comparison:
    """Methods side by side, decided: nothing is read or computed yet.

    Attributes:
        variants: the methods to compare, those of sweeps among them; no two have one label.
        weights: what the user wants for which network: a name or a path.
    """

    config: ComparisonConfig
    catalogue: Catalogue
    variants: Sequence[Variant]
    weights: Mapping[str, str]

    def run_layers(self, variant: Variant, *more: Layer) -> list[Layer]:
        """Return the configuration of runs of a variant, the weakest layer first."""
        own = params_model(variant.method).model_fields
        shared = {
            key: value
            for key in SHARED
            if (value := getattr(self.config, key)) is not None
            and (key not in SHORTHANDS or key in own)
        }
        return [self._tables_of_runs(), shared, variant.layer, *more]

    def _tables_of_runs(self) -> Layer:
        """Return the parameters of components that runs are made of: no evaluator's."""
        known = self.catalogue.tables()
        return {
            name: values
            for name, values in self.config.tables.items()
            if not all(isinstance(each.spec, EvaluatorSpec) for each in known[name])
        }

    def run_plan(self, variant: Variant, *more: Layer) -> Plan:
        """Return the plan of runs of a variant, with the weights wanted for its networks."""
        layers = self.run_layers(variant, *more)
        plan = make_plan(self.catalogue, layers)
        requested = tuple(
            f"{network}={what}"
            for network, what in self.weights.items()
            if network in plan.networks
        )
        if not requested:
            return plan
        return replace(plan, config=plan.config.model_copy(update={"weights": requested}))


def checked(catalogue: Catalogue, layers: Sequence[Layer], model: type[C]) -> C:
    """Return the keys of a command that compares, and the tables of components.

    Args:
        layers: from the weakest to the strongest.

    Raises:
        UsageError: an unknown key, table or component, or a bad value.
    """
    tables = catalogue.tables()
    ids = {key: found[0].id for key, found in tables.items() if len(found) == 1}
    keys = frozenset(model.model_fields) - {"tables"}
    merged = configuration.merge(configuration.canonical(x, ids, {}, keys) for x in layers)
    return configuration.build(merged, tables, model, (), [key for key in _LISTS if key in keys])


def compare(
    config: ComparisonConfig,
    catalogue: Catalogue,
) -> Comparison:
    """Find the methods and check their parameters.

    Raises:
        UsageError: unknown names, bad values, impossible combinations.
    """
    plan = Comparison(config, catalogue, (), _wanted(config.weights, catalogue))
    sweeps = [parse_sweep(text) for text in config.sweep]
    for sweep in sweeps:
        refuse_what_all_share(f"--sweep {sweep.key}", sweep.layer(sweep.values[0]), catalogue)
    useless: Counter[str] = Counter()
    variants: list[Variant] = []
    bases: list[tuple[Variant, list[Component[Any]]]] = []
    for text in config.methods:
        base = parse_variant(text, catalogue)
        # Sweeps can change which components there are, but not that a table is of one of these.
        run_plan = plan.run_plan(base)
        useless.update(run_plan.warnings)
        bases.append((base, [part.component for part in run_plan.components]))
        variants += swept(base, sweeps, bases[-1][1])
    _check_sweeps(sweeps, bases)
    labels = Counter(variant.label for variant in variants)
    for label, count in labels.items():
        if count > 1:
            raise UsageError(f"Method '{label}' is given {count} times.", "Name each once.")
    for variant in variants:
        if variant.swept:
            plan.run_plan(variant)
    for line, count in useless.items():
        # What one method does not use another may.
        if count == len(config.methods):
            _log.warning(line)
    return Comparison(config, catalogue, variants, plan.weights)


def _check_sweeps(
    sweeps: Sequence[Sweep], bases: Sequence[tuple[Variant, Sequence[Component[Any]]]]
) -> None:
    """Refuse a sweep that changes nothing of any method."""
    for sweep in sweeps:
        concerned = any(concerns(sweep, base, components) for base, components in bases)
        if not concerned:
            raise UsageError(
                f"--sweep {sweep.key}: none of the methods has such a setting.",
                "`stylekit describe METHOD` lists them.",
            )


def _wanted(stated: Sequence[str], catalogue: Catalogue) -> dict[str, str]:
    """Return the weights that the user named, by network."""
    wanted: dict[str, str] = {}
    known = {component.spec.network for component in catalogue.all(WeightsSpec)}
    for text in stated:
        network, separator, what = text.partition("=")
        if not separator or network not in known:
            source, _ = split_pin(text)
            if looks_like_path(source):
                raise UsageError(
                    f"--weights {text}: there are several networks here.",
                    f"Say which: --weights NETWORK={text}.",
                )
            network, what = catalogue.find(WeightsSpec, source).spec.network, text
        if network in wanted:
            raise UsageError(f"--weights {text}: those of {network} are named twice.")
        wanted[network] = what
    return wanted
