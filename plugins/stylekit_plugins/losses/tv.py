"""Total variation: the roughness of the image itself.

Rudin, Osher and Fatemi (1992) introduced the idea; this is the squared form that Johnson's
neural-style uses as a regularizer, as means instead of sums, so that it does not grow with size.
"""

from __future__ import annotations

from torch import Tensor


class TotalVariationLoss:
    """`mean(dx^2) + mean(dy^2)` over neighboring pixels."""

    def __init__(self, params: object) -> None:
        pass

    def __call__(self, image: Tensor) -> Tensor:
        """Return the loss, a scalar, of an image (1, 3, H, W) in [0, 1]."""
        across = image[..., :, 1:] - image[..., :, :-1]
        down = image[..., 1:, :] - image[..., :-1, :]
        return across.square().mean() + down.square().mean()
