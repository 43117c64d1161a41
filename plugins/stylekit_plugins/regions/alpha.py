"""What is opaque in a picture."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from stylekit.errors import InputError
from stylekit.images.frames import Frame
from stylekit_plugins.regions.fitting import fitted


class Alpha:
    """The opaque area of the content picture, or of another one.

    Args:
        params: none; here because every component is made with its parameters.
    """

    def __init__(self, params: object = None) -> None:
        del params

    def mask(self, source: str, image: Frame, read: Callable[[str], Frame]) -> Tensor:
        """Return the alpha of a picture source, or with an empty source the picture's own.

        Returns:
            (H, W) in [0, 1]; 1 is opaque.

        Raises:
            InputError: it cannot be read, has no transparent part (so that it chooses nothing), or
                has another shape than the picture.
        """
        frame = read(source) if source else image
        if frame.alpha is None or frame.alpha.min() >= 1:
            name = source or f"the content picture {image.origin}"
            raise InputError(
                f"Region 'alpha:{source}': {name} has no transparent part.",
                "Save it with transparency, as PNG, WebP or TIFF, or name a mask picture in which "
                "the area is white: --region mask.png.",
            )
        return fitted(frame.alpha, source or image.origin, image)
