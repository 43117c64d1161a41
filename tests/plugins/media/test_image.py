"""Image files that can be read."""

import struct
import zlib

import numpy as np
import pytest
import torch
from PIL import Image
from tests.helpers.image_files import gradient, read, refuse, values

from stylekit_plugins.media.image import ImageAdapter
from stylekit_plugins.media.params import ImageParams


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, depth, color, rows, extra=b""):
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + extra
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("suffix", ["png", "bmp", "tif", "tiff", "webp"])
def test_rgb_is_read_exactly(tmp_path, suffix):
    array = gradient()
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(array).save(path, **({"lossless": True} if suffix == "webp" else {}))
    frame = read(path)
    assert frame.pixels.dtype == torch.float32
    assert frame.pixels.shape == (3, 16, 24)
    assert frame.alpha is None
    assert frame.origin == str(path)
    np.testing.assert_allclose(values(frame), array / 255, atol=1e-6)


def test_content_decides_the_format_not_the_suffix(tmp_path):
    path = tmp_path / "really-a-png.jpg"
    Image.fromarray(gradient()).save(path, "PNG")
    np.testing.assert_allclose(values(read(path)), gradient() / 255, atol=1e-6)
    bare = tmp_path / "no-suffix"
    bare.write_bytes(path.read_bytes())
    assert read(bare).width == 24


def test_gray(tmp_path):
    path = tmp_path / "gray.png"
    Image.fromarray(np.array([[0, 51, 255]], np.uint8)).save(path)
    np.testing.assert_allclose(values(read(path))[0], [[0] * 3, [0.2] * 3, [1] * 3], atol=1e-6)


def test_one_bit(tmp_path):
    for suffix in ("png", "tif"):
        path = tmp_path / f"bits.{suffix}"
        Image.fromarray(np.array([[True, False]])).save(path)
        assert values(read(path))[0, :, 0].tolist() == [1.0, 0.0]


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_16_bit_gray_keeps_its_precision(tmp_path, suffix):
    path = tmp_path / f"deep.{suffix}"
    Image.fromarray(np.array([[0, 1, 257, 30000, 65535]], np.uint16)).save(path)
    expected = np.array([0, 1, 257, 30000, 65535]) / 65535
    np.testing.assert_allclose(values(read(path))[0, :, 1], expected, atol=1e-7)


def test_16_bit_gray_big_endian_tiff(tmp_path):
    path = tmp_path / "big.tif"
    entries = [(256, 3, 2), (257, 3, 1), (258, 3, 16), (259, 3, 1), (262, 3, 1), (273, 4, 8)]
    entries += [(277, 3, 1), (278, 3, 1), (279, 4, 4)]
    directory = struct.pack(">H", len(entries))
    for tag, kind, value in entries:
        packed = struct.pack(">HH", value, 0) if kind == 3 else struct.pack(">I", value)
        directory += struct.pack(">HHI", tag, kind, 1) + packed
    data = struct.pack(">HH", 258, 65535)
    path.write_bytes(b"MM\x00\x2a" + struct.pack(">I", 12) + data + directory + b"\0" * 4)
    np.testing.assert_allclose(values(read(path))[0, :, 0], [258 / 65535, 1], atol=1e-7)


def test_16_bit_rgb_and_rgba_png(tmp_path):
    path = tmp_path / "deep.png"
    path.write_bytes(png(1, 1, 16, 2, b"\0" + struct.pack(">3H", 65535, 32768, 0)))
    np.testing.assert_allclose(values(read(path))[0, 0], [1, 32768 / 65535, 0], atol=1 / 255)
    path.write_bytes(png(1, 1, 16, 6, b"\0" + struct.pack(">4H", 65535, 0, 0, 32768)))
    assert read(path).alpha.item() == pytest.approx(0.5, abs=1 / 255)


def test_16_bit_gray_with_a_transparent_value(tmp_path):
    path = tmp_path / "deep.png"
    transparent = chunk(b"tRNS", struct.pack(">H", 1000))
    path.write_bytes(png(2, 1, 16, 0, b"\0" + struct.pack(">2H", 1000, 2000), transparent))
    frame = read(path)
    assert frame.alpha.tolist() == [[0.0, 1.0]]
    assert frame.pixels[0, 0, 1].item() == pytest.approx(2000 / 65535, abs=1e-7)


