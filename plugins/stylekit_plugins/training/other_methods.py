"""The methods that a trainer uses, ready to be called: their components, weights and styles."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch

from stylekit.images.frames import Clip, Frame
from stylekit.machine import devices
from stylekit.methods.base import Job, Method, Style
from stylekit.protocols import LoadedWeights
from stylekit.runs.plan import Plan
from stylekit.weights.manager import WeightsManager
from stylekit.weights.selection import AUTO, requested_weights


class OtherMethods:
    """The methods of `ComposingTrainer.required_methods`.

    Attributes:
        methods: by name.

    Args:
        plans: of a run of each of them.
        weights: loads trained parameters.

    Raises:
        UsageError: weights are requested for a network that none of them uses.
    """

    def __init__(
        self, plans: Mapping[str, Plan], weights: WeightsManager, device: torch.device
    ) -> None:
        self._plans = plans
        self._weights = weights
        self._device = device
        self._requested: dict[str, str] = {}
        if plans:
            networks = [name for plan in plans.values() for name in plan.networks]
            plan = next(iter(plans.values()))
            self._requested = requested_weights(
                plan.config.weights, tuple(dict.fromkeys(networks)), plan.catalogue
            )
        self.methods: dict[str, Method] = {
            name: plan.frame_method.make() for name, plan in plans.items()
        }

    def load(self, network: str) -> LoadedWeights:
        """Return the weights of a network."""
        return self._weights.load(network, self._requested.get(network, AUTO))

    def jobs(
        self,
        content: Frame,
        styles: tuple[Style, ...],
        seed: int,
        read_image: Callable[[str], Frame],
    ) -> dict[str, Job]:
        """Return a job for each method, with its components loaded.

        Raises:
            WeightsError: weights are unavailable.
        """
        memory = devices.free_memory(self._device) if self._plans else 0
        return {
            name: Job(
                content=Clip((content,), content.origin),
                styles=styles,
                components=plan.make_slots(self.load, self._device),
                device=self._device,
                seed=seed,
                memory=memory,
                read_image=read_image,
                weights=self.load,
                specs=plan.specs,
            )
            for name, plan in self._plans.items()
        }
