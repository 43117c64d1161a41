"""What the making of a result is given."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from stylekit.inputs.sources import Sources
from stylekit.methods.base import Job, Method
from stylekit.protocols import Blend
from stylekit.records.provenance import Provenance
from stylekit.runs.executor import Task
from stylekit.runs.plan import Plan
from stylekit.weights.manager import WeightsManager


@dataclass(frozen=True)
class RenderContext:
    """What all results of a run share.

    Attributes:
        weights: has the networks of the plan; a method may load more of them.
        load_seconds: wall time of loading the networks.
        total: how many results the run has.
        blend: puts a result into its regions; None: with soft edges.
    """

    plan: Plan
    sources: Sources
    weights: WeightsManager
    load_seconds: float
    total: int
    blend: Blend | None = None


@dataclass(frozen=True)
class RenderTask:
    """One result to make.

    Attributes:
        number: of its task in the run, counted from 0.
        task: the sources that `job` was made from.
        target: the file to write; None: the result is only returned.
        provenance: what decides the result.
    """

    number: int
    task: Task
    target: Path | None
    method: Method
    job: Job
    provenance: Provenance