def test_float_tiff(tmp_path):
    path = tmp_path / "float.tif"
    Image.fromarray(np.array([[0, 0.123456, 1]], np.float32)).save(path)
    np.testing.assert_allclose(values(read(path))[0, :, 2], [0, 0.123456, 1], atol=1e-7)


@pytest.mark.parametrize("bad", [1.5, -0.1, float("nan"), float("inf")])
def test_float_tiff_outside_the_range_is_refused(tmp_path, bad):
    path = tmp_path / "float.tif"
    Image.fromarray(np.array([[0, bad]], np.float32)).save(path)
    refuse(path, "0 to 1")


def test_alpha_is_kept(tmp_path):
    array = np.dstack((gradient(), np.arange(16 * 24).reshape(16, 24) % 256)).astype(np.uint8)
    path = tmp_path / "a.png"
    Image.fromarray(array).save(path)
    frame = read(path)
    assert frame.alpha.shape == (16, 24)
    np.testing.assert_allclose(frame.alpha.numpy(), array[:, :, 3] / 255, atol=1e-6)
    np.testing.assert_allclose(values(frame), array[:, :, :3] / 255, atol=1e-6)


def test_gray_with_alpha(tmp_path):
    path = tmp_path / "la.png"
    Image.fromarray(np.array([[[102, 51], [255, 255]]], np.uint8)).save(path)
    frame = read(path)
    np.testing.assert_allclose(values(frame)[0, 0], [0.4] * 3, atol=1e-6)
    np.testing.assert_allclose(frame.alpha[0].numpy(), [0.2, 1], atol=1e-6)


def test_palette_with_and_without_transparency(tmp_path):
    image = Image.new("P", (3, 1))
    image.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])
    image.putdata([0, 1, 2])
    path = tmp_path / "p.png"
    image.save(path)
    frame = read(path)
    assert frame.alpha is None
    assert values(frame)[0].tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    image.save(path, transparency=1)
    frame = read(path)
    assert frame.alpha.tolist() == [[1, 0, 1]]
    assert values(frame)[0, 2].tolist() == [0, 0, 1]


def test_cmyk_without_a_profile(tmp_path):
    for suffix in ("jpg", "tif"):
        path = tmp_path / f"cyan.{suffix}"
        Image.new("CMYK", (16, 16), (255, 0, 0, 0)).save(path)
        np.testing.assert_allclose(values(read(path))[8, 8], [0, 1, 1], atol=0.02)


@pytest.mark.parametrize("kind", ["gif", "png", "webp"])
def test_an_animation_read_as_an_image_is_its_first_frame(tmp_path, kind):
    frames = [Image.new("RGB", (8, 8), color) for color in ("red", "lime", "blue")]
    path = tmp_path / f"moving.{kind}"
    options = {"lossless": True} if kind == "webp" else {}
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=50, **options)
    image = ImageAdapter(ImageParams()).read(str(path)).image
    assert values(image)[4, 4].tolist() == [1, 0, 0]


# Where the first stored pixel of a 3 x 2 picture must end up: size, (x, y).
UPRIGHT = {
    1: ((3, 2), (0, 0)),
    2: ((3, 2), (2, 0)),
    3: ((3, 2), (2, 1)),
    4: ((3, 2), (0, 1)),
    5: ((2, 3), (0, 0)),
    6: ((2, 3), (1, 0)),
    7: ((2, 3), (1, 2)),
    8: ((2, 3), (0, 2)),
}


@pytest.mark.parametrize("orientation", sorted(UPRIGHT))
@pytest.mark.parametrize("kind", ["png", "tif", "deep.png"])
def test_exif_orientation(tmp_path, orientation, kind):
    deep = kind.startswith("deep")
    array = np.zeros((2, 3), np.uint16 if deep else np.uint8)
    array[0, 0] = np.iinfo(array.dtype).max
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"turned.{kind}"
    Image.fromarray(array).save(path, exif=exif)
    frame = read(path)
    (width, height), (x, y) = UPRIGHT[orientation]
    assert (frame.width, frame.height) == (width, height)
    assert frame.pixels[0, y, x] == 1
    assert frame.pixels[0].sum() == 1


def test_broken_exif_is_ignored(tmp_path):
    path = tmp_path / "a.jpg"
    for exif in (
        b"Exif\0\0garbage",
        b"Exif\0\0II*\0\xff\xff\xff\xff",
        b"Exif\0\0MM\0*\0\0\0\x08\xff\xff",
    ):
        Image.fromarray(gradient()).save(path, exif=exif)
        assert read(path).width == 24
