"""Checks that every component should pass, for authors of plugins.

One suite a kind, and one for trainers of methods. Derive a test class from it, name the component,
and pytest does the rest:

    # tests/test_charcoal.py
    from stylekit.testing import LossSuite

    class TestCharcoal(LossSuite):
        component = "charcoal"

The suite looks for the component among the installed plugins; with `plugin = my_module` it takes a
module or an object of this process instead, and no other plugin. `params` sets parameters of the
component. `pytest --stylekit-plugin NAME` runs the suites of all components of an installed plugin,
and `--stylekit-device cuda` runs them on another device.

Importing this package loads neither torch nor pytest; the suites come with the first name.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stylekit.testing.backbone import BackboneSuite
    from stylekit.testing.blend import BlendSuite
    from stylekit.testing.classifier import ClassifierSuite
    from stylekit.testing.command import CommandSuite
    from stylekit.testing.executor import ExecutorSuite
    from stylekit.testing.experiment import ExperimentSuite
    from stylekit.testing.loss import LossSuite
    from stylekit.testing.media import MediaSuite
    from stylekit.testing.method import MethodSuite
    from stylekit.testing.metric import MetricSuite
    from stylekit.testing.observer import ObserverSuite
    from stylekit.testing.optimizer import OptimizerSuite
    from stylekit.testing.preset import PresetSuite
    from stylekit.testing.region import RegionSuite
    from stylekit.testing.suite import ComponentSuite
    from stylekit.testing.trainer import TrainerSuite
    from stylekit.testing.weights import WeightsSuite

_MODULES = {
    "BackboneSuite": "backbone",
    "BlendSuite": "blend",
    "ClassifierSuite": "classifier",
    "CommandSuite": "command",
    "ComponentSuite": "suite",
    "ExecutorSuite": "executor",
    "ExperimentSuite": "experiment",
    "LossSuite": "loss",
    "MediaSuite": "media",
    "MethodSuite": "method",
    "MetricSuite": "metric",
    "ObserverSuite": "observer",
    "OptimizerSuite": "optimizer",
    "PresetSuite": "preset",
    "RegionSuite": "region",
    "TrainerSuite": "trainer",
    "WeightsSuite": "weights",
}

__all__ = [
    "BackboneSuite",
    "BlendSuite",
    "ClassifierSuite",
    "CommandSuite",
    "ComponentSuite",
    "ExecutorSuite",
    "ExperimentSuite",
    "LossSuite",
    "MediaSuite",
    "MethodSuite",
    "MetricSuite",
    "ObserverSuite",
    "OptimizerSuite",
    "PresetSuite",
    "RegionSuite",
    "TrainerSuite",
    "WeightsSuite",
    "suite_of",
]


def suite_of(kind: str) -> type[ComponentSuite]:
    """Return the suite of a kind of component."""
    suite: type[ComponentSuite] = __getattr__(f"{kind.capitalize()}Suite")
    return suite


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return getattr(importlib.import_module(f"stylekit.testing.{_MODULES[name]}"), name)
    raise AttributeError(f"module 'stylekit.testing' has no attribute {name!r}")
