"""Writing image files."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image
from tests.helpers.image_files import read, values

from stylekit.errors import InputError
from stylekit.images.frames import Clip, Frame
from stylekit.params import validate
from stylekit_plugins.media.image import ImageAdapter
from stylekit_plugins.media.params import ImageParams

HALF_STEP = 0.5 / 255 + 1e-6


def clip(alpha=False):
    generator = torch.Generator().manual_seed(1)
    pixels = torch.rand((3, 20, 30), generator=generator)
    return Clip((Frame(pixels, torch.rand((20, 30), generator=generator) if alpha else None),))


def write(image, path, **params):
    ImageAdapter(ImageParams(**params)).write(image, str(path))
    return path


@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("suffix", ["png", "webp", "tif", "tiff", "PNG"])
def test_a_round_trip_stays_within_half_a_step(tmp_path, suffix, alpha):
    image = clip(alpha)
    back = read(write(image, tmp_path / f"out.{suffix}"))
    assert (back.pixels - image.image.pixels).abs().max() <= HALF_STEP
    assert (back.alpha is not None) is alpha
    if alpha:
        assert (back.alpha - image.image.alpha).abs().max() <= HALF_STEP


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "tif"])
def test_same_clip_same_bytes(tmp_path, suffix):
    first = write(clip(), tmp_path / f"a.{suffix}").read_bytes()
    assert write(clip(), tmp_path / f"b.{suffix}").read_bytes() == first


def test_jpeg_has_full_color_resolution_and_white_behind(tmp_path):
    pixels = torch.zeros(3, 32, 32)
    pixels[0] = 1
    alpha = torch.zeros(32, 32)
    alpha[:, 16:] = 1
    alpha[:, 8:16] = 0.5
    path = write(Clip((Frame(pixels, alpha),)), tmp_path / "a.jpeg")
    with Image.open(path) as image:
        assert image.format == "JPEG"
        assert [layer[1:3] for layer in image.layer] == [(1, 1)] * 3
    got = values(read(path))
    np.testing.assert_allclose(got[16, 4], [1, 1, 1], atol=0.02)
    np.testing.assert_allclose(got[16, 12], [1, 0.5, 0.5], atol=0.02)
    np.testing.assert_allclose(got[16, 28], [1, 0, 0], atol=0.02)


def test_quality_and_compression_matter(tmp_path):
    small = write(clip(), tmp_path / "small.jpg", quality=30).stat().st_size
    assert small < write(clip(), tmp_path / "large.jpg").stat().st_size
    flat = Clip((Frame(torch.full((3, 50, 50), 0.5)),))
    stored = write(flat, tmp_path / "stored.png", png_compression=0)
    packed = write(flat, tmp_path / "packed.png")
    assert packed.stat().st_size < stored.stat().st_size
    assert (read(packed).pixels == read(stored).pixels).all()
    lossy = write(clip(), tmp_path / "lossy.webp", webp_lossless=False, quality=20)
    assert lossy.stat().st_size < write(clip(), tmp_path / "exact.webp").stat().st_size


def test_unsupported_output_is_refused(tmp_path):
    with pytest.raises(InputError, match="not a format that can be written"):
        write(clip(), tmp_path / "a.bmp")
    with pytest.raises(InputError, match="one frame"):
        write(Clip((clip().image,) * 2), tmp_path / "a.png")
    with pytest.raises(InputError, match="Cannot write"):
        write(clip(), tmp_path / "nowhere" / "a.png")
    with pytest.raises(InputError, match="Cannot write"):
        write(Clip((Frame(torch.zeros(3, 1, 17000)),)), tmp_path / "long.webp")


def test_parameters_have_descriptions_and_ranges():
    for field in ImageParams.model_fields.values():
        assert len(field.description) > 20
    for bad in ({"quality": 0}, {"quality": 101}, {"max_megapixels": 0}, {"png_compression": 10}):
        with pytest.raises(Exception, match="image"):
            validate(ImageParams, bad, "image")


def test_manifest_is_light():
    code = (
        "import sys, stylekit_plugins.media as m; specs = m.register_media();"
        "assert [s.name for s in specs] == ['image', 'video', 'folder', 'sequence', 'sample'];"
        "heavy = {'torch', 'numpy', 'PIL', 'pydantic', 'skimage'} & set(sys.modules);"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
