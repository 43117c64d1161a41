"""One training: epochs, checkpoints, metrics, sample sheets, networks with their records."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from stylekit.errors import InputError, Interrupted
from stylekit.events import Artifact, RunInfo, Stage, Step
from stylekit.files.atomic import check_writable, file_exists_error
from stylekit.files.json_text import json_text
from stylekit.files.locks import lock_folder
from stylekit.files.ownership import OwnFiles
from stylekit.machine import devices
from stylekit.machine.interrupts import saving
from stylekit.machine.log_level import log_level
from stylekit.methods.base import Style
from stylekit.methods.training import Epoch, TrainingJob
from stylekit.records import record
from stylekit.records.checkpoint import Checkpoint
from stylekit.records.trust import without_user_only
from stylekit.registry.observers import Lifecycle
from stylekit.result import Result
from stylekit.weights.manager import WeightsManager
from stylekit_plugins.training.dataset import Dataset
from stylekit_plugins.training.distributed import Processes
from stylekit_plugins.training.metrics import EpochMetrics
from stylekit_plugins.training.other_methods import OtherMethods
from stylekit_plugins.training.plan import TrainingConfig, TrainingPlan

if TYPE_CHECKING:
    import pluggy

_log = logging.getLogger(f"stylekit.{__name__}")

_WRITTEN = (
    *("*.stylekit.state", "*.safetensors", "history.json", "samples/*.png"),
    "best/*.safetensors",
)
"""Patterns of the files that a training writes, below its folder."""


@dataclass
class TrainingResult(Result):
    """The result of a training.

    Attributes:
        history: for each epoch its number, the mean of each loss, and its metrics.
        best: number of the best epoch by the first metric; None: there are no metrics.
    """

    history: list[dict[str, Any]] = field(default_factory=list)
    best: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the object that `--json` prints."""
        return super().to_json() | {"history": self.history, "best_epoch": self.best}


