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
        """A content and a result, (3, 48, 64)."""
        return pixels(0)[0], pixels(1)[0]

    def test_result_is_a_image(self, made: Any, images: tuple[Tensor, Tensor]) -> None:
        """For every mask: all, none, a part, one pixel, a soft edge, the border."""
        for what, mask in masks().items():
            blended = made.blend(*images, mask)
            check_image(blended, (3, 48, 64), f"What a mask of {what} gives")

    def test_result_shows_in_the_region(self, made: Any, images: tuple[Tensor, Tensor]) -> None:
        """Or nobody needs it."""
        content, _ = images
        mask = masks()["a part"]
        changed = (made.blend(*images, mask) - content).abs().mean(dim=0)[mask > 0]
        assert float(changed.mean()) > 0.005, (
            "Within the region nothing of the result is seen: `blend(content, result, mask)`, in "
            "this order; 1 is inside."
        )

    def test_inputs_are_left_alone(self, made: Any, images: tuple[Tensor, Tensor]) -> None:
        """The content is put back outside."""
        mask = masks()["a soft edge"]
        with left_alone("A picture or mask", *images, mask):
            made.blend(*images, mask)


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
