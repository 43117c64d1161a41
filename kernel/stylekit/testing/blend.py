"""What a blend promises: see `stylekit.protocols.Blend`."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
import torch
from torch import Tensor

from stylekit.specs import BlendSpec, Spec
from stylekit.testing.images import check_image, left_alone, pixels
from stylekit.testing.suite import ComponentSuite


class BlendSuite(ComponentSuite):
    """Checks of a blend."""

    spec_type: ClassVar[type[Spec]] = BlendSpec

    @pytest.fixture
    def images(self) -> tuple[Tensor, Tensor]:
        """A content image and a result, (3, 48, 64)."""
        return pixels(0)[0], pixels(1)[0]

    def test_result_is_an_image(self, instance: Any, images: tuple[Tensor, Tensor]) -> None:
        """The blended image is valid for every mask: all, none, a part, one pixel, a soft edge."""
        for what, mask in masks().items():
            blended = instance.blend(*images, mask)
            check_image(blended, (3, 48, 64), f"The blend by a mask of {what}")

    def test_result_shows_in_the_region(self, instance: Any, images: tuple[Tensor, Tensor]) -> None:
        """The result is visible inside the mask."""
        content, _ = images
        mask = masks()["a part"]
        changed = (instance.blend(*images, mask) - content).abs().mean(dim=0)[mask > 0]
        assert float(changed.mean()) > 0.005, (
            "Inside the region the result is not visible: `blend(content, result, mask)`, in this "
            "order; 1 is inside."
        )

    def test_inputs_are_left_alone(self, instance: Any, images: tuple[Tensor, Tensor]) -> None:
        """The content is used again outside the region."""
        mask = masks()["a soft edge"]
        with left_alone("An image or mask", *images, mask):
            instance.blend(*images, mask)


def masks() -> dict[str, Tensor]:
    """Return masks (48, 64) by what they cover."""
    part, pixel, border = (torch.zeros(48, 64) for _ in range(3))
    part[10:40, 12:50] = 1
    pixel[20, 30] = 1
    border[:, :20] = 1
    return {
        "all": torch.ones(48, 64),
        "nothing": torch.zeros(48, 64),
        "a part": part,
        "one pixel": pixel,
        "a soft edge": torch.linspace(0, 1, 64).repeat(48, 1),
        "the border": border,
    }
