"""The training: one step of both generators, then one of both discriminators.

Zhu et al. (ICCV 2017), section 4 and appendix 7, as their code does it: Adam, a constant step size
that then falls linearly to 0, and a pool of old translations for the discriminators.
"""

from __future__ import annotations

from collections.abc import Generator as Events
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from stylekit.errors import InputError, UsageError
from stylekit.events import Stage, Step
from stylekit.images.frames import Clip, Frame
from stylekit.machine.precision import layout, takes_bfloat16
from stylekit.methods.training import Epoch, TrainingJob
from stylekit_plugins.cyclegan import distributed
from stylekit_plugins.cyclegan.architecture import Architecture
from stylekit_plugins.cyclegan.augmentation import batch_of, order, random_numbers
from stylekit_plugins.cyclegan.discriminator import Discriminator
from stylekit_plugins.cyclegan.generator import Generator, initialize
from stylekit_plugins.cyclegan.image_pool import Pool
from stylekit_plugins.cyclegan.losses import (
    Batch,
    Translations,
    discriminator_loss,
    generator_losses,
)
from stylekit_plugins.cyclegan.params import TrainingParams
from stylekit_plugins.cyclegan.prefetch import ahead
from stylekit_plugins.cyclegan.sample_sheet import Sheet, copying
from stylekit_plugins.cyclegan.translation import translate

COPYING = 0.02
"""A generator that changes values by less than this on average only copies."""

# Places of random numbers, so that no two draws share a seed.
_NETWORKS, _ORDER_A, _ORDER_B, _CROPS_A, _CROPS_B, _POOLS = range(6)


