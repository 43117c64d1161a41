"""Everything that a training changes: the network, its optimizer and its moving average."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from stylekit.errors import InputError
from stylekit_plugins.fast.crops import Crop
from stylekit_plugins.fast.network import FastNetwork
from stylekit_plugins.fast.perturbation import Perturbation
from stylekit_plugins.fast.training_params import FastTrainingParams

EARLY_PART, EARLY_SHARE = 0.5, 0.25
"""First part of the training, and the share of the temporal weight that counts there."""


class TrainingState:
    """The state of a training.

    The tables of the normalizations are learned as one row that all strengths share and a
    difference for each, so that every crop trains the shared part.

    Attributes:
        averaged: the moving average of the network, which is what is saved and shown.

    Args:
        network: to start from; it is changed.
    """

    def __init__(self, params: FastTrainingParams, network: FastNetwork) -> None:
        self._params = params
        self._network = network
        self.averaged = copy.deepcopy(network).requires_grad_(False).eval()
        self._updates = 0
        tables = {name: table for name, table in network.named_parameters() if _is_table(name)}
        network.requires_grad_(False)
        self._convolutions = {
            name: weight.requires_grad_()
            for name, weight in network.named_parameters()
            if not _is_table(name)
        }
        self._shared = {
            name: nn.Parameter(table.mean(dim=0, keepdim=True)) for name, table in tables.items()
        }
        self._differences = {
            name: nn.Parameter(table - self._shared[name]) for name, table in tables.items()
        }
        norms = [*self._shared.values(), *self._differences.values()]
        self._adam = torch.optim.Adam(
            [
                {"params": list(self._convolutions.values()), "first": params.lr},
                {"params": norms, "first": params.lr_norms},
            ],
            lr=params.lr,
            betas=(0.9, params.beta2),
        )

    def step(
        self,
        crops: list[Crop],
        perturbation: Perturbation | None,
        progress: float,
        teacher: FastNetwork | None = None,
    ) -> dict[str, Tensor]:
        """Take one step; return its losses, detached, `total` first.

        Args:
            teacher: a network whose results are learned instead of the style.
            progress: of the training, in [0, 1].

        Raises:
            InputError: a loss is NaN or infinite.
        """
        self._set_rates(progress)
        images = torch.cat([crop.image for crop in crops])
        strengths = images.new_tensor([crop.strength for crop in crops])
        if perturbation is not None and teacher is None:
            disturbed = torch.cat([perturbation.apply(crop.image) for crop in crops])
            images, strengths = torch.cat((images, disturbed)), strengths.repeat(2)
        weights = self._weights()
        results: Tensor = torch.func.functional_call(self._network, weights, (images, strengths))
        count = len(crops)
        if teacher is not None:
            with torch.no_grad():
                taught = teacher(images, strengths)
            losses = {"total": (results - taught).abs().mean()}
        else:
            terms = [
                crop.objective(result[None])
                for crop, result in zip(crops, results[:count], strict=True)
            ]
            losses = {name: torch.stack([term[name] for term in terms]).mean() for name in terms[0]}
        total = losses["total"]
        if perturbation is not None and teacher is None:
            losses["temporal"] = perturbation.loss(results[:count], results[count:])
            total = total + self._temporal_weight(progress) * losses["temporal"]
        self._adam.zero_grad(set_to_none=True)
        # Waits for a GPU, but what a NaN has spoiled is lost.
        if not bool(torch.isfinite(total.detach())):
            raise InputError(
                "The training diverged: a loss became NaN or infinite. The best network so far is "
                "kept in the folder `best`.",
                "Resume from the last checkpoint with a lower fast.lr, or start again with one.",
            )
        total.backward()
        self._adam.step()
        self._average()
        shown = {"total": total, **{k: v for k, v in losses.items() if k != "total"}}
        return {name: value.detach() for name, value in shown.items()}

    def checkpoint(self) -> dict[str, Any]:
        """Return all that `restore` needs."""
        return {
            "network": self._network.state_dict(),
            "shared": {name: value.detach() for name, value in self._shared.items()},
            "differences": {name: value.detach() for name, value in self._differences.items()},
            "averaged": self.averaged.state_dict(),
            "updates": self._updates,
            "adam": self._adam.state_dict(),
        }

    def restore(self, checkpoint: Mapping[str, Any]) -> None:
        """Continue from `checkpoint()`."""
        self._network.load_state_dict(checkpoint["network"])
        self.averaged.load_state_dict(checkpoint["averaged"])
        with torch.no_grad():
            for name in self._shared:
                self._shared[name].copy_(checkpoint["shared"][name])
                self._differences[name].copy_(checkpoint["differences"][name])
        self._updates = checkpoint["updates"]
        self._adam.load_state_dict(checkpoint["adam"])

    def _weights(self) -> dict[str, Tensor]:
        """Return the network's parameters by name, with the tables put together."""
        tables = {name: self._shared[name] + self._differences[name] for name in self._shared}
        return {**self._convolutions, **tables}

    def _temporal_weight(self, progress: float) -> float:
        """Return the weight at a progress: a network that is kept steady early stays plain."""
        return self._params.temporal_weight * (EARLY_SHARE if progress < EARLY_PART else 1.0)

    def _set_rates(self, progress: float) -> None:
        """Set the step sizes: a cosine from 1 to `last_lr`; first those of the norms alone."""
        params = self._params
        falling = (1 + math.cos(math.pi * min(progress, 1.0))) / 2
        factor = params.last_lr + (1 - params.last_lr) * falling
        convolutions, norms = self._adam.param_groups
        # A network that starts from nothing has no norms worth keeping the rest for.
        waits = params.body == "arbitrary" and progress < params.warm_up
        convolutions["lr"] = 0.0 if waits else convolutions["first"] * factor
        norms["lr"] = norms["first"] * factor

    @torch.no_grad()
    def _average(self) -> None:
        """Update the moving average, with a smaller decay at first."""
        self._updates += 1
        decay = min(self._params.ema_decay, self._updates / (self._updates + 9))
        weights = self._weights()
        for name, average in self.averaged.named_parameters():
            average.lerp_(weights[name], 1 - decay)


def _is_table(name: str) -> bool:
    """Return whether a parameter is a scale or a shift of a normalization, by strength."""
    return name.startswith("norms.")
