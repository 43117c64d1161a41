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
        sources: what follows the scheme, as a user writes it: at least one that works.
        bad: sources that must be refused.
    """

    spec_type: ClassVar[type[Spec]] = RegionSpec
    sources: ClassVar[tuple[str, ...]] = ()
    bad: ClassVar[tuple[str, ...]] = ("no such thing",)

    @pytest.fixture
    def mask(self, made: Any) -> Callable[[str, Frame], Tensor]:
        """Makes a mask, of one picture or of the second frame of a clip."""
        if not self.sources:
            pytest.skip('say what follows the scheme: sources = ("...",)')

        def of(source: str, image: Frame) -> Tensor:
            if isinstance(made, DerivedRegionSource):
                frames = clip(3, 3, image.width, image.height).frames
                found: Tensor = made.mask_from(source, frames, 1, _left_half)
                return found
            found = made.mask(source, image, _half_white)
            return found

        return of

    def test_something_leads_to_it(self, found: Component[Any]) -> None:
        """A scheme, or pictures."""
        spec = found.spec
        assert spec.schemes or spec.images, "No source leads to it: give it `schemes`."

    def test_mask_has_the_size_of_the_image(self, mask: Any) -> None:
        """(H, W) in [0, 1], for any size."""
        for source in self.sources:
            for width, height in ((64, 48), (50, 80)):
                made = mask(source, frame(0, width, height, cutout=True))
                check_image(made, (height, width), f"The mask of '{source}'")

    def test_mask_is_the_same_each_time(self, mask: Any) -> None:
        """A record repeats a run."""
        for source in self.sources:
            image = frame(0, cutout=True)
            assert torch.equal(mask(source, image), mask(source, image)), (
                f"The mask of '{source}' is another one each time: seed random numbers."
            )

    def test_image_is_left_alone(self, mask: Any) -> None:
        """It is painted afterwards."""
        image = frame(0, cutout=True)
        with left_alone("The picture", image.pixels, image.alpha):
            for source in self.sources:
                mask(source, image)

    def test_nonsense_is_refused(self, mask: Any, found: Component[Any]) -> None:
        """With an error that a user can understand."""
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
            pytest.fail(f"'{source}' must raise stylekit.errors.UsageError, and nothing happened.")


def _half_white(source: str) -> Frame:
    """Stand for a mask picture, if the source looks like one."""
    if not source.endswith(".png"):
        raise InputError(f"No such file: {source}", "Check the name.")
    pixels = torch.zeros(3, 48, 64)
    pixels[:, :, :32] = 1
    return Frame(pixels, None, source)


def _left_half(source: str, image: Frame) -> Tensor:
    if source in ("", "no such thing"):
        raise UsageError(f"Nothing makes a region of '{source}'.")
    made = torch.zeros(image.height, image.width)
    made[:, : image.width // 2] = 1
    return made