class CycleGANTrainer:
    """Trains two generators against two discriminators."""

    def __init__(self, params: TrainingParams) -> None:
        self.params = params
        self._told_of_enlarging = False

    def train(self, job: TrainingJob) -> Events[Stage | Step | Epoch, None, None]:
        """Yield stages, steps and epochs; see `stylekit.methods.training.Trainer`."""
        params = self.params
        if params.batch % job.world:
            raise UsageError(
                f"A batch of {params.batch} cannot be shared evenly among {job.world} processes.",
                f"Give --batch {-(-params.batch // job.world) * job.world}.",
            )
        for name, domain in (("A", job.domain_a), ("B", job.domain_b)):
            if len(domain) < 2:
                raise InputError(
                    f"Domain {name} has one picture: what a domain is cannot be learned from one.",
                    "Some hundreds are usual. A single style picture needs no training: "
                    "`stylekit run --style PICTURE`.",
                )
        learner = Learner(params, job)
        longest = max(len(job.domain_a), len(job.domain_b))
        length = max(1, longest // params.batch)
        sheet = Sheet(job.samples, params.size)
        position = {"epoch": 0, "index": 0}
        if job.resume is not None:
            position = learner.load(job.resume)
        for epoch in range(position["epoch"], job.epochs):
            learner.set_rate(rate(epoch, job.epochs, params))
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
                losses = learner.step(a.to(job.device), b.to(job.device), (epoch, index))
                after = {"epoch": epoch, "index": index + 1}
                yield Step(
                    stage,
                    epoch * length + index + 1,
                    losses,
                    lambda: Clip((sheet.drawn(learner.generators),)),
                    partial(learner.state, after),
                )
            self._warn_of_copies(job, learner, epoch)
            yield Epoch(
                epoch + 1,
                learner.translate,
                lambda: sheet.drawn(learner.generators),
                learner.exported,
                partial(learner.state, {"epoch": epoch + 1, "index": 0}),
            )

    def _batches(
        self, job: TrainingJob, epoch: int, indices: Iterable[int], length: int
    ) -> Iterator[tuple[int, Batch, Batch]]:
        """Return the index of each step of an epoch, and its batches of both domains."""
        count = length * self.params.batch
        of_a = order(len(job.domain_a), count, job.seed, _ORDER_A, epoch)
        of_b = order(len(job.domain_b), count, job.seed, _ORDER_B, epoch)

        def read(index: int) -> tuple[int, Batch, Batch]:
            chosen = slice(index * self.params.batch, (index + 1) * self.params.batch)
            return (
                index,
                self._batch(job, job.domain_a, of_a[chosen], _CROPS_A, epoch, index),
                self._batch(job, job.domain_b, of_b[chosen], _CROPS_B, epoch, index),
            )

        # On a CPU a thread more than there are cores makes OpenMP put the others to sleep between
        # any two operations: a step takes a third longer, for 11 ms of reading.
        return map(read, indices) if job.device.type == "cpu" else ahead(read, indices)

    def _batch(
        self,
        job: TrainingJob,
        domain: Sequence[Frame],
        numbers: Sequence[int],
        *place: int,
    ) -> Batch:
        """Return this process's share of a batch."""
        mine = distributed.share(list(enumerate(numbers)), job.rank, job.world)
        frames = {number: domain[number] for _, number in mine}
        for frame in frames.values():
            self._warn_of_enlarging(job, frame)
        return batch_of(frames, mine, self.params, job.seed, *place)

    def _warn_of_enlarging(self, job: TrainingJob, frame: Frame) -> None:
        """Say once that a picture has less detail than is trained on."""
        short = min(frame.width, frame.height)
        if short < self.params.size and not self._told_of_enlarging:
            self._told_of_enlarging = True
            job.warn(
                f"{frame.origin} has {frame.width} x {frame.height} px, less than the crops of "
                f"{self.params.size} px: it is enlarged, and so are others like it."
            )

    def _warn_of_copies(self, job: TrainingJob, learner: Learner, epoch: int) -> None:
        """Say early when a generator has learned nothing but to copy."""
        if epoch == 0 or epoch & (epoch - 1):
            # Once after epochs 2, 3, 5, 9, ...
            return
        for name, generator, frames in (
            ("A to B", learner.generators[0], job.samples.a),
            ("B to A", learner.generators[1], job.samples.b),
        ):
            change = copying(generator, frames, self.params.size)
            if change < COPYING:
                job.warn(
                    f"After epoch {epoch + 1} the generator from {name} only copies: it changes "
                    f"values by {change:.3f} on average. A lower cyclegan.identity_weight or "
                    "cyclegan.cycle_weight_a and cycle_weight_b lets it change more."
                )


def rate(epoch: int, epochs: int, params: TrainingParams) -> float:
    """Return the factor on the step size in an epoch, counted from 0.

    1 at first; over the last `decay_epochs` it falls linearly, to 0 after the last.
    """
    falling = epochs // 2 if params.decay_epochs is None else min(params.decay_epochs, epochs)
    begun = epoch + 1 - (epochs - falling)
    return 1.0 - max(0, begun) / (falling + 1)


class Learner:
    """Four networks, their optimizers and pools.

    Args:
        params: of the training.
        job: for the device, the seed and the number of processes.
    """

    def __init__(self, params: TrainingParams, job: TrainingJob) -> None:
        self._params = params
        self._job = job
        architecture = Architecture(
            params.base_channels, params.blocks, dropout=params.dropout, upsample=params.upsample
        )
        self.networks = nn.ModuleDict(
            {
                "generator_a2b": Generator(architecture, params.gradient_checkpointing),
                "generator_b2a": Generator(architecture, params.gradient_checkpointing),
                "discriminator_a": Discriminator(params.base_channels),
                "discriminator_b": Discriminator(params.base_channels),
            }
        )
        initialize(self.networks, params.init_gain, random_numbers(job.seed, _NETWORKS))
        self.networks.to(job.device)
        self.networks.to(memory_format=layout(job.device))
        self._of_generators = self._adam("generator")
        self._of_discriminators = self._adam("discriminator")
        self._numbers = torch.Generator()
        self._pools = {name: Pool(params.pool_size, self._numbers) for name in ("a", "b")}

    @property
    def generators(self) -> tuple[nn.Module, nn.Module]:
        """From A to B, and from B to A."""
        return self.networks["generator_a2b"], self.networks["generator_b2a"]

    def set_rate(self, factor: float) -> None:
        """Set the step size of both optimizers."""
        for optimizer in (self._of_generators, self._of_discriminators):
            for group in optimizer.param_groups:
                group["lr"] = self._params.lr * factor

    def step(self, a: Batch, b: Batch, place: tuple[int, int]) -> dict[str, Tensor]:
        """Take one step; return its losses, detached, `total` first."""
        self._numbers.manual_seed(
            random_numbers(self._job.seed, _POOLS, *place, self._job.rank).initial_seed()
        )
        self._freeze_discriminators(True)
        with self._autocast():
            losses, made = generator_losses(self.networks, a, b, self._params)
        total = torch.stack(list(losses.values())).sum()
        self._descend(self._of_generators, total)
        self._freeze_discriminators(False)
        judged = self._judge(a, b, made)
        self._descend(self._of_discriminators, torch.stack(list(judged.values())).sum())
        found = {"total": total, **losses, **judged}
        values = distributed.averaged(
            torch.stack([loss.detach() for loss in found.values()]), self._job.world
        )
        return dict(zip(found, values, strict=True))

    def translate(self, frame: Frame) -> Frame:
        """Return a picture of domain A as one of B."""
        generator = self.networks["generator_a2b"]
        assert isinstance(generator, Generator)
        with torch.inference_mode():
            image = frame.pixels[None].to(self._job.device)
            return frame.with_pixels(translate(generator, image, float("inf")).clone())

    def exported(self) -> Mapping[str, Mapping[str, Tensor]]:
        """Return both generators, as `stylekit run --weights` takes them."""
        return {
            name.replace("_", "-"): self.networks[name].state_dict()
            for name in ("generator_a2b", "generator_b2a")
        }

    def state(self, position: Mapping[str, int]) -> dict[str, Any]:
        """Return all that is needed to continue."""
        return {
            "networks": {name: net.state_dict() for name, net in self.networks.items()},
            "generators": self._of_generators.state_dict(),
            "discriminators": self._of_discriminators.state_dict(),
            "pools": {name: pool.state_dict() for name, pool in self._pools.items()},
            "position": dict(position),
        }

    def load(self, state: Mapping[str, Any]) -> dict[str, int]:
        """Continue from `state()`; return the position."""
        for name, net in self.networks.items():
            net.load_state_dict(state["networks"][name])
        self._of_generators.load_state_dict(state["generators"])
        self._of_discriminators.load_state_dict(state["discriminators"])
        for name, pool in self._pools.items():
            pool.load_state_dict(state["pools"][name])
        return dict(state["position"])

    def _judge(self, a: Batch, b: Batch, made: Translations) -> dict[str, Tensor]:
        """Return the losses of the discriminators."""
        shown_b = self._pools["b"].exchange(made.to_b)
        shown_a = self._pools["a"].exchange(made.to_a)
        with self._autocast():
            return {
                "discriminator_b": discriminator_loss(
                    self.networks["discriminator_b"], b.images, shown_b
                ),
                "discriminator_a": discriminator_loss(
                    self.networks["discriminator_a"], a.images, shown_a
                ),
            }

    def _descend(self, optimizer: torch.optim.Adam, loss: Tensor) -> None:
        optimizer.zero_grad(set_to_none=True)
        if not torch.isfinite(loss.detach()):
            raise InputError(
                "The training has diverged: a loss is no finite number.",
                "Go on from the last checkpoint with a lower cyclegan.lr, or in float32.",
            )
        loss.backward()  # type: ignore[no-untyped-call]
        distributed.average_gradients(optimizer, self._job.world)
        optimizer.step()

    def _freeze_discriminators(self, frozen: bool) -> None:
        for name in ("discriminator_a", "discriminator_b"):
            self.networks[name].requires_grad_(not frozen)

    def _autocast(self) -> torch.autocast:
        lower = self._params.precision == "bfloat16" and takes_bfloat16(self._job.device)
        return torch.autocast(self._job.device.type, torch.bfloat16, enabled=lower)

    def _adam(self, kind: str) -> torch.optim.Adam:
        return torch.optim.Adam(
            parameters_of(net for name, net in self.networks.items() if name.startswith(kind)),
            lr=self._params.lr,
            betas=(self._params.beta1, 0.999),
            # One kernel for all parameters; small steps cost a GPU mostly the starts of kernels.
            fused=self._job.device.type == "cuda",
        )


def parameters_of(networks: Iterable[nn.Module]) -> list[nn.Parameter]:
    """Return all parameters of some networks."""
    return [parameter for net in networks for parameter in net.parameters()]
