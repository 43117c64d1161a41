"""The method: one pass of a network that was trained for a style."""

from __future__ import annotations

import torch
from stylekit import FeedForward, Job
from torch import Tensor

from stylekit_charcoal.network import CharcoalNetwork
from stylekit_charcoal.params import CharcoalParams


class CharcoalMethod(FeedForward):
    """Paints with the network of `--weights FILE`."""

    def __init__(self, params: CharcoalParams) -> None:
        self.params = params
        self._network: CharcoalNetwork | None = None

    def forward_image(self, job: Job) -> Tensor:
        """Return the result (1, 3, H, W) in [0, 1]."""
        if self._network is None:
            self._network = CharcoalNetwork()
            self._network.load_state_dict(dict(job.weights("charcoal").state))
            self._network.to(job.device)
        image = job.content.image.pixels[None].to(job.device)
        painted: Tensor = self._network(image)
        return torch.lerp(image, painted, self.params.strength)
