"""Region sources and blends with one fault each. See `faults`."""

from __future__ import annotations

import torch
from tests.helpers.faulty_components import fault

from stylekit.errors import UsageError
from stylekit.testing import BlendSuite, RegionSuite

USED = {"schemes": ("above",), "attributes": {"sources": ("0.5",)}}


class Above:
    """What is brighter than a number."""

    def __init__(self, params):
        pass

    def mask(self, source, image, read):
        return (image.pixels.mean(dim=0) > self.number(source)).float()

    def number(self, source):
        try:
            return float(source)
        except ValueError:
            raise UsageError(f"'{source}' is not a number.") from None


@fault(RegionSuite, **USED)
class Sound(Above):
    pass


@fault(RegionSuite, **USED)
class SoundAndDerived(Above):
    def mask_from(self, source, frames, index, other):
        return self.mask(source, frames[index], None)


@fault(RegionSuite, "test_something_leads_to_it", "schemes", attributes={"sources": ("0.5",)})
class HasNoScheme(Above):
    pass


@fault(RegionSuite, "test_mask_has_the_size_of_the_image", "has shape", **USED)
class KeepsADimension(Above):
    def mask(self, source, image, read):
        return super().mask(source, image, read)[None]


@fault(RegionSuite, "test_mask_is_the_same_each_time", "seed", **USED)
class Draws(Above):
    def mask(self, source, image, read):
        self.number(source)
        return torch.rand(image.height, image.width)


@fault(RegionSuite, "test_image_is_left_alone", "changed in place", **USED)
class Darkens(Above):
    def mask(self, source, image, read):
        mask = super().mask(source, image, read)
        image.pixels[:, 0, 0] = image.pixels[:, 0, 0] * 0.999
        return mask


@fault(RegionSuite, "test_nonsense_is_refused", "not ValueError", **USED)
class LetsNumbersFail(Above):
    def number(self, source):
        return float(source)


class Mixed:
    """A weighted mean."""

    def __init__(self, params):
        pass

    def blend(self, content, result, mask):
        return torch.lerp(content, result, mask)


@fault(BlendSuite)
class SoundBlend(Mixed):
    pass


@fault(BlendSuite, "test_result_is_an_image", "[0, 1]")
class Overshoots(Mixed):
    def blend(self, content, result, mask):
        return super().blend(content, result, mask) * 1.2


@fault(BlendSuite, "test_result_shows_in_the_region", "in this order")
class SwapsThem(Mixed):
    def blend(self, content, result, mask):
        return super().blend(result, content, mask) if mask.min() == mask.max() else content


@fault(BlendSuite, "test_inputs_are_left_alone", "changed in place")
class WorksInPlace(Mixed):
    def blend(self, content, result, mask):
        blended = super().blend(content, result, mask)
        mask.mul_(0.5)
        return blended
