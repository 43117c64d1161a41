"""From layers of configuration to a plan of an evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import Field

from stylekit.inputs.config_paths import SourceText
from stylekit.params import Text
from stylekit.registry.catalogue import Catalogue, Component
from stylekit.runs.layers import Layer
from stylekit.runs.plan import ConfiguredComponent, configured
from stylekit.specs import EvaluatorSpec
from stylekit_plugins.evaluation.comparison import (
    Comparison,
    ComparisonConfig,
    checked,
    compare,
)


class EvaluationConfig(ComparisonConfig):
    """The keys of an evaluation, apart from the components' own tables."""

    evaluator: Text = Field(description="Metric, classifier or experiment: name or plugin:name.")
    result: tuple[SourceText, ...] = Field((), description="Results to score: files, folders.")
    dataset: SourceText | None = Field(None, description="Images of an experiment: a folder.")


@dataclass(frozen=True)
class EvaluationPlan(Comparison):
    """One evaluation, decided: nothing is read or computed yet."""

    config: EvaluationConfig
    evaluator: ConfiguredComponent

    def digest(self) -> str:
        """Return a SHA-256 of the evaluation, apart from where and how it is carried out."""
        from stylekit.records.provenance import fingerprint

        left_out = {"out", "device", "offline", "executor", "memory_mb"}
        return fingerprint(
            {
                "config": self.config.model_dump(mode="json", exclude=left_out),
                "evaluator": self.evaluator.component.describe_version(),
                "params": self.evaluator.params.model_dump(mode="json"),
            }
        )

    def find(self, spec_type: type[EvaluatorSpec], name: str) -> ConfiguredComponent:
        """Return an evaluator of one kind with the parameters that the user set.

        Raises:
            UsageError: no plugin registers one of that name, a parameter is wrong, or an extra is
                missing.
        """
        component = self.catalogue.find(spec_type, name)
        component.require_extra()
        return configured(component, self.config)


def make_evaluation_plan(
    catalogue: Catalogue,
    layers: Sequence[Layer],
) -> EvaluationPlan:
    """Resolve names and check parameters, including those of all methods.

    Args:
        layers: from the weakest to the strongest.

    Raises:
        UsageError: unknown names, bad values, impossible combinations, a missing extra.
    """
    config = checked(catalogue, layers, EvaluationConfig)
    component = find_evaluator(catalogue, config.evaluator)
    component.require_extra()
    evaluator = configured(component, config)
    compared = compare(config, catalogue)
    return EvaluationPlan(
        config, catalogue, compared.variants, compared.weights, compared.plans, evaluator
    )


def find_evaluator(catalogue: Catalogue, name: str) -> Component[EvaluatorSpec]:
    """Return the metric, classifier or experiment of a name.

    Raises:
        UsageError: no plugin registers one of that name, or several do.
    """
    bare = name.rpartition(":")[2]
    kinds = {type(each.spec) for each in catalogue.all(EvaluatorSpec) if each.spec.name == bare}
    # Errors of the catalogue and `[prefer]` name the kind, where the name says which it is.
    return catalogue.find(kinds.pop() if len(kinds) == 1 else EvaluatorSpec, name)
