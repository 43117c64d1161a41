"""What runs of the same plan share: the method, the networks, and the inputs that were read."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import torch

from stylekit.inputs.sources import Sources
from stylekit.inputs.styles import networks_to_load
from stylekit.methods.base import Method
from stylekit.protocols import LoadedWeights
from stylekit.runs.executor import RunRequest
from stylekit.weights.manager import Choice, WeightsManager
from stylekit.weights.selection import AUTO, requested_weights
from stylekit_plugins.execution.inputs import Inputs
from stylekit_plugins.execution.per_frame import FrameByFrame
from stylekit_plugins.execution.style_cache import KeptStyles


class Session:
    """What a request needs, and all further ones that match it.

    Attributes:
        components: by slot; empty before `load`.
        styles: reads the styles, and keeps the latest ones.
    """

    def __init__(self, request: RunRequest) -> None:
        plan = request.plan
        self.sources = Sources(plan.catalogue, plan.config.tables)
        self.weights = WeightsManager(plan.catalogue, plan.config.tables, plan.config.offline)
        self.method: Method = plan.method.make()
        self.by_frames = FrameByFrame(self.method)
        self.other_methods: dict[str, Method] = {
            name: each.make() for name, each in plan.other_methods.items()
        }
        painting = self.other_methods.get(plan.frame_method_name, self.method).network_of_styles
        self.inputs = Inputs(plan, self.sources, request.in_memory, self.weights, painting)
        self.styles = KeptStyles(self.inputs.styles)
        self._networks = networks_to_load(plan.networks, painting, _has_styles(request))
        self.components: Mapping[Any, Any] = {}
        self._requested = requested_weights(plan.config.weights, self._networks, plan.catalogue)
        self._plan = plan
        self._settings = plan.resolved()
        self._in_memory = request.in_memory
        self._is_loaded = False

    def matches(self, request: RunRequest) -> bool:
        """Return whether a request needs the same components, settings and images."""
        return (
            request.in_memory is self._in_memory
            and request.plan.catalogue is self._plan.catalogue
            and request.plan.resolved() == self._settings
        )

    def load(self, device: torch.device) -> float:
        """Make the components and load the networks; return the seconds of loading.

        The second time there is nothing to load, and it returns 0.

        Raises:
            WeightsError: weights are unavailable.
        """
        if self._is_loaded:
            return 0.0
        started = time.perf_counter()
        for network in self._networks:
            self.load_weights(network)
        seconds = time.perf_counter() - started
        self.components = self._make_components(device)
        self._is_loaded = True
        return seconds

    def load_weights(self, network: str) -> LoadedWeights:
        """Return the weights of a network."""
        return self.weights.load(network, self._requested.get(network, AUTO))

    def selected_weights(self) -> dict[str, Choice]:
        """Return the weights that `load` has loaded, without what a method loads on the way.

        Raises:
            KeyError: `load` was not called.
        """
        return {network: self.weights.used[network] for network in self._networks}

    def _make_components(self, device: torch.device) -> dict[Any, Any]:
        plan = self._plan
        components = plan.make_slots(self.load_weights, device)
        for each in plan.slots.values():
            spec = each.spec
            if spec.kind == "backbone" and spec.network not in (None, *plan.networks_of_methods):
                self.weights.release(spec.network)
        return components


def _has_styles(request: RunRequest) -> bool:
    """Return whether a request names styles; a worker is given only its own tasks."""
    if request.tasks is not None:
        return any(task.styles for task, _ in request.tasks)
    return bool(request.plan.config.style)
