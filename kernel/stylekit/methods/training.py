"""Training: the job of a trainer, and the events that it yields.

A method that can be trained names a trainer (`MethodSpec.trainer`), which is called with its
parameters. The trainer does the steps; the kernel reads the images, keeps checkpoints, measures
each epoch with the evaluators, writes sample sheets, the trained networks and their records, and
resumes a training that stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from stylekit.events import Stage, Step
from stylekit.images.frames import Frame


@dataclass(frozen=True, eq=False)
class Samples:
    """Images that are not trained on: for sample sheets and measures.

    Attributes:
        a: of domain A.
        b: of domain B.
    """

    a: Sequence[Frame]
    b: Sequence[Frame]


@dataclass(frozen=True, eq=False)
class TrainingJob:
    """The inputs of a trainer.

    Attributes:
        domain_a: images of domain A, read on access, at their own size; `alpha` is
            the mask of what may be changed, if the user gave masks.
        domain_b: likewise.
        samples: for sheets.
        epochs: passes over the larger domain.
        rank: which of several processes this is, counted from 0.
        world: how many processes there are; they share each batch.
        resume: the state of an earlier, unfinished training (see `Step.state`).
    """

    domain_a: Sequence[Frame]
    domain_b: Sequence[Frame]
    samples: Samples
    epochs: int
    device: torch.device
    seed: int
    rank: int = 0
    world: int = 1
    resume: Mapping[str, Any] | None = None


@dataclass(frozen=True, eq=False)
class Epoch:
    """The end of an epoch.

    Attributes:
        number: counted from 1.
        translate: makes of an image of domain A one like domain B.
        sheet: returns an image that shows the samples and what is made of them.
        networks: returns the trained networks as state dicts by file name without suffix, each in
            a form that `stylekit run --weights` takes.
        state: as in `Step`.
    """

    number: int
    translate: Callable[[Frame], Frame]
    sheet: Callable[[], Frame]
    networks: Callable[[], Mapping[str, Mapping[str, Tensor]]]
    state: Callable[[], dict[str, Any]]


class Trainer(Protocol):
    """Trains the networks of a method."""

    def train(self, job: TrainingJob) -> Generator[Stage | Step | Epoch, None, None]:
        """Yield a stage for each epoch, its steps, and the epoch when it is done.

        Raises:
            InputError: the images cannot be trained on.
        """
