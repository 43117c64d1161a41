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
from stylekit_plugins.networks.strip_body import BodyInMemory, bytes_in_strips
from stylekit_plugins.networks.transfer_body import STRIDE
from stylekit_plugins.networks.transformer_net import to_transformer_net

NETWORK = "fast-network"

PUBLISHED_WIDTH = 32
"""Channels at the full size of pytorch/examples' networks, wider than those of stylekit."""


class Fast(FeedForward):
    """Stylizes an image in one pass of a network for one painting."""

    def __init__(self, params: FastParams) -> None:
        self.params = params
        self._network: FastNetwork | None = None
        self._body: nn.Module | None = None
        self._at_strength: FixedNetwork | None = None

    def with_params(self, params: FastParams) -> Fast:
        """Return the method at another strength; the network stays loaded."""
        method = Fast(params)
        if params.precision == self.params.precision:
            method._network, method._body = self._network, self._body
        return method

    def bytes_needed(self, components: Mapping[str, Any], width: int, height: int) -> float:
        """Return the least memory, which is that in strips.

        Before the first image the width of the network is not known yet.
        """
        channels = self._network.body.width if self._network else PUBLISHED_WIDTH
        return bytes_in_strips(channels, width * height, max(width, height))

    def forward_image(self, job: Job) -> Tensor:
        """Return the stylized image, (1, 3, H, W) in [0, 1]."""
        image = job.content.image.pixels[None].to(job.device)
        if self._at_strength is None:
            self._at_strength = self._fixed(*self._loaded(job))
        stylized: Tensor = self._at_strength(image)
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

    def _loaded(self, job: Job) -> tuple[FastNetwork, nn.Module]:
        """Return the network and the fastest form of its body, for all images of a run."""
        if self._network is None or self._body is None:
            self._network = placed(self._load(job.weights), job.device)
            body = self._network.body
            if self.params.precision == "bfloat16" and takes_bfloat16(job.device):
                body.to(torch.bfloat16)
            self._body = BodyInMemory(body, for_inference(body, job.device), job.memory)
        return self._network, self._body

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
