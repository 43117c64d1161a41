"""Times the variants of a comparison: in turn, several times, each run in a separate process."""

from __future__ import annotations

import json
import logging
import subprocess
import time
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import Field

from stylekit.errors import InputError, UsageError
from stylekit.evaluation.experiment import Variant
from stylekit.files.json_text import json_text
from stylekit.files.ownership import OwnFiles
from stylekit.files.tables import read_json
from stylekit.machine.interpreter import python
from stylekit.machine.interrupts import saving
from stylekit.records.record import portable_config
from stylekit.runs.config import RunConfig
from stylekit_plugins.evaluation.comparison import Comparison, ComparisonConfig
from stylekit_plugins.evaluation.timing.machine import machine
from stylekit_plugins.evaluation.timing.measurements import measurements_of, medians

_log = logging.getLogger(f"stylekit.{__name__}")

SCHEMA = 1

MAX_BYTES = 2**28
"""Largest report that is read, in bytes; it holds the time of every step."""


class BenchmarkConfig(ComparisonConfig):
    """The keys of `stylekit bench`, apart from the components' own tables."""

    repeat: int = Field(
        3, ge=1, le=1000, description="Runs of each variant; the variants take turns."
    )
    warmup: int = Field(
        2, ge=0, le=1000, description="First steps at the largest size that do not count."
    )
    objective: float | None = Field(
        None, description="Also report the time to reach this total loss."
    )


class Benchmark:
    """Times the variants of a comparison.

    Args:
        command: the user's command line.
        block: plugins that no run may load.
        builtins_only: whether runs may load no third-party plugins.

    Raises:
        UsageError: there is nothing to time, or a variant cannot run.
    """

    def __init__(
        self,
        comparison: Comparison,
        config: BenchmarkConfig,
        command: str,
        block: Collection[str] = (),
        builtins_only: bool = False,
    ) -> None:
        if not comparison.variants:
            raise UsageError(
                "No method is named.", "For example: stylekit bench METHOD:BACKBONE METHOD"
            )
        self._config = config
        self._plugins = {"block": sorted(block), "builtins_only": builtins_only}
        self._configs = {v.label: self._config_of(comparison, v) for v in comparison.variants}
        self._runs: dict[str, list[dict[str, Any]]] = {label: [] for label in self._configs}
        self._errors: dict[str, str] = {}
        self._environment = {"schema": SCHEMA, "command": command, "machine": machine()}

    def rounds(self) -> Iterator[dict[str, Any]]:
        """Time each variant once a round; yield the report so far after each run.

        The variants take turns, because the speed of a machine drifts for minutes.
        """
        for number in range(self._config.repeat):
            for label in self._configs:
                if label in self._errors:
                    continue
                _log.info(f"{label}: run {number + 1} of {self._config.repeat}")
                result = self._run(label)
                if "error" in result:
                    self._errors[label] = result["error"]
                    _log.warning(f"{label}: {result['error']}")
                else:
                    self._runs[label].append(result)
                yield self.report()

    def report(self) -> dict[str, Any]:
        """Return all times and medians so far, as JSON can hold them."""
        config = self._config
        cases = []
        for label, runs in self._runs.items():
            measurements = [measurements_of(run, config.warmup, config.objective) for run in runs]
            cases.append(
                {
                    "label": label,
                    "error": self._errors.get(label),
                    "medians": medians(measurements) if measurements else None,
                    "measurements": measurements,
                    "runs": runs,
                }
            )
        settings = {"repeat": config.repeat, "warmup": config.warmup, "objective": config.objective}
        return {**self._environment, "settings": settings, "cases": cases}

    def _config_of(self, comparison: Comparison, variant: Variant) -> Mapping[str, Any]:
        sources = {"content": self._config.content, "style": self._config.style}
        keys = {key: value for key, value in sources.items() if value}
        resolved = comparison.run_plan(variant, **keys).resolved()
        return portable_config(resolved, RunConfig, comparison.catalogue, None)

    def _run(self, label: str) -> dict[str, Any]:
        config = {key: value for key, value in self._configs[label].items() if value is not None}
        job = {"config": config, **self._plugins, "spawned": time.time()}
        done = subprocess.run(
            python("-m", "stylekit_plugins.evaluation.timing.worker"),
            input=json.dumps(job),
            capture_output=True,
            text=True,
            check=False,
        )
        try:
            result: dict[str, Any] = json.loads(done.stdout)
        except ValueError:
            last = (done.stderr.strip().splitlines() or ["no output"])[-1]
            return {"error": f"its process ended with {done.returncode}: {last}"}
        return result


def write(report: Mapping[str, Any], path: Path, files: OwnFiles) -> None:
    """Write a report, complete or not at all.

    Raises:
        InputError: it cannot be written.
    """
    with saving(), files.writing(path) as temporary:
        temporary.write_text(json_text(report, indent=1) + "\n", encoding="utf-8")


def read(path: Path) -> dict[str, Any]:
    """Read the report of an earlier benchmark.

    Raises:
        InputError: the file is missing, or is no such report.
    """
    report = read_json(path, MAX_BYTES)
    if report.get("schema") != SCHEMA or "cases" not in report:
        raise InputError(f"{path} was not written by `stylekit bench --out`.")
    return report
