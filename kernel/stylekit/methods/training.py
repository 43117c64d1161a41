"""Training: the job of a trainer, and the events that it yields.

A method that can be trained names a trainer (`MethodSpec.trainer`), which is called with its
parameters. The trainer does the steps; the kernel reads the images, keeps checkpoints, measures
each epoch with the evaluators, writes sample sheets, the trained networks and their records, and
resumes a training that stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor

from stylekit.errors import PluginError
from stylekit.events import Stage, Step
from stylekit.images.frames import Clip, Frame
from stylekit.methods.base import Job, Method, Style, StyleNetwork

Objective = Callable[[Tensor], Mapping[str, Tensor]]
"""Takes an image (1, 3, H, W) in [0, 1]; returns losses, `total` among them."""


@dataclass(frozen=True, eq=False)
class TrainingJob:
    """The inputs of a trainer.

    Attributes:
        datasets: images by the input of `MethodSpec.training_inputs` that gave them (`domain_a`,
            `domain_b`, `dataset`), read on access, at their own size; `alpha` is the mask of what
            may be changed, if the user gave masks.
        samples: likewise, images for sheets and metrics; those that were held out, where there are
            enough images.
        epochs: passes over the largest dataset.
        steps: at most so many steps; None: no limit.
        seconds: at most so many seconds of training, those before `resume` included; None: no
            limit.
        styles: their weights add up to 1.
        methods: those of `ComposingTrainer.required_methods`, by name.
        jobs: for each of these methods the job of a run of it, with the styles, the components in
            its slots and the weights; its content is the first sample.
        rank: which of several processes this is, counted from 0.
        world: how many processes there are; they share each batch.
        resume: the state of an earlier, unfinished training (see `Step.state`).
    """

    datasets: Mapping[str, Sequence[Frame]]
    samples: Mapping[str, Sequence[Frame]]
    epochs: int
    device: torch.device
    seed: int
    steps: int | None = None
    seconds: float | None = None
    styles: tuple[Style, ...] = ()
    methods: Mapping[str, Method] = field(default_factory=dict)
    jobs: Mapping[str, Job] = field(default_factory=dict)
    rank: int = 0
    world: int = 1
    resume: Mapping[str, Any] | None = None

    def objective(
        self,
        method: str,
        content: Frame,
        styles: tuple[Style, ...] | None = None,
        style_factor: float = 1.0,
    ) -> Objective:
        """Return the objective of a required method for a content image.

        Args:
            styles: instead of the training's; their weights add up to 1.
            style_factor: see `Job.style_factor`.

        Raises:
            PluginError: the method has none.
        """
        job = self.jobs[method]
        job = replace(
            job,
            content=Clip((content,), content.origin),
            styles=job.styles if styles is None else styles,
            style_factor=style_factor,
        )
        objective = self.methods[method].objective(job)
        if objective is None:
            raise PluginError(
                f"Method '{method}' has no objective, so nothing can be trained on it."
            )
        return objective

    def style_network(self, method: str) -> StyleNetwork:
        """Return a copy of a required method's network, to be trained further.

        Raises:
            PluginError: the method has none.
        """
        network = self.methods[method].style_network(self.jobs[method])
        if network is None:
            raise PluginError(f"Method '{method}' has no style network to start from.")
        return network


@dataclass(frozen=True, eq=False)
class Epoch:
    """The end of an epoch, or of another part of a training after which it reports.

    Attributes:
        number: counted from 1.
        translate: makes of an image of the first dataset one as it should become.
        sheet: returns an image that shows the samples and what is made of them.
        networks: returns the trained networks as state dicts by file name without suffix, each in
            a form that `stylekit run --weights` takes.
        state: as in `Step`.
        label: name of the sheet's file without its suffix; "": `epoch-NUMBER`.
        validation: losses on images that are not trained on, for the history. If the user names
            no metric, the least `total` among them selects the best networks.
        last: the training is done.
        reason: why it ends before its limit, a sentence for people.
    """

    number: int
    translate: Callable[[Frame], Frame]
    sheet: Callable[[], Frame]
    networks: Callable[[], Mapping[str, Mapping[str, Tensor]]]
    state: Callable[[], dict[str, Any]]
    label: str = ""
    validation: Mapping[str, float] = field(default_factory=dict)
    last: bool = False
    reason: str = ""


class Trainer(Protocol):
    """Trains the networks of a method."""

    def train(self, job: TrainingJob) -> Generator[Stage | Step | Epoch, None, None]:
        """Yield a stage for each epoch, its steps, and the epoch when it is done.

        Raises:
            InputError: the images cannot be trained on.
        """


@runtime_checkable
class ComposingTrainer(Protocol):
    """A trainer that uses other methods: their objectives or their networks."""

    def required_methods(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the names of other methods, each with parameters for it.

        The parameters are defaults: those that the user sets are stronger, and each slot of these
        methods is a key of the training, as it is a key of a run.
        """
