"""Built-in samples."""

import subprocess
import sys

import numpy as np
import pytest

from stylekit.errors import InputError
from stylekit.inputs.syntax import short_name
from stylekit_plugins.media import PAINTINGS, PHOTOGRAPHS, register_media
from stylekit_plugins.media.sample import SampleAdapter


def read(name):
    clip = SampleAdapter().read(name)
    return clip


@pytest.fixture(scope="module")
def paintings():
    return {name: read(name).image for name in PAINTINGS}


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("astronaut", (512, 512)),
        ("chelsea", (451, 300)),
        ("coffee", (600, 400)),
        ("rocket", (640, 427)),
    ],
)
def test_photographs(name, size):
    clip = read(name)
    frame = clip.image
    assert (frame.width, frame.height) == size
    assert clip.origin == frame.origin == f"sample:{name}"
    assert short_name(clip.origin) == name
    assert frame.alpha is None


def test_photographs_need_neither_network_nor_skimage_itself():
    code = (
        "import socket, sys\n"
        "def refuse(*args): raise AssertionError('network')\n"
        "socket.socket.connect = refuse\n"
        "from stylekit_plugins.media.sample import SampleAdapter\n"
        "SampleAdapter().read('astronaut')\n"
        "assert 'skimage' not in sys.modules and 'pooch' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("name", PAINTINGS)
def test_paintings_are_rich_in_texture_and_color(paintings, name):
    frame = paintings[name]
    assert max(frame.width, frame.height) == 640
    values = frame.pixels.numpy()
    # Structure at every scale from 1 to 32 pixels.
    for step in (1, 2, 4, 8, 16, 32):
        rough = np.abs(values[:, :, step:] - values[:, :, :-step]).mean()
        assert rough > 0.02, step
    bins = (values.reshape(3, -1) * 7.999).astype(int)
    assert len(np.unique(bins[0] * 64 + bins[1] * 8 + bins[2])) > 60
    assert values.max() - values.min() > 0.8


@pytest.mark.parametrize("name", PAINTINGS)
def test_paintings_are_the_same_every_time(paintings, name):
    assert (read(name).image.pixels == paintings[name].pixels).all()


def test_paintings_differ(paintings):
    means = [frame.pixels.mean(dim=(1, 2)).numpy() for frame in paintings.values()]
    for index, first in enumerate(means):
        for second in means[index + 1 :]:
            assert np.abs(first - second).max() > 0.03


def test_every_listed_sample_exists():
    (spec,) = [spec for spec in register_media() if spec.name == "sample"]
    assert set(spec.samples) == set(PHOTOGRAPHS) | set(PAINTINGS)


def test_unknown_sample_gets_a_suggestion():
    for name, guess in (("swirl", "swirls"), ("Astronaut", "astronaut")):
        with pytest.raises(InputError, match=f"Did you mean '{guess}'"):
            read(name)
    for name in ("", "../swirls", "brush"):
        with pytest.raises(InputError, match="no sample"):
            read(name)


def test_samples_are_not_written(tmp_path):
    with pytest.raises(InputError, match="read-only"):
        SampleAdapter().write(read("coffee"), str(tmp_path / "a.png"))
