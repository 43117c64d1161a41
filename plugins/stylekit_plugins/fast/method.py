"""The method `fast`: paint with networks that were trained for a painting each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from stylekit.errors import UsageError
from stylekit.machine.precision import placed, takes_bfloat16
from stylekit.methods.base import Job, Network, Style
from stylekit.methods.feed_forward import FeedForward
from stylekit.protocols import LoadedWeights
from stylekit_plugins.fast.loading import build_network
from stylekit_plugins.fast.network import BlendedNetworks, FastNetwork, FixedNetwork
from stylekit_plugins.fast.params import FastParams
from stylekit_plugins.networks.packed_body import for_inference
from stylekit_plugins.networks.strip_body import FLOAT, BodyInMemory, bytes_in_strips
from stylekit_plugins.networks.transfer_body import STRIDE
from stylekit_plugins.networks.transformer_net import to_transformer_net

NETWORK = "fast-network"

PUBLISHED_WIDTH = 32
"""Channels at the full size of pytorch/examples' networks, wider than those of stylekit."""

Loaded = tuple[FastNetwork, nn.Module]
"""A network, and the fastest form of its body."""


class Fast(FeedForward):
    """Stylizes an image in one pass of a network for one painting.

    Several networks, the styles of a run, are blended by their results: these may come from any
    architecture, and follow the weights linearly in every pixel. Interpolated parameters would cost
    one pass instead of two and paint a style between both, but only networks that were trained from
    one beginning have such a path (X. Wang et al., arXiv:1811.10515), and no file says which.
    """

    network_of_styles: ClassVar[str] = NETWORK
    side_by_side: ClassVar[bool] = True

    def __init__(self, params: FastParams) -> None:
        self.params = params
        self._default: LoadedWeights | None = None
        # By the weights, and released with them.
        self._loaded: WeakKeyDictionary[LoadedWeights, Loaded] = WeakKeyDictionary()
        self._fixed: WeakKeyDictionary[LoadedWeights, FixedNetwork] = WeakKeyDictionary()

    def with_params(self, params: FastParams) -> Fast:
        """Return the method at another strength; the networks stay loaded."""
        method = Fast(params)
        if params.precision == self.params.precision:
            method._default, method._loaded = self._default, self._loaded
        return method

    def bytes_needed(self, components: Mapping[str, Any], width: int, height: int) -> float:
        """Return the least memory, which is that in strips.

        Before the first image the width of the networks is not known yet.
        """
        widths = [network.body.width for network, _ in self._loaded.values()]
        # Of several networks, what is already painted waits for the next one.
        waiting = 2 * 3 * FLOAT * width * height if len(widths) > 1 else 0
        channels = max(widths, default=PUBLISHED_WIDTH)
        return waiting + bytes_in_strips(channels, width * height, max(width, height))

    def forward_image(self, job: Job) -> Tensor:
        """Return the image (1, 3, H, W): by one network or several, or each region by its own."""
        content = job.content.image.pixels[None].to(job.device)

        def paint(styles: Sequence[Style]) -> Tensor:
            painted: Tensor = self._painter(job, styles)(content)
            return painted

        return self.paint_regions(job, content, paint)

    def as_network(
        self, weights: Callable[[str], LoadedWeights], styles: Sequence[Style] = ()
    ) -> Network:
        """Return the network at the selected strength, or the blend of several."""
        named = _named(styles, partial(weights, NETWORK))
        networks = [build_network(each.state).requires_grad_(False) for each, _, _ in named]
        fixed = [
            self._at_strength(network, name=name)
            for network, (_, _, name) in zip(networks, named, strict=True)
        ]
        blend = BlendedNetworks(fixed, [weight for _, weight, _ in named])
        published = None
        if len(networks) == 1:
            try:
                published = to_transformer_net(networks[0].state_at(self.params.strength))
            except ValueError:
                published = None
        return Network(blend.eval(), STRIDE, published)

    def _painter(self, job: Job, styles: Sequence[Style]) -> BlendedNetworks:
        """Return the networks of the styles, or that of the run without styles."""
        networks, shares = [], []
        for weights, share, name in _named(styles, partial(self._of_run, job)):
            if weights not in self._fixed:
                self._fixed[weights] = self._at_strength(*self._load(weights, job), name=name)
            networks.append(self._fixed[weights])
            shares.append(share)
        return BlendedNetworks(networks, shares)

    def _of_run(self, job: Job) -> LoadedWeights:
        if self._default is None:
            self._default = job.weights(NETWORK)
        return self._default

    def _load(self, weights: LoadedWeights, job: Job) -> Loaded:
        """Return a network and the fastest form of its body, for all images of a run."""
        if weights not in self._loaded:
            network = placed(build_network(weights.state).requires_grad_(False), job.device)
            body = network.body
            if self.params.precision == "bfloat16" and takes_bfloat16(job.device):
                body.to(torch.bfloat16)
            in_memory = BodyInMemory(body, for_inference(body, job.device), job.memory)
            self._loaded[weights] = network, in_memory
        return self._loaded[weights]

    def _at_strength(
        self, network: FastNetwork, body: nn.Module | None = None, name: str = ""
    ) -> FixedNetwork:
        """Return a network at the selected strength.

        Args:
            name: of its file, for messages.

        Raises:
            UsageError: the network has only one strength, and another is selected.
        """
        if len(network.strengths) == 1 and self.params.strength != 1:
            raise UsageError(
                f"{name or 'This network'} was trained for one strength, so fast.strength="
                f"{self.params.strength:g} cannot change it.",
                "Leave fast.strength at 1. Networks of `stylekit train --method fast` have a dial.",
            )
        return network.fixed(self.params.strength, body)


def _named(
    styles: Sequence[Style], default: Callable[[], LoadedWeights]
) -> list[tuple[LoadedWeights, float, str]]:
    """Return the weights of each network, its share of the result, and the name of its file.

    Args:
        default: returns the weights that paint where no style is a network.
    """
    trained = [
        (style.weights, style.weight, style.frame.origin)
        for style in styles
        if style.weights is not None
    ]
    return trained or [(default(), 1.0, "")]
