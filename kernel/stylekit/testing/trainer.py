"""What the trainer of a method promises: see `stylekit.methods.Trainer`."""

from __future__ import annotations

import io
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pytest
import torch
from torch import Tensor

from stylekit.errors import StylekitError, WeightsError
from stylekit.events import Stage, Step
from stylekit.host import Host
from stylekit.images.frames import Clip, Frame
from stylekit.inputs.sources import Sources
from stylekit.inputs.syntax import MEMORY
from stylekit.machine import devices
from stylekit.methods.base import Job, Style
from stylekit.methods.training import ComposingTrainer, Epoch, TrainingJob
from stylekit.params import Params, validate
from stylekit.registry.catalogue import Component, load_object
from stylekit.specs import MethodSpec, Spec
from stylekit.testing.images import check_image, frame, left_alone
from stylekit.testing.steps import check_counted, check_losses, check_stages
from stylekit.testing.suite import ComponentSuite
from stylekit.weights.manager import WeightsManager

DATASETS = ("domain_a", "domain_b", "dataset")
"""The inputs of a training that are images."""

_PATIENCE = 60.0
"""Seconds of a training with a limit of a second, until it counts as endless."""

Networks = Mapping[str, Mapping[str, Tensor]]


@dataclass
class TrainingLog:
    """A recorded training.

    Attributes:
        networks: those of each epoch, as they were at that time.
        sheets: likewise.
        translated: likewise, what the epoch made of a cut-out.
        states: for each step with a state, its index and the state as on disk.
    """

    events: list[Stage | Step | Epoch] = field(default_factory=list)
    networks: list[Networks] = field(default_factory=list)
    sheets: list[Frame] = field(default_factory=list)
    translated: list[Frame] = field(default_factory=list)
    states: list[tuple[int, bytes]] = field(default_factory=list)

    @property
    def steps(self) -> list[Step]:
        """The steps among the events."""
        return [event for event in self.events if isinstance(event, Step)]

    @property
    def epochs(self) -> list[Epoch]:
        """The epochs among the events."""
        return [event for event in self.events if isinstance(event, Epoch)]


_LOGS: dict[tuple[type, str], TrainingLog] = {}
"""The training of each suite on each device: most checks look at the same one."""


