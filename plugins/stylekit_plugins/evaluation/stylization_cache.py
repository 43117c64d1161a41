"""Many contents in many styles by one method, for an experiment, with a cache on disk."""

from __future__ import annotations

import hashlib
import logging
import os
import re
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stylekit.errors import InputError, Interrupted, MemoryLimitError, StylekitError, one_line
from stylekit.evaluation.experiment import Cell, Stylized, Variant
from stylekit.events import Step
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
from stylekit.runs.executor import Task
from stylekit.runs.plan import Plan
from stylekit.runs.run import Run
from stylekit_plugins.evaluation.plan import EvaluationPlan

if TYPE_CHECKING:
    import pluggy

_log = logging.getLogger(f"stylekit.{__name__}")

MAX_ERRORS = 3
"""Unexpected errors in a row after which a method is given up."""

_NOT_SETTINGS = ("content", "style", "each_style", "preset", "offline")
"""Keys of a run's configuration that do not affect how an image is made from its sources."""

_LOG_SECONDS = 10.0
"""Seconds between two lines of progress."""

_NO_CHECKPOINTS = 1e9
"""Seconds between checkpoints: an experiment resumes with whole images."""


class StylizationCache:
    """Makes images with the same runs as `stylekit run`, and keeps them.

    The path of an image depends on everything that it is made of, so that a file at this path is
    that image.

    Args:
        folder: gets a folder for each variant, with one for each style in it.
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
        """Return the whole configuration of a variant, without the sources."""
        resolved = self._plan.run_plan(variant).resolved()
        return {key: value for key, value in resolved.items() if key not in _NOT_SETTINGS}

    def get(self, variant: Variant, contents: Sequence[str], styles: Sequence[str]) -> Stylized:
        """Return all results, and make those that are missing.

        Raises:
            Interrupted: the user stopped it; finished results are kept.
        """
        ignores_style = variant.method.spec.styles[0] == 0
        groups = [""] if ignores_style else list(styles)
        folder = self._folder_of(variant)
        paths = {
            (content, style): folder / self._relative_path(content, style)
            for style in groups
            for content in contents
        }
        missing = {cell: path for cell, path in paths.items() if not _is_complete(path)}
        if done := len(paths) - len(missing):
            _log.info(f"{variant.label}: {done} of {len(paths)} images exist already.")
        failures = self._make(variant, missing) if missing else {}
        result = Stylized()
        for content in contents:
            for style in styles:
                cell, source = (content, style), (content, "" if ignores_style else style)
                path = paths[source]
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
        """Make images in as few runs as possible; return the reasons for missing ones.

        Raises:
            Interrupted: the user stopped it.
        """
        plan = self._plan.run_plan(variant, checkpoint_seconds=_NO_CHECKPOINTS)
        failures: dict[Cell, str] = {}
        pending = dict(missing)
        in_a_row = 0
        _log.info(f"{variant.label}: {len(pending)} images to make.")
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
            expected = isinstance(error, StylekitError) and not isinstance(error, MemoryLimitError)
            first = next(iter(pending))
            # Images are made in order: the first missing one is where the run failed.
            in_a_row = in_a_row + 1 if len(pending) == before else 1
            give_up = expected or error is None or in_a_row >= MAX_ERRORS
            for cell in list(pending) if give_up else [first]:
                failures[cell] = reason
                del pending[cell]
            _log.warning(f"{variant.label}: {reason}")
        return failures

    def _run(
        self, variant: Variant, plan: Plan, pending: Mapping[Cell, Path]
    ) -> tuple[dict[Cell, str], Exception | None]:
        """Start one run; return the reasons for failed images and the error that ended it."""
        tasks = [
            (Task(content, (StyleSource(style),) if style else ()), path)
            for (content, style), path in pending.items()
        ]
        run = Run(
            plan,
            self._manager,
            # Of hundreds of images, every step would be too much.
            quiet=True,
            tasks=tasks,
        )
        error: Exception | None = None
        progress = Progress(variant.label, len(tasks))
        try:
            for _ in _with_warnings_only(run):
                progress.update(len(run.result.artifacts))
        except Interrupted as stop:
            raise Interrupted(
                "Interrupted; finished images are kept.",
                "Run the same command again to resume.",
            ) from stop
        except InputError as input_error:
            error = None if run.result.failures else input_error
        except Exception as unexpected:
            _log.debug(traceback.format_exc())
            error = unexpected
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
            # Weights are not loaded yet: the requested names stand for their checksums.
            **inputs.without_paths({"weights": plan.config.weights}),
            "device": devices.choose(self._plan.config.device).type,
        }
        digest = Provenance(settings, inputs.digests, versions_of(components, {})).digest
        return self._folder / f"{_safe(variant.label)}-{digest[:8]}"

    def _relative_path(self, content: str, style: str) -> Path:
        """Return the path of an image in the folder of its variant."""
        folder = f"{short_name(style)}-{self._digest(style)}" if style else "any-style"
        return Path(folder) / f"{short_name(content)}-{self._digest(content)}.png"

    def _digest(self, source: str) -> str:
        """Return eight hex digits of a source: of its files, or of its name if it has none."""
        if source not in self._digests:
            files = self._sources.files(source)
            whole = digest_of_files(files) if files else _sha256(source)
            self._digests[source] = whole[:8]
        return self._digests[source]


class Progress:
    """Logs how far a variant is, and the time left."""

    def __init__(self, label: str, count: int) -> None:
        self._label = label
        self._count = count
        self._started = self._logged = time.monotonic()

    def update(self, done: int) -> None:
        """Log the count of finished images, at most every `_LOG_SECONDS`."""
        now = time.monotonic()
        if done == 0 or now - self._logged < _LOG_SECONDS:
            return
        self._logged = now
        each = (now - self._started) / done
        left = each * (self._count - done)
        _log.info(
            f"{self._label}: {done} of {self._count}, {each:.2g} s each, "
            + (f"{left / 60:.0f} min left." if left >= 90 else f"{left:.0f} s left.")
        )


def _with_warnings_only(run: Run) -> Iterator[Step]:
    """Yield the steps of a run. Its lines about hundreds of images would drown the progress."""
    steps = iter(run)
    while True:
        with log_level(logging.WARNING):
            try:
                step = next(steps)
            except StopIteration:
                return
        yield step


def _is_complete(path: Path) -> bool:
    """Return whether an image is finished and undamaged; if not, make its path free.

    An unfinished file is removed. A file that has changed gets another name, as a user may have
    edited it.
    """
    record_file = record.record_path(path)
    try:
        details = read_json(record_file)
        is_written = sha256_of(path) == details["artifact"]["sha256"]
        if is_written and not details["interrupted"]:
            return True
    except (InputError, OSError, LookupError, TypeError):
        is_written = False
    if path.exists() and not is_written:
        path.rename(next(name for name in numbered(path) if not name.exists()))
    for leftover in (path, record_file, state_path(path)):
        leftover.unlink(missing_ok=True)
    return False


def _safe(label: str) -> str:
    return re.sub(r"[^A-Za-z0-9._=-]+", "-", label)[:60].strip("-")


def _sha256(text: str) -> str:
    return hashlib.sha256(os.fsencode(text)).hexdigest()
