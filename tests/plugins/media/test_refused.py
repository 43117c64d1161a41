"""Image files that are refused, each with a clear message."""

import errno
import io
import os
import random
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageFile
from tests.helpers.image_files import gradient, read, refuse

from stylekit.errors import InputError


def noisy_photo(path, **options):
    rng = np.random.default_rng(3)
    array = rng.integers(0, 255, (120, 160, 3), dtype=np.uint8)
    Image.fromarray(array).save(path, **options)
    return path


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


def test_missing(tmp_path):
    refuse(tmp_path / "nowhere.png", "No such file")


def test_empty(tmp_path):
    path = tmp_path / "empty.png"
    path.touch()
    refuse(path, "empty")


def test_folder(tmp_path):
    refuse(tmp_path, "folder")


def test_name_that_no_file_can_have(tmp_path):
    for name in ("x" * 5000, "a\0b.png"):
        with pytest.raises(InputError):
            read(name)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_pipe_does_not_hang(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    refuse(tmp_path / "pipe.png", "regular file")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read all")
def test_without_permission(tmp_path):
    path = noisy_photo(tmp_path / "secret.png")
    path.chmod(0)
    refuse(path, os.strerror(errno.EACCES).lower())


@pytest.mark.parametrize("text", [b"hello, world", b"%!PS-Adobe-3.0 EPSF-3.0\n", b"<svg></svg>"])
def test_not_an_image(tmp_path, text):
    path = tmp_path / "letter.png"
    path.write_bytes(text)
    refuse(path, "not an image", "PNG")


def test_heic_is_named(tmp_path):
    path = tmp_path / "phone.heic"
    path.write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 100)
    refuse(path, "HEIC", "JPEG")


@pytest.mark.parametrize("options", [{}, {"progressive": True}], ids=["baseline", "progressive"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_truncated_jpeg(tmp_path, options, share, monkeypatch):
    # Even where another library of the same process made Pillow lenient.
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    path = noisy_photo(tmp_path / "half.jpg", quality=90, **options)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    refuse(path, "damaged or incomplete")
    assert ImageFile.LOAD_TRUNCATED_IMAGES is True


@pytest.mark.parametrize("kind", ["png", "webp", "tif", "gif", "bmp"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_truncated_others(tmp_path, kind, share):
    path = noisy_photo(tmp_path / f"half.{kind}")
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    refuse(path)


def test_decompression_bomb(tmp_path):
    path = tmp_path / "bomb.png"
    path.write_bytes(png(60000, 60000, 1, 0, b"\0" * 1000))
    assert path.stat().st_size < 200
    refuse(path, "megapixels", "max_megapixels")


def test_the_limit_is_a_parameter(tmp_path, recwarn):
    path = tmp_path / "large.png"
    path.write_bytes(png(500, 400, 1, 0, (b"\0" * 64) * 400))
    assert read(path, max_megapixels=0.2).width == 500
    refuse(path, "500 x 400", "0.19", max_megapixels=0.19)
    refuse(path, "0.01", max_megapixels=0.01)
    before = Image.MAX_IMAGE_PIXELS
    assert before > 1e6
    assert not recwarn.list


def test_fuzzed_files_raise_only_input_errors(tmp_path):
    chance = random.Random(5)
    array = gradient(40, 30)
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = Image.Exif()
    exif[0x0112] = 6
    starts = []
    for kind in ("PNG", "JPEG", "WEBP", "TIFF", "GIF", "BMP"):
        buffer = io.BytesIO()
        Image.fromarray(array).save(buffer, kind, icc_profile=icc, exif=exif)
        starts.append(buffer.getvalue())
    path = tmp_path / "fuzz"
    refused = []
    for trial in range(360):
        data = bytearray(starts[trial % len(starts)])
        for _ in range(chance.choice((1, 4, 30))):
            data[chance.randrange(min(len(data), chance.choice((64, 10**6))))] = chance.randrange(
                256
            )
        path.write_bytes(data)
        try:
            frame = read(path, max_megapixels=2)
            assert frame.pixels.min() >= 0
            assert frame.pixels.max() <= 1
        except InputError as error:
            refused.append(error)
    assert len(refused) > 60
    assert all(str(path) in error.message and "\n" not in error.message for error in refused)
