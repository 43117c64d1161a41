"""Timing a comparison: every variant in processes of its own, in turn, several times."""

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
from stylekit_plugins.evaluation.timing.figures import figures_of, medians
from stylekit_plugins.evaluation.timing.machine import machine

_log = logging.getLogger(f"stylekit.{__name__}")

SCHEMA = 1

LARGEST = 2**28
"""Bytes of the largest file of results: it has every single time."""


class BenchConfig(ComparisonConfig):
    """The keys of `stylekit bench`, apart from the components' own tables."""

    repeat: int = Field(3, ge=1, le=1000, description="Runs of each, in turn.")
    warmup: int = Field(2, ge=0, le=1000, description="First steps at a size that do not count.")
    objective: float | None = Field(None, description="Total loss to be reached.")


class Bench:
    """Times the variants of a comparison.

    Args:
        command: what the user wrote.
        block: plugins that no run may load.
        builtins_only: no run may load a stranger's plugin.

    Raises:
        UsageError: there is nothing to time, or a variant cannot run.
    """

    def __init__(
        self,
        comparison: Comparison,
        config: BenchConfig,
        command: str,
        block: Collection[str] = (),
        builtins_only: bool = False,
    ) -> None:
        if not comparison.variants:
            raise UsageError(
                "Name what to time.", "For example: stylekit bench METHOD:BACKBONE METHOD"
            )
        self._config = config
        self._how = {"block": sorted(block), "builtins_only": builtins_only}
        self._configs = {v.label: self._config_of(comparison, v) for v in comparison.variants}
        self._runs: dict[str, list[dict[str, Any]]] = {label: [] for label in self._configs}
        self._errors: dict[str, str] = {}
        self._facts = {"schema": SCHEMA, "command": command, "machine": machine()}

    def rounds(self) -> Iterator[dict[str, Any]]:
        """Time each variant once a round; yield what is known after each run.

        In turn, because a machine is faster or slower for minutes.
        """
        for number in range(self._config.repeat):
            for label in self._configs:
                if label in self._errors:
                    continue
                _log.info(f"{label}: run {number + 1} of {self._config.repeat}")
                found = self._run(label)
                if "error" in found:
                    self._errors[label] = found["error"]
                    _log.warning(f"{label}: {found['error']}")
                else:
                    self._runs[label].append(found)
                yield self.found()

    def found(self) -> dict[str, Any]:
        """Return all that is known, as JSON can hold it."""
        config = self._config
        cases = []
        for label, runs in self._runs.items():
            figures = [figures_of(run, config.warmup, config.objective) for run in runs]
            cases.append(
                {
                    "label": label,
                    "error": self._errors.get(label),
                    "medians": medians(figures) if figures else None,
                    "figures": figures,
                    "runs": runs,
                }
            )
        settings = {"repeat": config.repeat, "warmup": config.warmup, "objective": config.objective}
        return {**self._facts, "settings": settings, "cases": cases}

    def _config_of(self, comparison: Comparison, variant: Variant) -> Mapping[str, Any]:
        sources = {"content": list(self._config.content), "style": list(self._config.style)}
        given = {key: value for key, value in sources.items() if value}
        resolved = comparison.run_plan(variant, given).resolved()
        return portable_config(resolved, RunConfig, comparison.catalogue, None)

    def _run(self, label: str) -> dict[str, Any]:
        config = {key: value for key, value in self._configs[label].items() if value is not None}
        job = {"config": config, **self._how, "spawned": time.time()}
        done = subprocess.run(
            python("-m", "stylekit_plugins.evaluation.timing.worker"),
            input=json.dumps(job),
            capture_output=True,
            text=True,
            check=False,
        )
        try:
            found: dict[str, Any] = json.loads(done.stdout)
        except ValueError:
            last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
            return {"error": f"its process ended with {done.returncode}: {last}"}
        return found


def write(found: Mapping[str, Any], path: Path, files: OwnFiles) -> None:
    """Write what was found, complete or not at all.

    Raises:
        InputError: it cannot be written.
    """
    with saving(), files.writing(path) as temporary:
        temporary.write_text(json_text(found, indent=1) + "\n", encoding="utf-8")


def read(path: Path) -> dict[str, Any]:
    """Return what an earlier bench found.

    Raises:
        InputError: the file is missing, or holds something else.
    """
    found = read_json(path, LARGEST)
    if found.get("schema") != SCHEMA or "cases" not in found:
        raise InputError(f"{path} was not written by `stylekit bench --out`.")
    return found
