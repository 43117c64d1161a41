"""The method `fast`: paint with a network that was trained for a painting."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from stylekit.errors import UsageError
from stylekit.machine.precision import placed, takes_bfloat16
from stylekit.methods.base import Job, Network, Style
from stylekit.methods.feed_forward import FeedForward
from stylekit.protocols import LoadedWeights
from stylekit_plugins.fast.loading import build_network
from stylekit_plugins.fast.network import FastNetwork, FixedNetwork
from stylekit_plugins.fast.params import FastParams
from stylekit_plugins.networks.packed_body import for_inference
from stylekit_plugins.networks.transfer_body import STRIDE
from stylekit_plugins.networks.transformer_net import to_transformer_net

NETWORK = "fast-network"

BYTES_PER_PIXEL = 220.0
"""Of the result: the widest layers of a network as `stylekit train` makes them."""

BYTES_FIXED = 64 * 2.0**20
"""What the libraries and their caches need at any size."""


class Fast(FeedForward):
    """Stylizes an image in one pass of a network for one painting."""

    def __init__(self, params: FastParams) -> None:
        self.params = params
        self._cached: FixedNetwork | None = None

    def bytes_needed(self, components: Mapping[str, Any], width: int, height: int) -> float:
        """Return the memory of the widest layers."""
        return BYTES_FIXED + BYTES_PER_PIXEL * width * height

    def forward_image(self, job: Job) -> Tensor:
        """Return the stylized image, (1, 3, H, W) in [0, 1]."""
        image = job.content.image.pixels[None].to(job.device)
        stylized: Tensor = self._network(job)(image)
        return stylized

    def as_network(
        self, weights: Callable[[str], LoadedWeights], styles: Sequence[Style] = ()
    ) -> Network:
        """Return the network at the selected strength."""
        network = self._load(weights)
        fixed = self._fixed(network)
        try:
            published = to_transformer_net(network.state_at(self.params.strength))
        except ValueError:
            published = None
        return Network(fixed.eval(), STRIDE, published)

    def _network(self, job: Job) -> FixedNetwork:
        """Return the network, loaded once for all images of a run."""
        if self._cached is None:
            network = placed(self._load(job.weights), job.device)
            if self.params.precision == "bfloat16" and takes_bfloat16(job.device):
                network.body.to(torch.bfloat16)
            self._cached = self._fixed(network, for_inference(network.body, job.device))
        return self._cached

    def _load(self, weights: Callable[[str], LoadedWeights]) -> FastNetwork:
        return build_network(weights(NETWORK).state).requires_grad_(False)

    def _fixed(self, network: FastNetwork, body: nn.Module | None = None) -> FixedNetwork:
        """Return the network at the selected strength.

        Raises:
            UsageError: the network has only one strength, and another is selected.
        """
        if len(network.strengths) == 1 and self.params.strength != 1:
            raise UsageError(
                f"This network was trained for one strength, so fast.strength="
                f"{self.params.strength:g} cannot change it.",
                "Leave fast.strength at 1. Networks of `stylekit train --method fast` have a dial.",
            )
        return network.fixed(self.params.strength, body)
