"""Judging results: metrics, classifiers, experiments, and the reports they make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stylekit.registry.lazy import lazy_names

if TYPE_CHECKING:
    from stylekit.evaluation.classifier import Classifier, ImageClass
    from stylekit.evaluation.evaluator import (
        Evaluator,
        Instrument,
        Prepared,
        Reporting,
        Sets,
        check_measures,
    )
    from stylekit.evaluation.experiment import Bench, Experiment, Stylized, Variant
    from stylekit.evaluation.report import Report, Table

__all__ = [
    "Bench",
    "Classifier",
    "Evaluator",
    "Experiment",
    "ImageClass",
    "Instrument",
    "Prepared",
    "Report",
    "Reporting",
    "Sets",
    "Stylized",
    "Table",
    "Variant",
    "check_measures",
]

__getattr__ = lazy_names(
    __name__,
    {
        "classifier": "Classifier ImageClass",
        "evaluator": "Evaluator Instrument Prepared Reporting Sets check_measures",
        "experiment": "Bench Experiment Stylized Variant",
        "report": "Report Table",
    },
)