class TrainerSuite(ComponentSuite):
    """Checks of the trainer of a method, by trainings of a few steps on small images.

    If weights that it needs are not on this machine, the trainings are skipped; nothing is
    downloaded.

    Attributes:
        training: parameters of the training; small ones, for speed.
        size: side of the images in pixels.
        images: how many there are in each dataset.
        steps: steps of a training, if its length is counted in steps.
        epochs: its epochs, otherwise.
        options: further run keys and tables for the methods that the trainer uses.
    """

    spec_type: ClassVar[type[Spec]] = MethodSpec
    # Runs need an executor, and trainers other methods.
    discover: ClassVar[bool] = True
    training: ClassVar[Mapping[str, Any]] = {}
    size: ClassVar[int] = 64
    images: ClassVar[int] = 3
    steps: ClassVar[int] = 4
    epochs: ClassVar[int] = 2
    options: ClassVar[Mapping[str, Any]] = {}

    @pytest.fixture
    def trained(self, host: Host, entry: Component[Any], device: torch.device) -> TrainingLog:
        """A training from its beginning to its end."""
        key = (type(self), str(device))
        if key not in _LOGS:
            _LOGS[key] = self.train(host, entry, device)
        return _LOGS[key]

    def training_params(self, entry: Component[Any]) -> Params:
        """Return the validated parameters of the training."""
        return validate(_model(entry), self.training, entry.spec.name)

    def job(
        self,
        host: Host,
        entry: Component[Any],
        trainer: Any,
        device: torch.device,
        seconds: float | None = None,
        resume: bytes | None = None,
    ) -> TrainingJob:
        """Return the job of a training: by time if `seconds` are given, otherwise as long as set.

        Args:
            resume: a state, as on disk.
        """
        takes = entry.spec.training_inputs
        names = [name for name in DATASETS if name in takes]
        images = [
            frame(10 * number + index, self.size, self.size)
            for number in range(len(names))
            for index in range(self.images)
        ]
        of = {
            name: images[number * self.images : (number + 1) * self.images]
            for number, name in enumerate(names)
        }
        styles = (Style(frame(91, self.size, self.size)),) if "style" in takes else ()
        required = trainer.required_methods() if isinstance(trainer, ComposingTrainer) else {}
        content = images[0] if images else frame(0, self.size, self.size)
        methods, jobs = self._others(host, required, content, styles, device)
        in_steps = seconds is None and "steps" in takes
        return TrainingJob(
            datasets=of,
            samples={name: each[:1] for name, each in of.items()},
            epochs=self.epochs,
            device=device,
            seed=1,
            steps=self.steps if in_steps else None,
            seconds=seconds,
            styles=styles,
            methods=methods,
            jobs=jobs,
            resume=None if resume is None else torch.load(io.BytesIO(resume), weights_only=True),
        )

    def _others(
        self,
        host: Host,
        required: Mapping[str, Mapping[str, Any]],
        content: Frame,
        styles: tuple[Style, ...],
        device: torch.device,
    ) -> tuple[dict[str, Any], dict[str, Job]]:
        """Return the methods that a trainer uses and their jobs."""
        methods: dict[str, Any] = {}
        jobs: dict[str, Job] = {}
        weights = WeightsManager(host.catalogue, {}, offline=True)
        slots = {slot for each in host.catalogue.all(MethodSpec) for slot in each.spec.slots}
        for name, defaults in required.items():
            layer = {"method": name, "offline": True, "device": str(device), name: dict(defaults)}
            # As in a training: a slot is chosen for the methods that have it.
            own = host.catalogue.find(MethodSpec, name).spec.slots
            options = {
                key: value
                for key, value in self.options.items()
                if key in own or key not in slots or isinstance(value, Mapping)
            }
            plan = host.plan(layer, options)
            methods[name] = plan.frame_method.make()
            jobs[name] = Job(
                content=Clip((content,), content.origin),
                styles=styles,
                components=plan.make_slots(weights.load, device),
                device=device,
                seed=1,
                memory=devices.free_memory(device),
                read_image=Sources(host.catalogue, plan.config.tables).read_image,
                weights=weights.load,
                specs=plan.specs,
            )
        return methods, jobs

    def train(
        self,
        host: Host,
        entry: Component[Any],
        device: torch.device,
        seconds: float | None = None,
        resume: bytes | None = None,
    ) -> TrainingLog:
        """Train, and record what happens; arguments as of `job`."""
        if entry.spec.trainer is None:
            pytest.fail(f"Method '{entry.spec.name}' names no trainer: set `trainer` in its spec.")
        trainer = load_object(entry.spec.trainer, entry)(self.training_params(entry))
        try:
            job = self.job(host, entry, trainer, device, seconds, resume)
        except WeightsError as error:
            pytest.skip(error.message)
        # The kernel seeds a training that begins; one that resumes finds any other state.
        torch.manual_seed(1 if resume is None else 2)
        log = TrainingLog()
        images = [image.pixels for each in job.datasets.values() for image in each]
        with left_alone("An image of the dataset", *images):
            for event in self._limited(trainer.train(job), job):
                log.events.append(event)
                if isinstance(event, Step) and event.state is not None:
                    file = io.BytesIO()
                    torch.save(event.state(), file)
                    log.states.append((event.index, file.getvalue()))
                elif isinstance(event, Epoch):
                    log.networks.append(_copied(event.networks()))
                    log.sheets.append(event.sheet())
                    shown = frame(50, self.size, self.size, cutout=True)
                    log.translated.append(event.translate(shown))
        assert log.events, "The training yields nothing."
        return log

    def _limited(
        self, events: Generator[Stage | Step | Epoch, None, None], job: TrainingJob
    ) -> Generator[Stage | Step | Epoch, None, None]:
        """Yield the events of a training that keeps its length."""
        started, steps = time.monotonic(), 0
        for event in events:
            steps += isinstance(event, Step)
            assert job.steps is None or steps <= job.steps, (
                f"The training took more than {job.steps} steps: end with `job.steps`."
            )
            assert job.seconds is None or time.monotonic() - started < _PATIENCE, (
                f"The training still ran after {_PATIENCE:g} s: end after `job.seconds`."
            )
            yield event

    # -- the parameters -------------------------------------------------------------------------

    def test_training_parameters_are_described(self, entry: Component[Any]) -> None:
        """Every parameter of the training has a description, and the model is closed."""
        model = _model(entry)
        missing = [
            name
            for name, each in model.model_fields.items()
            if not (each.description or "").strip()
        ]
        assert not missing, (
            f"Give {', '.join(missing)} a description with its unit: Field(..., description=...)."
        )
        assert model.model_config.get("extra") == "forbid", (
            "The parameters of the training accept unknown names: leave the `extra` of "
            "stylekit.Params."
        )

    # -- the events -----------------------------------------------------------------------------

    def test_training_steps_are_of_the_stage_before_them(self, trained: TrainingLog) -> None:
        """A stage is yielded before its first step, and each step names it."""
        check_stages(trained.events)
        assert trained.steps, "No Step was yielded, so nothing was trained."

    def test_training_steps_are_counted(self, trained: TrainingLog) -> None:
        """Steps are counted from 1 over all stages."""
        check_counted(trained.steps)

    def test_training_losses_are_scalars_with_a_total(self, trained: TrainingLog) -> None:
        """The losses of a step are finite detached scalars, `total` among them."""
        check_losses(trained.steps)

    def test_epochs_are_counted(self, trained: TrainingLog, entry: Component[Any]) -> None:
        """A training ends with an epoch, and has those that were requested, counted from 1."""
        assert isinstance(trained.events[-1], Epoch), (
            "The last event is no Epoch, so the networks of the last steps are lost."
        )
        numbers = [epoch.number for epoch in trained.epochs]
        assert numbers == list(range(1, len(numbers) + 1)), (
            f"`number` of the epochs is {numbers}: count from 1."
        )
        if "epochs" in entry.spec.training_inputs:
            assert len(numbers) == self.epochs, (
                f"There were {len(numbers)} epochs instead of {self.epochs}: train `job.epochs`."
            )

    def test_time_limit_is_kept(
        self, host: Host, entry: Component[Any], device: torch.device
    ) -> None:
        """A training that takes `minutes` ends soon after its time, with an epoch."""
        if "minutes" not in entry.spec.training_inputs:
            return
        log = self.train(host, entry, device, seconds=1.0)
        assert isinstance(log.events[-1], Epoch), (
            "After its time the training ends without an Epoch, so its networks are lost."
        )

    # -- what an epoch has ----------------------------------------------------------------------

    def test_translated_images_are_images(self, trained: TrainingLog) -> None:
        """`translate` returns an image of the size of its input, with its alpha."""
        for image in trained.translated:
            check_image(image.pixels, (3, self.size, self.size), "The image of `translate`")
            assert image.alpha is not None, (
                "`translate` loses the alpha: make its result with `frame.with_pixels(...)`."
            )

    def test_sheets_are_images(self, trained: TrainingLog) -> None:
        """`sheet` returns an image."""
        for image in trained.sheets:
            check_image(image.pixels, (3, image.height, image.width), "The image of `sheet`")

    def test_networks_paint(
        self, trained: TrainingLog, host: Host, entry: Component[Any], tmp_path: Path
    ) -> None:
        """The method paints with each file that is written: `stylekit run --weights FILE`."""
        from safetensors.torch import save_file

        networks = trained.networks[-1]
        assert networks, "The last epoch has no networks, so nothing was learned for later."
        for name, state in networks.items():
            path = tmp_path / f"{name}.safetensors"
            save_file(dict(state), path)
            content = frame(50, self.size, self.size)
            layer = {
                "method": entry.id,
                "content": [f"{MEMORY}:content"],
                "weights": [str(path)],
                "seed": 1,
                "device": "cpu",
                "offline": True,
            }
            in_memory = {f"{MEMORY}:content": content}
            if entry.spec.styles[0]:
                layer["style"] = [f"{MEMORY}:style"]
                in_memory[f"{MEMORY}:style"] = frame(91, self.size, self.size)
            try:
                run = host.start(host.plan(layer), in_memory=in_memory, write=False, quiet=True)
                image = run.to_end().image
            except StylekitError as error:
                pytest.fail(
                    f"`stylekit run --weights` refuses the network '{name}' that was trained: "
                    f"{error}"
                )
            check_image(image.pixels, (3, self.size, self.size), "The result of the network")

    # -- repeated and resumed -------------------------------------------------------------------

    def test_training_seed_decides(
        self, trained: TrainingLog, host: Host, entry: Component[Any], device: torch.device
    ) -> None:
        """The same seed gives the same networks, bit for bit on the same machine."""
        again = self.train(host, entry, device)
        different = _differences(trained.networks[-1], again.networks[-1])
        assert not different, (
            f"Two trainings with one seed differ in {different}: draw all random numbers from "
            "generators made of `job.seed`."
        )

    def test_training_resumes_where_it_stopped(
        self, trained: TrainingLog, host: Host, entry: Component[Any], device: torch.device
    ) -> None:
        """A training that resumes from the state of a step gives the same networks."""
        assert trained.states, "Its steps have no `state`, so that --resume begins again."
        index, state = trained.states[(len(trained.states) - 1) // 2]
        resumed = self.train(host, entry, device, resume=state)
        first = [step.index for step in resumed.steps[:1]]
        assert first in ([], [index + 1]), (
            f"Resumed after step {index}, the next step is {first}: begin with `job.resume`."
        )
        different = _differences(trained.networks[-1], resumed.networks[-1])
        assert not different, (
            f"Resumed after step {index}, the networks differ in {different}: `Step.state` lacks "
            "something, or random numbers depend on what was drawn before."
        )


def _model(entry: Component[Any]) -> type[Params]:
    """Return the model of the parameters of a training."""
    reference = entry.spec.training
    model: type[Params] = Params if reference is None else load_object(reference, entry)
    return model


def _copied(networks: Networks) -> Networks:
    return {
        name: {key: tensor.detach().cpu().clone().contiguous() for key, tensor in state.items()}
        for name, state in networks.items()
    }


def _differences(first: Networks, second: Networks) -> str:
    """Return the names of the first tensors that differ, or "" if none does."""
    flat = [
        {
            f"{name}.{key}": tensor
            for name, state in networks.items()
            for key, tensor in state.items()
        }
        for networks in (first, second)
    ]
    names = [
        name
        for name in sorted(flat[0].keys() | flat[1].keys())
        if name not in flat[0]
        or name not in flat[1]
        or not torch.equal(flat[0][name], flat[1][name])
    ]
    return ", ".join(names[:3])
