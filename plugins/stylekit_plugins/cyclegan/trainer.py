"""CycleGAN training: one step of both generators, then one of both discriminators.

Zhu et al. (ICCV 2017), section 4 and appendix 7, as their code does it: Adam, a constant step size
that then falls linearly to 0, and a pool of old translations for the discriminators.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from stylekit.errors import InputError, UsageError
from stylekit.events import Stage, Step
from stylekit.images.frames import Clip, Frame
from stylekit.methods.training import Epoch, TrainingJob
from stylekit_plugins.cyclegan import distributed
from stylekit_plugins.cyclegan.augmentation import make_batch
from stylekit_plugins.cyclegan.losses import Batch
from stylekit_plugins.cyclegan.params import TrainingParams
from stylekit_plugins.cyclegan.prefetch import prefetch
from stylekit_plugins.cyclegan.randomness import Purpose, sampling_order
from stylekit_plugins.cyclegan.sample_sheet import SampleSheet, mean_change
from stylekit_plugins.cyclegan.training_state import CycleGANState

_log = logging.getLogger(f"stylekit.{__name__}")

COPYING = 0.02
"""A generator that changes values of [0, 1] by less than this on average only copies."""


class CycleGANTrainer:
    """Trains two generators against two discriminators."""

    def __init__(self, params: TrainingParams) -> None:
        self.params = params
        self._warned_of_upscaling = False

    def train(self, job: TrainingJob) -> Iterator[Stage | Step | Epoch]:
        """Yield a stage for each epoch, its steps, and the epoch when it is done.

        Raises:
            UsageError: the processes cannot share a batch evenly.
            InputError: a domain has fewer than two images, or the training diverges.
        """
        params = self.params
        self._check(job)
        state = CycleGANState(params, job)
        length = max(1, max(map(len, job.datasets.values())) // params.batch)
        sheet = SampleSheet(job.samples, params.size)
        position = {"epoch": 0, "index": 0}
        if job.resume is not None:
            position = state.restore(job.resume)
        for epoch in range(position["epoch"], job.epochs):
            state.set_rate(learning_rate_factor(epoch, job.epochs, params))
            first = position["index"] if epoch == position["epoch"] else 0
            stage = Stage(
                f"epoch {epoch + 1}/{job.epochs}",
                length,
                params.size,
                params.size,
                total_steps=job.epochs * length,
            )
            yield stage
            for index, a, b in self._batches(job, epoch, range(first, length), length):
                losses = state.step(a.to(job.device), b.to(job.device), (epoch, index))
                yield Step(
                    stage,
                    epoch * length + index + 1,
                    losses,
                    lambda: Clip((sheet.draw(state.generators),)),
                    partial(state.checkpoint, {"epoch": epoch, "index": index + 1}),
                )
            self._warn_of_copies(job, state, epoch)
            yield Epoch(
                epoch + 1,
                state.translate,
                lambda: sheet.draw(state.generators),
                state.export,
                partial(state.checkpoint, {"epoch": epoch + 1, "index": 0}),
            )

    def _check(self, job: TrainingJob) -> None:
        batch = self.params.batch
        if batch % job.world:
            raise UsageError(
                f"A batch of {batch} cannot be shared evenly among {job.world} processes.",
                f"Give --batch {-(-batch // job.world) * job.world}.",
            )
        for name, domain in (("A", job.datasets["domain_a"]), ("B", job.datasets["domain_b"])):
            if len(domain) < 2:
                count = "only one image" if len(domain) else "no images"
                raise InputError(
                    f"Domain {name} has {count}; CycleGAN needs at least two, usually several "
                    "hundred.",
                    "To use a single style image no training is needed: "
                    "`stylekit run --style IMAGE`.",
                )

    def _batches(
        self, job: TrainingJob, epoch: int, indices: Iterable[int], length: int
    ) -> Iterator[tuple[int, Batch, Batch]]:
        """Return the index of each step of an epoch, and its batches of both domains."""
        size = self.params.batch
        count = length * size
        order_a = sampling_order(
            len(job.datasets["domain_a"]), count, job.seed, Purpose.ORDER_A, epoch
        )
        order_b = sampling_order(
            len(job.datasets["domain_b"]), count, job.seed, Purpose.ORDER_B, epoch
        )

        def read(index: int) -> tuple[int, Batch, Batch]:
            selected = slice(index * size, (index + 1) * size)
            return (
                index,
                self._batch(
                    job, job.datasets["domain_a"], order_a[selected], Purpose.CROPS_A, epoch, index
                ),
                self._batch(
                    job, job.datasets["domain_b"], order_b[selected], Purpose.CROPS_B, epoch, index
                ),
            )

        # On a CPU the reading thread would take a core from OpenMP at every operation, which costs
        # more than reading (benchmarks/notes/cyclegan.md).
        return map(read, indices) if job.device.type == "cpu" else prefetch(read, indices)

    def _batch(
        self,
        job: TrainingJob,
        domain: Sequence[Frame],
        numbers: Sequence[int],
        *place: int,
    ) -> Batch:
        """Return this process's share of a batch."""
        local = distributed.local_part(list(enumerate(numbers)), job.rank, job.world)
        frames = {number: domain[number] for _, number in local}
        for frame in frames.values():
            self._warn_of_upscaling(job, frame)
        return make_batch(frames, local, self.params, job.seed, *place)

    def _warn_of_upscaling(self, job: TrainingJob, frame: Frame) -> None:
        """Warn once of an image that has less detail than the crops."""
        short = min(frame.width, frame.height)
        if short < self.params.size and not self._warned_of_upscaling:
            self._warned_of_upscaling = True
            _log.warning(
                f"{frame.origin} has {frame.width} x {frame.height} px, less than the crops of "
                f"{self.params.size} px: it is enlarged, and so are others like it."
            )

    def _warn_of_copies(self, job: TrainingJob, state: CycleGANState, epoch: int) -> None:
        """Warn early of a generator that has only learned to copy."""
        if epoch == 0 or epoch & (epoch - 1):
            # Once after epochs 2, 3, 5, 9, ...
            return
        for name, generator, frames in (
            ("A to B", state.generators[0], job.samples["domain_a"]),
            ("B to A", state.generators[1], job.samples["domain_b"]),
        ):
            change = mean_change(generator, frames, self.params.size)
            if change < COPYING:
                _log.warning(
                    f"After epoch {epoch + 1} the generator from {name} only copies: it changes "
                    f"values by {change:.3f} on average. Lower cyclegan.identity_weight or "
                    "cyclegan.cycle_weight_a and cycle_weight_b to let it change more."
                )


def learning_rate_factor(epoch: int, epochs: int, params: TrainingParams) -> float:
    """Return the factor on the step size in an epoch, counted from 0.

    1 at first; over the last `decay_epochs` it falls linearly, to 0 after the last.
    """
    decaying = epochs // 2 if params.decay_epochs is None else min(params.decay_epochs, epochs)
    decayed = epoch + 1 - (epochs - decaying)
    return 1.0 - max(0, decayed) / (decaying + 1)
