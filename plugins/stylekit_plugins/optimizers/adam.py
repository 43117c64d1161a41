"""Adam (Kingma and Ba, arXiv:1412.6980) on an image, projected to [0, 1] after each step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from stylekit.images.frames import resize
from stylekit.protocols import OptimizationRun
from stylekit_plugins.optimizers.params import AdamParams


class Adam:
    """Begins Adam optimizations."""

    def __init__(self, params: AdamParams) -> None:
        self.params = params
        self.bytes_per_value = 4.0 * 4  # two moments, the gradient, and one temporary

    def begin(self, image: Tensor, previous: OptimizationRun | None = None) -> AdamRun:
        """Begin to optimize `image`, a leaf tensor in [0, 1], which is changed in place.

        The moments of `previous` are resized and its step count continues: without them each scale
        begins with a burst of noise (Crowson, style-transfer-pytorch).
        """
        run = AdamRun(image, self.params)
        if isinstance(previous, AdamRun):
            run.continue_from(previous)
        return run


class AdamRun:
    """One optimization by Adam."""

    def __init__(self, image: Tensor, params: AdamParams) -> None:
        self._image = image
        # The usual 1e-8 would dominate the small gradients: losses are means over pixels.
        self._adam = torch.optim.Adam(
            [image], lr=params.lr, betas=(params.beta1, params.beta2), eps=1e-20
        )

    def step(self, objective: Callable[[], Tensor]) -> Tensor:
        """Take one step; return the loss before it."""
        self._adam.zero_grad(set_to_none=True)
        loss = objective()
        loss.backward()  # type: ignore[no-untyped-call]
        self._adam.step()
        with torch.no_grad():
            self._image.clamp_(0, 1)
        return loss.detach()

    def continue_from(self, previous: AdamRun) -> None:
        """Continue with the moments of an optimization of the same image at another size."""
        for moments in previous._adam.state.values():
            height, width = self._image.shape[-2:]
            mean = resize(moments["exp_avg"], width, height)
            # Bilinear, so that it cannot become negative.
            square = F.interpolate(
                moments["exp_avg_sq"], size=(height, width), mode="bilinear", align_corners=False
            )
            self._adam.state[self._image] = {
                "step": moments["step"].clone(),
                "exp_avg": mean,
                "exp_avg_sq": square,
            }

    def state_dict(self) -> dict[str, Any]:
        """Return Adam's moments and step count."""
        return self._adam.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from `state_dict()`."""
        self._adam.load_state_dict(state)
