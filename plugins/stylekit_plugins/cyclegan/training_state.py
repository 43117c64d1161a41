"""State of a training: four networks, their optimizers and image pools."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from stylekit.errors import InputError
from stylekit.images.frames import Frame
from stylekit.machine.precision import layout, takes_bfloat16
from stylekit.methods.training import TrainingJob
from stylekit_plugins.cyclegan import distributed
from stylekit_plugins.cyclegan.architecture import Architecture
from stylekit_plugins.cyclegan.discriminator import Discriminator
from stylekit_plugins.cyclegan.generator import Generator, convolve_directly, initialize
from stylekit_plugins.cyclegan.image_pool import ImagePool
from stylekit_plugins.cyclegan.losses import Batch, Fakes, discriminator_loss, generator_losses
from stylekit_plugins.cyclegan.params import TrainingParams
from stylekit_plugins.cyclegan.randomness import Purpose, random_generator
from stylekit_plugins.cyclegan.translation import translate


class CycleGANState:
    """Everything that a training changes.

    Args:
        params: of the training.
        job: for the device, the seed and the number of processes.
    """

    def __init__(self, params: TrainingParams, job: TrainingJob) -> None:
        self._params = params
        self._job = job
        channels, checkpointing = params.base_channels, params.gradient_checkpointing
        architecture = Architecture(
            channels, params.blocks, dropout=params.dropout, upsample=params.upsample
        )
        self.networks = nn.ModuleDict(
            {
                "generator_a2b": Generator(architecture, checkpointing),
                "generator_b2a": Generator(architecture, checkpointing),
                "discriminator_a": Discriminator(channels),
                "discriminator_b": Discriminator(channels),
            }
        )
        initialize(self.networks, params.init_gain, random_generator(job.seed, Purpose.NETWORKS))
        if params.precision == "exact":
            convolve_directly(self.networks)
        self.networks.to(job.device)
        self.networks.to(memory_format=layout(job.device))
        self._generator_optimizer = self._adam("generator")
        self._discriminator_optimizer = self._adam("discriminator")
        self._random = torch.Generator()
        self._pools = {name: ImagePool(params.pool_size, self._random) for name in ("a", "b")}

    @property
    def generators(self) -> tuple[nn.Module, nn.Module]:
        """From A to B, and from B to A."""
        return self.networks["generator_a2b"], self.networks["generator_b2a"]

    def set_rate(self, factor: float) -> None:
        """Set the step size of both optimizers."""
        for optimizer in (self._generator_optimizer, self._discriminator_optimizer):
            for group in optimizer.param_groups:
                group["lr"] = self._params.lr * factor

    def step(self, a: Batch, b: Batch, place: tuple[int, int]) -> dict[str, Tensor]:
        """Take one step; return its losses, detached, `total` first.

        Args:
            place: epoch and index, which decide the random numbers.

        Raises:
            InputError: a loss is NaN or infinite.
        """
        self._random.manual_seed(
            random_generator(self._job.seed, Purpose.POOLS, *place, self._job.rank).initial_seed()
        )
        self._freeze_discriminators(True)
        with self._autocast():
            losses, fakes = generator_losses(self.networks, a, b, self._params)
        total = torch.stack(list(losses.values())).sum()
        self._optimizer_step(self._generator_optimizer, total)
        self._freeze_discriminators(False)
        discriminator_losses = self._discriminator_losses(a, b, fakes)
        self._optimizer_step(
            self._discriminator_optimizer, torch.stack(list(discriminator_losses.values())).sum()
        )
        all_losses = {"total": total, **losses, **discriminator_losses}
        values = distributed.mean_over_processes(
            torch.stack([loss.detach() for loss in all_losses.values()]), self._job.world
        )
        return dict(zip(all_losses, values, strict=True))

    def translate(self, frame: Frame) -> Frame:
        """Translate an image of domain A to domain B."""
        generator = self.networks["generator_a2b"]
        assert isinstance(generator, Generator)
        with torch.inference_mode():
            image = frame.pixels[None].to(self._job.device)
            return frame.with_pixels(translate(generator, image, float("inf")).clone())

    def export(self) -> Mapping[str, Mapping[str, Tensor]]:
        """Return the state dicts of both generators, for `stylekit run --weights`."""
        return {
            name.replace("_", "-"): self.networks[name].state_dict()
            for name in ("generator_a2b", "generator_b2a")
        }

    def checkpoint(self, position: Mapping[str, int]) -> dict[str, Any]:
        """Return all that `restore` needs to continue at a position (epoch and index)."""
        return {
            "networks": {name: net.state_dict() for name, net in self.networks.items()},
            "generator_optimizer": self._generator_optimizer.state_dict(),
            "discriminator_optimizer": self._discriminator_optimizer.state_dict(),
            "pools": {name: pool.state_dict() for name, pool in self._pools.items()},
            "position": dict(position),
        }

    def restore(self, checkpoint: Mapping[str, Any]) -> dict[str, int]:
        """Continue from `checkpoint()`; return the position."""
        for name, net in self.networks.items():
            net.load_state_dict(checkpoint["networks"][name])
        self._generator_optimizer.load_state_dict(checkpoint["generator_optimizer"])
        self._discriminator_optimizer.load_state_dict(checkpoint["discriminator_optimizer"])
        for name, pool in self._pools.items():
            pool.load_state_dict(checkpoint["pools"][name])
        return dict(checkpoint["position"])

    def _discriminator_losses(self, a: Batch, b: Batch, fakes: Fakes) -> dict[str, Tensor]:
        """Return the losses of both discriminators, on images of the pools."""
        pooled_b = self._pools["b"].exchange(fakes.b)
        pooled_a = self._pools["a"].exchange(fakes.a)
        with self._autocast():
            return {
                "discriminator_b": discriminator_loss(
                    self.networks["discriminator_b"], b.images, pooled_b
                ),
                "discriminator_a": discriminator_loss(
                    self.networks["discriminator_a"], a.images, pooled_a
                ),
            }

    def _optimizer_step(self, optimizer: torch.optim.Adam, loss: Tensor) -> None:
        optimizer.zero_grad(set_to_none=True)
        if not torch.isfinite(loss.detach()):
            raise InputError(
                "The training diverged: a loss became NaN or infinite.",
                "Resume from the last checkpoint with a lower cyclegan.lr or with "
                "--precision float32.",
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
        networks = [net for name, net in self.networks.items() if name.startswith(kind)]
        return torch.optim.Adam(
            [parameter for net in networks for parameter in net.parameters()],
            lr=self._params.lr,
            betas=(self._params.beta1, 0.999),
            # One GPU kernel for all parameters: small steps mostly wait for kernel launches.
            fused=self._job.device.type == "cuda",
        )
