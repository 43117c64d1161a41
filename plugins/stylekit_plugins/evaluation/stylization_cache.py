"""Many contents in many styles by one method, for an experiment: kept on disk, and gone on with."""

from __future__ import annotations

import hashlib
import logging
import os
import re
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stylekit.errors import InputError, Interrupted, MemoryLimitError, StylekitError, one_line
from stylekit.evaluation.experiment import Cell, Stylized, Variant
from stylekit.files.atomic import sha256_of
from stylekit.files.ownership import numbered
from stylekit.files.tables import read_json
from stylekit.inputs.sources import Sources
from stylekit.inputs.syntax import StyleSource, short_name
from stylekit.machine import devices
from stylekit.machine.log_level import log_level
from stylekit.records import record
from stylekit.records.checkpoint import state_path
from stylekit.records.digests import digest_of_files
from stylekit.records.provenance import Inputs, Provenance, versions_of
from stylekit.runs.config import RunConfig
from stylekit.runs.executor import Run, Task
from stylekit.runs.plan import Plan
from stylekit_plugins.evaluation.plan import EvaluationPlan

if TYPE_CHECKING:
    import pluggy

_log = logging.getLogger(f"stylekit.{__name__}")

MOST_ERRORS = 3
"""A method that fails so often in a row, unforeseen, is not asked again."""

_CHANGES_NOTHING = ("content", "style", "each_style", "preset", "offline")
"""Keys of a run's configuration that say nothing of how a picture is made of its sources."""

_TOLD_EVERY = 10.0
"""Seconds between two lines of progress."""

_NO_CHECKPOINTS = 1e9
"""Seconds between states for --resume: what is gone on with here is whole pictures."""


