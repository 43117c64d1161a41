"""What a region source promises: see `stylekit.protocols.RegionSource`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import pytest
import torch
from torch import Tensor

from stylekit.errors import InputError, UsageError
from stylekit.images.frames import Frame
from stylekit.protocols import DerivedRegionSource
from stylekit.registry.catalogue import Component
from stylekit.specs import RegionSpec, Spec
from stylekit.testing.images import check_image, clip, frame, left_alone
from stylekit.testing.suite import ComponentSuite


class RegionSuite(ComponentSuite):
    """Checks of a region source.

    Attributes:
        sources: valid sources without their scheme, as a user writes them; at least one.
        bad: sources that must be refused.
    """

    spec_type: ClassVar[type[Spec]] = RegionSpec
    sources: ClassVar[tuple[str, ...]] = ()
    bad: ClassVar[tuple[str, ...]] = ("no such thing",)

    @pytest.fixture
    def mask(self, instance: Any) -> Callable[[str, Frame], Tensor]:
        """A function that makes the mask of an image, or of the second frame of a video."""
        if not self.sources:
            pytest.skip('name sources without their scheme: sources = ("...",)')

        def of(source: str, image: Frame) -> Tensor:
            if isinstance(instance, DerivedRegionSource):
                frames = clip(3, 3, image.width, image.height).frames
                values: Tensor = instance.mask_from(source, frames, 1, _left_half)
                return values
            values = instance.mask(source, image, _half_white)
            return values

        return of

    def test_something_leads_to_it(self, entry: Component[Any]) -> None:
        """The spec has a scheme, or makes regions of images."""
        spec = entry.spec
        assert spec.schemes or spec.images, "No source selects it: set `schemes`."

    def test_mask_has_the_size_of_the_image(self, mask: Any) -> None:
        """A mask is (H, W) in [0, 1], for images of any size."""
        for source in self.sources:
            for width, height in ((64, 48), (50, 80)):
                values = mask(source, frame(0, width, height, cutout=True))
                check_image(values, (height, width), f"The mask of '{source}'")

    def test_mask_is_the_same_each_time(self, mask: Any) -> None:
        """The same source and image always give the same mask."""
        for source in self.sources:
            image = frame(0, cutout=True)
            assert torch.equal(mask(source, image), mask(source, image)), (
                f"The mask of '{source}' changes from call to call: seed random numbers."
            )

    def test_image_is_left_alone(self, mask: Any) -> None:
        """The mask source does not change the image."""
        image = frame(0, cutout=True)
        with left_alone("The image", image.pixels, image.alpha):
            for source in self.sources:
                mask(source, image)

    def test_nonsense_is_refused(self, mask: Any, entry: Component[Any]) -> None:
        """An invalid source raises a UsageError or an InputError."""
        for source in self.bad:
            try:
                mask(source, frame())
            except (UsageError, InputError):
                continue
            except Exception as error:
                pytest.fail(
                    f"'{source}' must raise stylekit.errors.UsageError or InputError, not "
                    f"{type(error).__name__}: {error}"
                )
            pytest.fail(
                f"'{source}' must raise stylekit.errors.UsageError, and nothing was raised."
            )


def _half_white(source: str) -> Frame:
    """Return a mask image for a source that looks like a PNG file."""
    if not source.endswith(".png"):
        raise InputError(f"No such file: {source}", "Check the name.")
    pixels = torch.zeros(3, 48, 64)
    pixels[:, :, :32] = 1
    return Frame(pixels, None, source)


def _left_half(source: str, image: Frame) -> Tensor:
    if source in ("", "no such thing"):
        raise UsageError(f"There is no region '{source}'.")
    mask = torch.zeros(image.height, image.width)
    mask[:, : image.width // 2] = 1
    return mask
