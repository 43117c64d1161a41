"""Masks from images: mask files of every kind, transparency, and colors."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from stylekit import Frame
from stylekit.errors import InputError
from stylekit.inputs.regions import Regions
from stylekit.methods.base import Style
from stylekit_plugins.regions import color as color_module
from stylekit_plugins.regions.alpha import Alpha
from stylekit_plugins.regions.color import Color
from stylekit_plugins.regions.mask import Mask

WIDTH, HEIGHT = 48, 32


@pytest.fixture
def image():
    return Frame(torch.rand(3, HEIGHT, WIDTH), origin="photo.jpg")


@pytest.fixture
def mask(image, read):
    """Make the mask of a file or another source."""

    def make(source, shape=Mask, of=image):
        made = shape().mask(str(source), of, read)
        assert made.shape == (of.height, of.width)
        assert made.dtype == torch.float32
        return made.numpy()

    return make


def grays(width=WIDTH, height=HEIGHT):
    """All grays from black to white, and both of them in large areas."""
    ramp = np.tile(np.linspace(0, 255, width).round(), (height, 1))
    ramp[:4], ramp[-4:] = 0, 255
    return ramp.astype(np.uint8)


@pytest.mark.parametrize("mode", ["L", "RGB", "LA", "RGBA", "P", "CMYK"])
def test_white_is_inside_black_outside_gray_between(tmp_path, mask, mode):
    file = tmp_path / ("mask.tif" if mode == "CMYK" else "mask.png")
    Image.fromarray(grays()).convert(mode).save(file)
    made = mask(file)
    assert (made == (grays() / np.float32(255))).all()


def test_sixteen_bits_keep_their_steps(tmp_path, mask):
    values = np.linspace(0, 65535, WIDTH * HEIGHT).round().astype(np.uint16)
    Image.fromarray(values.reshape(HEIGHT, WIDTH)).save(tmp_path / "deep.png")
    made = mask(tmp_path / "deep.png")
    assert len(np.unique(made)) == WIDTH * HEIGHT
    assert made == pytest.approx(values.reshape(HEIGHT, WIDTH) / 65535, abs=1e-6)


def test_one_bit_and_a_palette_of_colors(tmp_path, mask):
    inside = np.zeros((HEIGHT, WIDTH), np.uint8)
    inside[5:20, 10:30] = 1
    Image.fromarray(inside * 255).convert("1").save(tmp_path / "bits.png")
    assert (mask(tmp_path / "bits.png") == inside).all()
    palette = Image.fromarray(inside, "P")
    palette.putpalette([255, 255, 255, 0, 0, 0])
    palette.save(tmp_path / "palette.png")
    assert (mask(tmp_path / "palette.png") == 1 - inside).all()


def test_alpha_counts_where_there_is_any(tmp_path, mask):
    """A cut-out is dark or light as the object is; what matters is its transparency."""
    pixels = np.random.default_rng(2).integers(0, 255, (HEIGHT, WIDTH, 4), dtype=np.uint8)
    pixels[..., 3] = grays()
    Image.fromarray(pixels).save(tmp_path / "cutout.png")
    assert (mask(tmp_path / "cutout.png") == grays() / np.float32(255)).all()
    assert (mask(tmp_path / "cutout.png", Alpha) == grays() / np.float32(255)).all()
    pixels[..., 3] = 255
    Image.fromarray(pixels).save(tmp_path / "opaque.png")
    luma = pixels[..., :3] @ np.array([0.2126, 0.7152, 0.0722]) / 255
    assert mask(tmp_path / "opaque.png") == pytest.approx(luma, abs=1e-5)


def test_a_transparent_palette_entry(tmp_path, mask):
    inside = np.zeros((HEIGHT, WIDTH), np.uint8)
    inside[5:20, 10:30] = 1
    gif = Image.fromarray(inside, "P")
    gif.putpalette([255, 0, 0, 10, 10, 10])
    gif.save(tmp_path / "cutout.gif", transparency=0)
    assert (mask(tmp_path / "cutout.gif") == inside).all()


def test_any_image_source(mask, read):
    content = read("sample:coffee")
    made = mask("sample:coffee", of=content)
    red, green, blue = content.pixels.numpy()
    assert made == pytest.approx(0.2126 * red + 0.7152 * green + 0.0722 * blue, abs=1e-5)


@pytest.mark.parametrize(
    ("width", "height"), [(96, 64), (24, 16), (480, 320), (3, 2), (484, 320), (7, 5)]
)
def test_another_size_of_the_same_aspect_ratio(tmp_path, mask, width, height):
    half = np.zeros((height, width), np.uint8)
    half[:, : round(width / 2)] = 255
    Image.fromarray(half).save(tmp_path / "mask.png")
    made = mask(tmp_path / "mask.png")
    blur = WIDTH // min(width, WIDTH) + 1
    assert (made[:, : WIDTH // 2 - blur - 4] > 1 - 1e-6).all()
    assert (made[:, WIDTH // 2 + blur + 4 :] == 0).all()
    assert (np.diff(made, axis=1) <= 1e-6).all()


def test_a_small_copy_of_a_large_image_has_whole_sides(tmp_path, mask):
    """1001 x 667 becomes 10 x 7: its shape is off by 5 %, and it is still the same picture."""
    Image.fromarray(np.full((7, 10), 255, np.uint8)).save(tmp_path / "mask.png")
    large = Frame(torch.zeros(3, 667, 1001), origin="large.png")
    assert mask(tmp_path / "mask.png", of=large).min() == pytest.approx(1)


@pytest.mark.parametrize("shape", [Mask, Alpha])
@pytest.mark.parametrize(
    ("width", "height"), [(48, 36), (64, 32), (100, 100), (486, 320), (32, 48)]
)
def test_another_aspect_ratio_is_refused(tmp_path, mask, shape, width, height):
    values = np.zeros((height, width, 4), np.uint8)
    Image.fromarray(values).save(tmp_path / "mask.png")
    with pytest.raises(InputError) as caught:
        mask(tmp_path / "mask.png", shape)
    for words in (str(tmp_path / "mask.png"), f"{width} x {height}", "photo.jpg is 48 x 32"):
        assert words in caught.value.message
    assert ("by 90 degrees" in caught.value.hint) == ((width, height) == (32, 48))
    assert caught.value.hint.endswith(".")


def test_the_contents_own_alpha(mask, read):
    alpha = torch.from_numpy(grays()).float() / 255
    content = Frame(torch.zeros(3, HEIGHT, WIDTH), alpha, "cutout.png")
    assert (mask("", Alpha, content) == alpha.numpy()).all()
    opaque = Frame(content.pixels, torch.ones_like(alpha), "cutout.png")
    with pytest.raises(InputError, match=r"content image cutout\.png has no transparent part"):
        mask("", Alpha, opaque)


def test_regions_from_their_notation(tmp_path, host, read):
    """Bare `alpha`, files, files with options, and a picture that a caller handed over."""
    alpha = torch.zeros(HEIGHT, WIDTH)
    alpha[8:24, 12:36] = 1
    content = Frame(torch.zeros(3, HEIGHT, WIDTH), alpha, "cutout.png")
    Image.fromarray((alpha.numpy() * 255).astype(np.uint8)).save(tmp_path / "mask.png")
    given = Frame(alpha.expand(3, -1, -1), origin="memory:region-1")

    def made(name):
        regions = Regions(
            [name], host.catalogue, {}, lambda s, _: given if s.startswith("memory:") else read(s)
        )
        return regions.of(content, WIDTH, HEIGHT, (Style(content),))[0].mask

    for name in ("alpha", "alpha:", f"{tmp_path}/mask.png", "memory:region-1"):
        assert torch.equal(made(name), alpha), name
    for name in ("alpha,invert", f"{tmp_path}/mask.png,invert", "memory:region-1,invert"):
        assert torch.equal(made(name), 1 - alpha), name


@pytest.fixture
def flag():
    """Red beside nearly the same red, white, and the blue of the sky."""
    colors = [(200, 30, 30), (205, 34, 30), (255, 255, 255), (58, 123, 213)]
    pixels = np.repeat(np.array(colors, np.float32) / 255, 12, axis=0)
    pixels = np.broadcast_to(pixels.T[:, None], (3, HEIGHT, WIDTH)).copy()
    return Frame(torch.from_numpy(pixels), origin="flag.png")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("#c81e1e", [1, 1, 0, 0]),
        ("c81e1e~0", [1, 0, 0, 0]),
        ("#c81e1e~5", [1, 1, 0, 0]),
        (" #C81E1E ~ 5.0 ", [1, 1, 0, 0]),
        ("white", [0, 0, 1, 0]),
        ("fff", [0, 0, 1, 0]),
        ("rgb(58,123,213)~1", [0, 0, 0, 1]),
        ("#3a7bd5~300", [1, 1, 1, 1]),
    ],
)
def test_pixels_of_a_color(mask, flag, source, expected):
    made = mask(source, Color, flag)
    assert made[:, ::12].tolist() == [expected] * HEIGHT
    assert (made == np.repeat(made[:, ::12], 12, axis=1)).all()


def test_the_tolerance_is_a_distance_in_cielab(mask):
    """Two grays ten units of lightness apart. Beyond the tolerance the mask falls to 0."""
    first = 119 / 255  # #777777
    lightness = 116 * (((first + 0.055) / 1.055) ** 2.4) ** (1 / 3) - 16
    second = 1.055 * ((lightness + 10 + 16) / 116) ** (3 / 2.4) - 0.055
    grays = torch.tensor([first, second]).expand(3, 1, 2).contiguous()
    image = Frame(grays, origin="grays.png")
    for tolerance, expected in ((8.9, 0), (9.25, 0.25), (9.9, 0.9), (10.1, 1)):
        made = mask(f"#777777~{tolerance}", Color, image)
        assert made[0, 0] == 1
        assert made[0, 1] == pytest.approx(expected, abs=0.01)


def test_a_missing_color_is_refused(mask, flag):
    with pytest.raises(InputError) as caught:
        mask("lime", Color, flag)
    assert "no pixel of flag.png" in caught.value.message
    written = caught.value.hint.split("color:")[1].split(",")[0]
    assert mask(written, Color, flag).max() == 1


def test_large_images_are_converted_in_bands(mask, flag, monkeypatch):
    whole = mask("#c81e1e~2", Color, flag)
    bands = []
    lab = color_module._lab
    monkeypatch.setattr(color_module, "_BAND", WIDTH * 5)
    monkeypatch.setattr(color_module, "_lab", lambda x: bands.append(x.shape[0]) or lab(x))
    assert (mask("#c81e1e~2", Color, flag) == whole).all()
    assert bands == [1, 5, 5, 5, 5, 5, 5, 2]
