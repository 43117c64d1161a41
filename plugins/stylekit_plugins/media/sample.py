"""Samples: photographs that are part of scikit-image and paintings drawn by code; offline."""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from pathlib import Path

from stylekit.errors import InputError
from stylekit.images.frames import Clip, Frame
from stylekit.text import did_you_mean
from stylekit_plugins.media import PAINTINGS, PHOTOGRAPHS
from stylekit_plugins.media.image import ImageAdapter
from stylekit_plugins.media.params import ImageParams


class SampleAdapter:
    """Reads built-in images by their names.

    Args:
        params: unused; every factory receives them.
    """

    def __init__(self, params: object = None) -> None:
        del params

    def read(self, source: str) -> Clip:
        """Return a sample as a clip of one frame without alpha; its values never vary.

        Raises:
            InputError: no sample has that name, or scikit-image lacks its file.
        """
        if source in PHOTOGRAPHS:
            frame = _photograph(source)
        elif source in PAINTINGS:
            module = importlib.import_module(f"stylekit_plugins.media.paintings.{source}")
            frame = Frame.from_array(module.paint())
        else:
            raise InputError(
                f"There is no sample '{source}'.", did_you_mean(source, PHOTOGRAPHS + PAINTINGS)
            )
        origin = f"sample:{source}"
        return Clip((Frame(frame.pixels, None, origin),), origin)

    def write(self, clip: Clip, path: str) -> None:
        """Refuse: samples are read-only.

        Raises:
            InputError: always.
        """
        raise InputError(f"Cannot write {path}: samples are read-only.", "Name an image file.")


def _photograph(name: str) -> Frame:
    # Importing skimage.data is slow, and it would download a missing file.
    spec = find_spec("skimage")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        for suffix in (".png", ".jpg"):
            path = Path(place, "data", name + suffix)
            if path.is_file():
                return ImageAdapter(ImageParams()).read(str(path)).image
    raise InputError(
        f"The photograph 'sample:{name}' is not in the installed scikit-image.",
        "Install it with `pip install scikit-image`.",
    )