class TrainingRun:
    """The execution of one plan. Iterate over it for its steps, which fill `result`.

    Args:
        plan: of the training.
        manager: the host's plugins, whose lifecycle hooks are called.
        quiet: observers show nothing.
    """

    def __init__(
        self,
        plan: TrainingPlan,
        manager: pluggy.PluginManager,
        quiet: bool = False,
    ) -> None:
        self.plan = plan
        self.result = TrainingResult()
        self._manager = manager
        self._quiet = quiet
        self._folder = Path(plan.config.out)
        self._files = OwnFiles(
            # A training that resumes owns the files of its folder.
            lambda _: plan.config.overwrite or plan.config.resume
        )
        self._begun = self._networks_written = time.perf_counter()
        self._sums: dict[str, Tensor] = {}
        self._step_count = 0

    @property
    def _counts_epochs(self) -> bool:
        """Whether the length of the training is counted in epochs."""
        return "epochs" in self.plan.method.spec.training_inputs

    def __iter__(self) -> Iterator[Step]:
        """Train, yielding each step after it is done.

        Raises:
            StylekitError: see its subclasses.
            Interrupted: Ctrl-C; a checkpoint is written, from which --resume continues.
        """
        device = devices.choose(self.plan.config.device)
        processes = Processes.join(device)
        if processes.is_first:
            context = lock_folder(self._folder)
        else:
            # The first process logs for all.
            self._quiet, context = True, log_level(logging.CRITICAL)
        try:
            with context:
                yield from self._steps(processes)
        finally:
            processes.leave()

    def _steps(self, processes: Processes) -> Iterator[Step]:
        config, device = self.plan.config, processes.device
        for line in self.plan.warnings:
            _log.warning(line)
        dataset = Dataset(self.plan)
        images = {name: dataset.images(name) for name in self.plan.datasets}
        samples = {name: held_out for name, (_, held_out) in images.items()}
        styles = dataset.styles()
        weights = WeightsManager(self.plan.catalogue, config.tables, config.offline)
        metrics = EpochMetrics(self.plan.evaluators, weights, device)
        others = OtherMethods(self.plan.others, weights, device)
        jobs = others.jobs(next(iter(samples.values()))[0], styles, config.seed, dataset.read_image)
        self._provenance = dataset.provenance(weights.used)
        checkpoint = Checkpoint(
            self._folder / "training", self._provenance, config.checkpoint_seconds
        )
        state = self._resumed_state(checkpoint, device)
        job = TrainingJob(
            datasets={name: trained for name, (trained, _) in images.items()},
            samples=samples,
            epochs=config.epochs,
            device=device,
            seed=config.seed,
            steps=config.steps,
            seconds=None if config.minutes is None else 60 * config.minutes,
            styles=styles,
            methods=others.methods,
            jobs=jobs,
            rank=processes.rank,
            world=processes.world,
            resume=None if state is None else state["trainer"],
        )
        info = RunInfo(self.plan.method.id, str(device), self.plan.resolved(), 1, self._quiet)
        lifecycle = Lifecycle(
            self._manager,
            [(part.component.id, part.make) for part in self.plan.observers],
        )
        lifecycle.emit("run_started", run=info)
        events = self.plan.trainer.train(job)
        # State after the last step; None: no step was taken yet.
        state_of: Callable[[], dict[str, Any]] | None = None
        latest: Epoch | None = None
        try:
            while True:
                # An interrupt in the middle of a step would leave an inconsistent state.
                with saving():
                    event = next(events, None)
                    if isinstance(event, Step):
                        state_of = event.state
                        self._count(event)
                    elif isinstance(event, Epoch):
                        latest = event
                        # An interrupt during the first report leaves what it reports on.
                        state_of = state_of or event.state
                if event is None:
                    break
                if isinstance(event, Stage):
                    lifecycle.emit("stage_started", run=info, stage=event)
                elif isinstance(event, Step):
                    lifecycle.emit("step_finished", run=info, step=event)
                    yield event
                    if processes.is_first:
                        checkpoint.keep(event, self._wrapped)
                else:
                    if processes.is_first:
                        values = self._evaluate(event, job, metrics)
                        with saving():
                            artifacts = self._finish_epoch(event, job, metrics, values, checkpoint)
                            state_of = event.state
                        for artifact in artifacts:
                            lifecycle.emit("artifact_written", run=info, artifact=artifact)
                        if event.reason:
                            _log.info(event.reason)
                    if event.number == config.stop_after:
                        break
        except KeyboardInterrupt:
            self.result.interrupted = True
            if state_of is not None and processes.is_first:
                with saving():
                    checkpoint.write(self._wrapped(state_of()))
                    if latest is not None and not self._counts_epochs:
                        # What was learned until now may be what the user waited for.
                        self._write_networks(self._folder, latest, self._described(latest, device))
            raise Interrupted(
                f"Stopped after {self.result.steps} steps."
                + (f" --resume continues from {checkpoint.path}." if state_of else "")
            ) from None
        except BaseException as error:
            lifecycle.emit("run_failed", run=info, error=error)
            raise
        self.result.seconds = time.perf_counter() - self._begun
        lifecycle.emit("run_finished", run=info, result=self.result)

    # -- resume ---------------------------------------------------------------------------------

    def _resumed_state(self, checkpoint: Checkpoint, device: torch.device) -> dict[str, Any] | None:
        """Return the state to resume from; None: start anew.

        Raises:
            InputError: the folder has a training that is neither resumed nor overwritten, or has
                none to resume.
        """
        config = self.plan.config
        check_writable(checkpoint.path)
        if config.resume:
            state = checkpoint.load(device)
            if state is None:
                raise InputError(
                    f"There is no training to resume in {self._folder}.",
                    "Leave out --resume to start one.",
                )
            self.result.history = json.loads(state["history"])
            self.result.best = state["best"]
            self._sums, self._step_count = dict(state["sums"]), state["counted"]
            return state
        if not config.overwrite:
            self._check_no_training()
        torch.manual_seed(config.seed)
        return None

    def _check_no_training(self) -> None:
        """Raise an error for a folder in which a training would overwrite files.

        Raises:
            InputError: the folder has such files.
        """
        for pattern in _WRITTEN:
            for path in sorted(self._folder.glob(pattern)):
                raise file_exists_error(path)

    # -- saving ---------------------------------------------------------------------------------

    def _wrapped(self, state: dict[str, Any]) -> dict[str, Any]:
        """Return the trainer's state together with the history of epochs."""
        return {
            "trainer": state,
            "history": json_text(self.result.history),
            "best": self.result.best,
            "sums": dict(self._sums),
            "counted": self._step_count,
        }

    def _count(self, step: Step) -> None:
        self.result.steps = step.index
        self._step_count += 1
        for name, loss in step.losses.items():
            before = self._sums.get(name)
            self._sums[name] = loss.detach() if before is None else before + loss.detach()

    def _evaluate(
        self, epoch: Epoch, job: TrainingJob, metrics: EpochMetrics
    ) -> dict[str, float | None]:
        """Compute the metrics of the translated samples."""
        if not metrics:
            return {}
        first, *others = job.samples.values()
        styles = job.styles or tuple(
            Style(frame, 1 / len(frames)) for frames in others[:1] for frame in frames
        )
        return metrics.evaluate([epoch.translate(frame) for frame in first], first, styles)

    def _finish_epoch(
        self,
        epoch: Epoch,
        job: TrainingJob,
        metrics: EpochMetrics,
        values: Mapping[str, float | None],
        checkpoint: Checkpoint,
    ) -> list[Artifact]:
        """Record an epoch and its metrics, and save its networks; return the written files.

        On a GPU an epoch of few images is shorter than writing its networks, so the state and the
        networks are written only every `checkpoint_seconds`, and at the end.
        """
        losses = {name: float(total) / self._step_count for name, total in self._sums.items()}
        self._sums, self._step_count = {}, 0
        self.result.losses = losses
        entry = {"epoch": epoch.number, "losses": losses, "metrics": values}
        if epoch.validation:
            entry |= {"step": self.result.steps, "validation": dict(epoch.validation)}
        self.result.history.append(entry)
        self._log_metrics(epoch, values)
        self._write_sheet(epoch)
        is_best = metrics.is_best(self.result.history)
        if is_best:
            self.result.best = epoch.number
        with self._files.writing(self._folder / "history.json") as temporary:
            temporary.write_text(json_text(self.result.history, indent=1) + "\n", encoding="utf-8")
        config = self.plan.config
        # Not the checkpoint's own time: one within the epoch may just have been written.
        waited = time.perf_counter() - self._networks_written
        is_last = epoch.last or (
            self._counts_epochs and epoch.number in (config.epochs, config.stop_after)
        )
        due = is_last or waited >= config.checkpoint_seconds
        if not (is_best or due):
            return []
        state = self._wrapped(epoch.state())
        details = self._described(epoch, job.device)
        if is_best:
            Checkpoint(self._folder / "best", self._provenance, 0).write(state)
            self._write_networks(self._folder / "best", epoch, details)
        if not due:
            return []
        artifacts = self.result.artifacts = self._write_networks(self._folder, epoch, details)
        # Last, because it marks the epoch as done: a killed training resumes after it.
        checkpoint.write(state)
        self._networks_written = time.perf_counter()
        return artifacts

    def _log_metrics(self, epoch: Epoch, values: Mapping[str, float | None]) -> None:
        if values and not self._quiet:
            line = ", ".join(
                f"{name} {'NaN or infinite' if value is None else f'{value:.4g}'}"
                for name, value in values.items()
            )
            _log.info(f"Epoch {epoch.number}: {line}")

    def _write_sheet(self, epoch: Epoch) -> None:
        name = epoch.label or f"epoch-{epoch.number:04}"
        path = self._folder / "samples" / f"{name}.png"
        with self._files.writing(path) as temporary:
            epoch.sheet().to_pil().save(temporary)

    def _write_networks(
        self, folder: Path, epoch: Epoch, details: Mapping[str, Any]
    ) -> list[Artifact]:
        """Write each network with its record, for `stylekit run --weights`."""
        from safetensors.torch import save

        artifacts = []
        for name, network in epoch.networks().items():
            path = folder / f"{name}.safetensors"
            tensors = {key: value.detach().cpu().contiguous() for key, value in network.items()}
            with self._files.draft(path) as draft:
                # `save_file` reports a full disk by an error without its number.
                draft.path.write_bytes(save(tensors))
                artifacts.append(record.publish(draft, path, {**details}, self._files))
        return artifacts

    def _described(self, epoch: Epoch, device: torch.device) -> dict[str, Any]:
        """Return the record of the trained networks."""
        config = record.portable_config(
            without_user_only(self.plan.resolved(), TrainingConfig, self.plan.catalogue),
            *(TrainingConfig, self.plan.catalogue, self._folder),
        )
        return {
            "schema": record.SCHEMA,
            "config": config,
            "components": [self.plan.method.describe_version()],
            "device": devices.describe(device),
            "convolutions": record.convolutions(self.plan.parts, str(device)),
            "environment": record.environment(),
            "epoch": epoch.number,
            "history": self.result.history,
            "best_epoch": self.result.best,
        }