class StylizationCache:
    """Makes pictures through runs like those of `stylekit run`.

    Every picture has a place that depends on all that it is made of, so that what lies there is
    either it or nothing.

    Args:
        folder: gets a folder for each variant, and in it one for each style.
    """

    def __init__(
        self,
        plan: EvaluationPlan,
        manager: pluggy.PluginManager,
        folder: Path,
    ) -> None:
        self._plan = plan
        self._manager = manager
        self._folder = folder
        self._sources = Sources(plan.catalogue, plan.config.tables)
        self._digests: dict[str, str] = {}

    def settings(self, variant: Variant) -> Mapping[str, Any]:
        """Return the whole configuration of a variant, sources left out."""
        resolved = self._plan.run_plan(variant).resolved()
        return {key: value for key, value in resolved.items() if key not in _CHANGES_NOTHING}

    def get(self, variant: Variant, contents: Sequence[str], styles: Sequence[str]) -> Stylized:
        """Make what is missing; see `stylekit_plugins.evaluation.bench.Bench.stylize`."""
        blind = variant.method.spec.styles[0] == 0
        groups = [""] if blind else list(styles)
        folder = self._folder_of(variant)
        places = {
            (content, style): folder / self._place(content, style)
            for style in groups
            for content in contents
        }
        missing = {cell: path for cell, path in places.items() if not _is_complete(path)}
        if done := len(places) - len(missing):
            _log.info(f"{variant.label}: {done} of {len(places)} pictures are there already.")
        failures = self._make(variant, missing) if missing else {}
        result = Stylized()
        for content in contents:
            for style in styles:
                cell, source = (content, style), (content, "" if blind else style)
                path = places[source]
                if source in failures:
                    result.failures[cell] = failures[source]
                    continue
                details = record.read_record(record.record_path(path))
                result.images[cell] = path
                result.seconds[cell] = details.seconds.get("stylize", 0.0)
                for network, used in details.weights.items():
                    result.weights[network] = used.model_dump()
        return result

    def _make(self, variant: Variant, missing: Mapping[Cell, Path]) -> dict[Cell, str]:
        """Make pictures with as few loadings of networks as can be; return the reasons of others.

        Raises:
            Interrupted: the user stopped it.
        """
        more = {"checkpoint_seconds": _NO_CHECKPOINTS}
        plan = self._plan.run_plan(variant, more)
        failures: dict[Cell, str] = {}
        pending = dict(missing)
        in_a_row = 0
        _log.info(f"{variant.label}: {len(pending)} pictures to make.")
        while pending:
            reasons, error = self._run(variant, plan, pending)
            before = len(pending)
            failures |= {cell: reasons[cell] for cell in pending if cell in reasons}
            pending = {
                cell: path
                for cell, path in pending.items()
                if cell not in failures and not _is_complete(path)
            }
            if not pending:
                break
            reason = one_line(error) if error is not None else "It was not made."
            if isinstance(error, StylekitError):
                reason = error.message
            foreseen = isinstance(error, StylekitError) and not isinstance(error, MemoryLimitError)
            first = next(iter(pending))
            # Pictures are made in order: the first that is not there is the one it broke at.
            in_a_row = in_a_row + 1 if len(pending) == before else 1
            stopped = foreseen or error is None or in_a_row >= MOST_ERRORS
            for cell in list(pending) if stopped else [first]:
                failures[cell] = reason
                del pending[cell]
            _log.warning(f"{variant.label}: {reason}")
        return failures

    def _run(
        self, variant: Variant, plan: Plan, pending: Mapping[Cell, Path]
    ) -> tuple[dict[Cell, str], Exception | None]:
        """Do one run; return what it could not do, and what stopped it before its end."""
        tasks = [
            (Task(content, (StyleSource(style),) if style else ()), path)
            for (content, style), path in pending.items()
        ]
        run = Run(
            plan,
            self._manager,
            # Of hundreds of pictures nobody wants every step.
            quiet=True,
            tasks=tasks,
        )
        error: Exception | None = None
        progress = Progress(variant.label, len(tasks))
        try:
            # Lines about each of hundreds of images would drown those of the evaluation.
            with log_level(logging.WARNING):
                for _ in run:
                    progress.at(len(run.result.artifacts))
        except Interrupted as stop:
            raise Interrupted(
                "Interrupted; what is done is kept.", "The same command goes on from there."
            ) from stop
        except InputError as refused:
            error = None if run.result.failures else refused
        except Exception as raised:
            _log.debug(traceback.format_exc())
            error = raised
        failed = run.result.failures
        reasons: dict[Cell, str] = {}
        for task, _ in tasks:
            style = task.styles[0].source if task.styles else ""
            for name in (task.name, task.content, style):
                if name in failed:
                    reasons[task.content, style] = failed[name]
        return reasons, error

    def _folder_of(self, variant: Variant) -> Path:
        plan = self._plan.run_plan(variant)
        components = [part.component for part in plan.components]
        inputs = Inputs(self._sources, plan.catalogue, RunConfig)
        settings = {
            **inputs.settings(plan.resolved(), components),
            # Not loaded yet, and perhaps never: what was asked for stands for what is.
            **inputs.without_paths({"weights": plan.config.weights}),
            "device": devices.choose(self._plan.config.device).type,
        }
        digest = Provenance(settings, inputs.digests, versions_of(components, {})).digest
        return self._folder / f"{_safe(variant.label)}-{digest[:8]}"

    def _place(self, content: str, style: str) -> Path:
        """Return where a picture lies in the folder of its variant."""
        named = f"{short_name(style)}-{self._digest(style)}" if style else "any-style"
        return Path(named) / f"{short_name(content)}-{self._digest(content)}.png"

    def _digest(self, source: str) -> str:
        """Return eight digits that change with a file, or with what is no file."""
        if source not in self._digests:
            files = self._sources.files(source)
            whole = digest_of_files(files) if files else _sha256(source)
            self._digests[source] = whole[:8]
        return self._digests[source]


class Progress:
    """Tells now and then how far a method is, and how long the rest will take."""

    def __init__(self, label: str, count: int) -> None:
        self._label = label
        self._count = count
        self._begun = self._told = time.monotonic()

    def at(self, done: int) -> None:
        """Note that so many pictures are done."""
        now = time.monotonic()
        if done == 0 or now - self._told < _TOLD_EVERY:
            return
        self._told = now
        each = (now - self._begun) / done
        left = each * (self._count - done)
        _log.info(
            f"{self._label}: {done} of {self._count}, {each:.2g} s each, "
            + (f"{left / 60:.0f} min left." if left >= 90 else f"{left:.0f} s left.")
        )


def _is_complete(path: Path) -> bool:
    """Return whether a picture is finished and undamaged; otherwise its place is free afterwards.

    What is there instead is removed if a run was stopped, and else gets another name: it may be
    what a user has made of the picture.
    """
    noted = record.record_path(path)
    try:
        details = read_json(noted)
        is_written = sha256_of(path) == details["artifact"]["sha256"]
        if is_written and not details["interrupted"]:
            return True
    except (InputError, OSError, LookupError, TypeError):
        is_written = False
    if path.exists() and not is_written:
        path.rename(next(name for name in numbered(path) if not name.exists()))
    for left in (path, noted, state_path(path)):
        left.unlink(missing_ok=True)
    return False


def _safe(label: str) -> str:
    return re.sub(r"[^A-Za-z0-9._=-]+", "-", label)[:60].strip("-")


def _sha256(text: str) -> str:
    return hashlib.sha256(os.fsencode(text)).hexdigest()
