"""The opaque area of an image."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from stylekit.errors import InputError
from stylekit.images.frames import Frame
from stylekit_plugins.regions.mask_size import fit_to_image


class Alpha:
    """The opaque area of the content image, or of another one.

    Args:
        params: unused; every factory receives them.
    """

    def __init__(self, params: object = None) -> None:
        del params

    def mask(self, source: str, image: Frame, read: Callable[[str], Frame]) -> Tensor:
        """Return the alpha of an image source; with an empty source, the image's own alpha.

        Returns:
            (H, W) in [0, 1]; 1 is opaque.

        Raises:
            InputError: the source cannot be read, has no transparent part (so that it selects
                nothing), or has another aspect ratio than the image.
        """
        frame = read(source) if source else image
        if frame.alpha is None or frame.alpha.min() >= 1:
            name = source or f"the content image {image.origin}"
            raise InputError(
                f"Region 'alpha:{source}': {name} has no transparent part.",
                "Save it with transparency, as PNG, WebP or TIFF, or name a mask image, which is "
                "white in the area: --region mask.png.",
            )
        return fit_to_image(frame.alpha, source or image.origin, image)
