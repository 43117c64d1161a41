"""What an experiment promises: see `stylekit.evaluation.experiment`."""

from __future__ import annotations

from typing import Any, ClassVar

from stylekit.evaluation.experiment import Experiment
from stylekit.specs import ExperimentSpec, Spec
from stylekit.testing.suite import ComponentSuite


class ExperimentSuite(ComponentSuite):
    """Checks of an experiment."""

    spec_type: ClassVar[type[Spec]] = ExperimentSpec

    def test_it_is_an_experiment(self, instance: Any) -> None:
        """It has the method of the protocol."""
        assert isinstance(instance, Experiment), "An experiment needs a method `run`."
