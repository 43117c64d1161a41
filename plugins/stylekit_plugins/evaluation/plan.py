"""From layers of configuration to a plan of an evaluation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pydantic import Field

from stylekit.errors import UsageError
from stylekit.inputs.config_paths import SourceText
from stylekit.params import Text
from stylekit.registry.catalogue import Catalogue
from stylekit.runs.config import Layer
from stylekit.runs.plan import ConfiguredComponent, configured
from stylekit.specs import EvaluatorSpec
from stylekit.text import did_you_mean
from stylekit_plugins.evaluation.comparison import (
    Comparison,
    ComparisonConfig,
    checked,
    compare,
)


class EvaluationConfig(ComparisonConfig):
    """The keys of an evaluation, apart from the components' own tables."""

    evaluator: Text = Field(description="What to measure, by name or plugin:name.")
    result: tuple[SourceText, ...] = Field((), description="Results to measure: files, folders.")
    dataset: SourceText | None = Field(None, description="Pictures of an experiment: a folder.")


@dataclass(frozen=True)
class EvaluationPlan(Comparison):
    """One evaluation, decided: nothing is read or computed yet."""

    config: EvaluationConfig
    evaluator: ConfiguredComponent

    def digest(self) -> str:
        """Return a SHA-256 of all that the user asked for, but not of how and where it is done."""
        from stylekit.records.provenance import fingerprint

        how = {"out", "device", "offline", "executor", "memory_mb"}
        part = self.evaluator
        return fingerprint(
            {
                "config": self.config.model_dump(mode="json", exclude=how),
                "evaluator": part.component.describe_version(),
                "params": part.params.model_dump(mode="json"),
            }
        )

    def part(self, name: str, *scopes: str) -> ConfiguredComponent:
        """Return an evaluator, with the parameters that the user stated of it.

        Raises:
            UsageError: there is none of that name, or it has none of the scopes.
        """
        component = self.catalogue.find(EvaluatorSpec, name)
        if component.spec.scope not in scopes:
            known = [
                c.spec.name for c in self.catalogue.all(EvaluatorSpec) if c.spec.scope in scopes
            ]
            raise UsageError(
                f"Evaluator '{name}' is of scope '{component.spec.scope}', and "
                f"{' or '.join(scopes)} is needed here.",
                did_you_mean(name, known),
            )
        return configured(component, self.config)


def make_evaluation_plan(
    catalogue: Catalogue,
    layers: Sequence[Layer],
    warn: Callable[[str], None] = lambda line: None,
) -> EvaluationPlan:
    """Resolve names and check parameters, those of all methods among them.

    Args:
        layers: from the weakest to the strongest.
        warn: called with one line for settings that have no effect.

    Raises:
        UsageError: unknown names, bad values, impossible combinations.
    """
    config = checked(catalogue, layers, EvaluationConfig)
    evaluator = configured(catalogue.find(EvaluatorSpec, config.evaluator), config)
    compared = compare(config, catalogue, warn)
    return EvaluationPlan(config, catalogue, compared.variants, compared.weights, evaluator)
