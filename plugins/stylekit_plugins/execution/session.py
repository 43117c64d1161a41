"""What the runs of one plan share: its method, the networks, and what was read."""

from __future__ import annotations

import time
from typing import Any

import torch

from stylekit.inputs.sources import Sources
from stylekit.methods.base import Method
from stylekit.protocols import LoadedWeights
from stylekit.runs.executor import RunRequest
from stylekit.weights.manager import WeightsManager
from stylekit.weights.selection import AUTO, requested_weights
from stylekit_plugins.execution.inputs import Inputs
from stylekit_plugins.execution.per_frame import FrameByFrame
from stylekit_plugins.execution.style_cache import KeptStyles


class Session:
    """The tools of an order, and of all further ones that need the same.

    Attributes:
        styles: reads them, and keeps some.
    """

    def __init__(self, order: RunRequest) -> None:
        plan = order.plan
        self.sources = Sources(plan.catalogue, plan.config.tables)
        self.inputs = Inputs(plan, self.sources, order.in_memory)
        self.styles = KeptStyles(self.inputs.styles)
        self.method: Method = plan.method.make()
        self.by_frames = FrameByFrame(self.method)
        self.helpers: dict[str, Method] = {name: x.make() for name, x in plan.other_methods.items()}
        self.weights = WeightsManager(plan.catalogue, plan.config.tables, plan.config.offline)
        self._wanted = requested_weights(plan.config.weights, plan.networks, plan.catalogue)
        self._plan = plan
        self._settings = plan.resolved()
        self._given = order.in_memory
        self._components: dict[Any, Any] | None = None

    def suits(self, order: RunRequest) -> bool:
        """Return whether an order needs these very tools."""
        return (
            order.in_memory is self._given
            and order.plan.catalogue is self._plan.catalogue
            and order.plan.resolved() == self._settings
        )

    def components(self, device: torch.device, timings: dict[str, float]) -> dict[Any, Any]:
        """Return what fills the slots of the plan; networks are loaded the first time."""
        if self._components is None:
            self._components = self._make_components(device, timings)
        return self._components

    def load_weights(self, network: str) -> LoadedWeights:
        """Return the parameters of a network."""
        return self.weights.load(network, self._wanted.get(network, AUTO))

    def _make_components(self, device: torch.device, timings: dict[str, float]) -> dict[Any, Any]:
        plan = self._plan
        begun = time.perf_counter()
        for network in plan.networks:
            self.load_weights(network)
        timings["weights"] = time.perf_counter() - begun
        components = plan.make_slots(self.load_weights, device)
        for part in plan.slots.values():
            spec = part.spec
            if spec.kind == "backbone" and spec.network not in (None, *plan.networks_of_methods):
                self.weights.release(spec.network)
        return components
