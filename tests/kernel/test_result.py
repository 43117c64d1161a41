"""Results are saved and shown."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from stylekit import Clip, Frame, Host, Result
from stylekit.errors import InputError, UsageError


@pytest.fixture(scope="module")
def host() -> Host:
    return Host(builtins_only=True)


def test_an_image_is_saved_afterwards_and_replaces_nothing(host: Host, tmp_path: Path) -> None:
    result = host.run("identity", content="sample:coffee", size=32)
    path = tmp_path / "new" / "coffee.png"
    assert result.save(path) == path
    assert np.array_equal(np.array(Image.open(path)), result.image.to_array())
    before = path.read_bytes()
    other = host.run("identity", content="sample:waves", size=32)
    with pytest.raises(InputError, match=r"exists already.*\n.*overwrite=True"):
        other.save(path)
    assert path.read_bytes() == before
    other.save(str(path), overwrite=True)
    assert np.array_equal(np.array(Image.open(path)), other.image.to_array())
    with pytest.raises(UsageError, match="no suffix of an image format"):
        other.save(tmp_path / "coffee")
    assert [entry.name for entry in path.parent.iterdir()] == ["coffee.png"]


def test_a_video_is_not_saved_as_its_first_frame(host: Host, tmp_path: Path) -> None:
    frames = tuple(Frame(torch.full((3, 8, 8), level)) for level in (0.2, 0.8))
    result = host.run("identity", content=Clip(frames, fps=2.0, times=(0.0, 0.5)))
    with pytest.raises(UsageError, match="out=PATH"):
        result.save(tmp_path / "clip.png")
    assert not list(tmp_path.iterdir())


def test_a_notebook_shows_the_image_and_a_short_text(host: Host) -> None:
    result = host.run("identity", content="sample:coffee", size=32)
    png = result._repr_png_()
    assert png is not None
    assert png == result.image._repr_png_()
    assert np.array_equal(np.array(Image.open(io.BytesIO(png))), result.image.to_array())
    assert repr(result.image) == "Frame(32 x 21, 'sample:coffee')"
    assert repr(result).startswith("Result(1 done in ")
    assert Result()._repr_png_() is None
