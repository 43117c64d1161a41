"""Reading image files with the adapter itself, and what a refusal looks like."""

import numpy as np
import pytest

from stylekit.errors import InputError
from stylekit_plugins.media.image import ImageAdapter
from stylekit_plugins.media.params import ImageParams


def read(path, **params):
    clips = [ImageAdapter(ImageParams(**params)).read(str(path))]
    assert len(clips) == 1
    assert len(clips[0].frames) == 1
    return clips[0].image


def values(frame):
    return frame.pixels.permute(1, 2, 0).numpy()


def refuse(path, *words, **params):
    with pytest.raises(InputError) as caught:
        read(path, **params)
    error = caught.value
    assert error.exit_code == 2
    assert str(path) in error.message
    assert "\n" not in error.message
    for word in words:
        assert word in str(error)
    return error


def gradient(width=24, height=16):
    y, x = np.mgrid[:height, :width]
    return np.dstack((x * 10, y * 15, (x + y) * 6)).astype(np.uint8)
