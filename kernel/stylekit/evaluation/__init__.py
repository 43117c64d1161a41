"""Judging results: metrics, classifiers, experiments, and the reports they make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stylekit.machine.lazy_names import lazy_names

if TYPE_CHECKING:
    from stylekit.evaluation.classifier import Classifier, ImageClass, LogitFunction
    from stylekit.evaluation.experiment import Experiment, ExperimentContext, Stylized, Variant
    from stylekit.evaluation.metric import (
        BoundMetric,
        PairMetric,
        PreparedMetric,
        ReportingMetric,
        SetMetric,
    )
    from stylekit.evaluation.report import Report, Table

__all__ = [
    "BoundMetric",
    "Classifier",
    "Experiment",
    "ExperimentContext",
    "ImageClass",
    "LogitFunction",
    "PairMetric",
    "PreparedMetric",
    "Report",
    "ReportingMetric",
    "SetMetric",
    "Stylized",
    "Table",
    "Variant",
]

__getattr__ = lazy_names(
    __name__,
    {
        "classifier": "Classifier ImageClass LogitFunction",
        "experiment": "Experiment ExperimentContext Stylized Variant",
        "metric": "BoundMetric PairMetric PreparedMetric ReportingMetric SetMetric",
        "report": "Report Table",
    },
)
