"""Color profiles become sRGB."""

import itertools
import struct

import numpy as np
import pytest
from PIL import Image, ImageCms
from tests.helpers.image_files import gradient, read, values

WHITE_D50 = (0.9642, 1.0, 0.8249)
SRGB_D50 = (
    (0.4360747, 0.2225045, 0.0139322),
    (0.3850649, 0.7168786, 0.0971045),
    (0.1430804, 0.0606169, 0.7141733),
)
PROPHOTO_D50 = (
    (0.7976749, 0.2880402, 0.0),
    (0.1351917, 0.7118741, 0.0),
    (0.0313534, 0.0000857, 0.8252100),
)


def s15(number):
    return struct.pack(">i", round(number * 65536))


def profile(primaries=None, gamma=2.2, space=b"RGB "):
    """A matrix (or gray) profile with a plain gamma, made by hand from the ICC specification."""

    def xyz(triple):
        return b"XYZ \0\0\0\0" + b"".join(map(s15, triple))

    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"
    text = b"made for a test\0"
    tags = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + b"\0" * 78,
        b"cprt": b"text\0\0\0\0" + text,
        b"wtpt": xyz(WHITE_D50),
    }
    if primaries is None:
        tags[b"kTRC"] = curve
    else:
        for name, primary in zip((b"rXYZ", b"gXYZ", b"bXYZ"), primaries, strict=True):
            tags[name] = xyz(primary)
        tags |= {b"rTRC": curve, b"gTRC": curve, b"bTRC": curve}
    table, body = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        data += b"\0" * (-len(data) % 4)
        table += name + struct.pack(">II", start + len(body), len(data))
        body += data
    header = struct.pack(">I", start + len(body)) + b"\0" * 4 + struct.pack(">I", 0x02100000)
    header += b"mntr" + space + b"XYZ " + struct.pack(">6H", 2020, 1, 1, 0, 0, 0) + b"acsp"
    header = header.ljust(68, b"\0") + b"".join(map(s15, WHITE_D50))
    return header.ljust(128, b"\0") + table + body


def cmyk_profile(lab):
    """A CMYK profile whose table has the two ends of each ink; `lab` gives their color."""
    steps = bytes(range(256))
    table = b"mft1\0\0\0\0" + bytes((4, 3, 2, 0))
    table += b"".join(map(s15, (1, 0, 0, 0, 1, 0, 0, 0, 1))) + steps * 4
    for corner in itertools.product((0, 1), repeat=4):
        lightness, a, b = lab(*corner)
        table += bytes((round(lightness * 2.55), a + 128, b + 128))
    table += steps * 3
    size = 128 + 16 + len(table)
    header = struct.pack(">I", size) + b"\0" * 4 + struct.pack(">I", 0x02100000)
    header += b"prtrCMYKLab " + struct.pack(">6H", 2020, 1, 1, 0, 0, 0) + b"acsp"
    header = header.ljust(68, b"\0") + b"".join(map(s15, WHITE_D50))
    directory = struct.pack(">I", 1) + b"A2B0" + struct.pack(">II", 144, len(table))
    return header.ljust(128, b"\0") + directory + table


def srgb_encode(linear):
    linear = np.clip(linear, 0, 1)
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)


def test_srgb_profile_changes_nothing(tmp_path):
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    array = gradient()
    Image.fromarray(array).save(tmp_path / "a.png", icc_profile=icc)
    np.testing.assert_allclose(values(read(tmp_path / "a.png")), array / 255, atol=1.01 / 255)


def test_wide_gamut_profile_by_the_formula(tmp_path):
    stored = np.array([[[120, 120, 120], [140, 110, 100], [90, 120, 100], [100, 110, 140]]])
    linear = (stored / 255) ** 1.8 @ np.array(PROPHOTO_D50)
    expected = srgb_encode(linear @ np.linalg.inv(np.array(SRGB_D50)))
    path = tmp_path / "prophoto.png"
    icc = profile(PROPHOTO_D50, 1.8)
    Image.fromarray(stored.astype(np.uint8)).save(path, icc_profile=icc)
    got = values(read(path))
    np.testing.assert_allclose(got, expected, atol=2 / 255)
    assert got[0, 1, 0] > 140 / 255 + 0.05


def test_profile_with_swapped_primaries_swaps_the_channels(tmp_path):
    red, green, blue = SRGB_D50
    array = np.array([[[255, 0, 0], [0, 0, 255], [0, 255, 0]]], np.uint8)
    path = tmp_path / "swapped.tif"
    Image.fromarray(array).save(path, icc_profile=profile((blue, green, red)))
    np.testing.assert_allclose(values(read(path)), array[:, :, ::-1] / 255, atol=2 / 255)


def test_profile_applies_under_alpha_and_palette(tmp_path):
    red, green, blue = SRGB_D50
    icc = profile((blue, green, red))
    path = tmp_path / "a.png"
    Image.new("RGBA", (2, 2), (255, 0, 0, 51)).save(path, icc_profile=icc)
    frame = read(path)
    np.testing.assert_allclose(values(frame)[0, 0], [0, 0, 1], atol=2 / 255)
    np.testing.assert_allclose(frame.alpha.numpy(), 0.2, atol=1e-6)
    Image.new("RGB", (2, 2), (255, 0, 0)).quantize(4).save(path, icc_profile=icc)
    np.testing.assert_allclose(values(read(path))[0, 0], [0, 0, 1], atol=2 / 255)


@pytest.mark.parametrize(("dtype", "top"), [(np.uint8, 255), (np.uint16, 65535)])
def test_gray_profile(tmp_path, dtype, top):
    shares = np.array([[0, 0.25, 0.5, 0.75, 1]])
    stored = np.round(shares * top).astype(dtype)
    path = tmp_path / "gray.png"
    Image.fromarray(stored).save(path, icc_profile=profile(None, 1.0, b"GRAY"))
    expected = srgb_encode(stored / top)
    np.testing.assert_allclose(values(read(path))[:, :, 0], expected, atol=2.5 / 255)


@pytest.mark.parametrize("suffix", ["jpg", "tif"])
def test_cmyk_profile(tmp_path, suffix):
    # An imaginary press whose cyan is a mid gray and whose black is black.
    icc = cmyk_profile(lambda c, m, y, k: (0 if k else 50 if c else 100, 0, 0))
    path = tmp_path / f"press.{suffix}"
    array = np.zeros((16, 48, 4), np.uint8)
    array[:, 16:32, 0] = 255
    array[:, 32:, 3] = 255
    Image.fromarray(array, "CMYK").save(path, icc_profile=icc)
    got = values(read(path))[8, [8, 24, 40]]
    # L* = 50 is sRGB 119.
    np.testing.assert_allclose(got, [[1] * 3, [119 / 255] * 3, [0] * 3], atol=4 / 255)


def test_gray_image_with_an_rgb_profile(tmp_path):
    path = tmp_path / "gray.png"
    Image.new("L", (2, 2), 64).save(path, icc_profile=profile(SRGB_D50, 1.0))
    expected = float(srgb_encode(np.array(64 / 255)))
    np.testing.assert_allclose(values(read(path)), expected, atol=2 / 255)


@pytest.mark.parametrize(
    "icc", [b"garbage", profile(SRGB_D50)[:200], profile(None, 2.2, b"GRAY"), profile(None)]
)
@pytest.mark.parametrize("mode", ["RGB", "CMYK"])
def test_broken_or_unfit_profile_is_ignored(tmp_path, icc, mode):
    path = tmp_path / "a.tif"
    Image.new(mode, (4, 4), (255, 0, 0) if mode == "RGB" else (0, 255, 255, 0)).save(
        path, icc_profile=icc
    )
    np.testing.assert_allclose(values(read(path))[0, 0], [1, 0, 0], atol=1e-6)


def test_lab_tiff(tmp_path):
    colors = Image.fromarray(np.array([[[200, 60, 40], [60, 100, 150], [128, 128, 128]]], np.uint8))
    srgb, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    converted = ImageCms.applyTransform(colors, ImageCms.buildTransform(srgb, lab, "RGB", "LAB"))
    path = tmp_path / "lab.tif"
    converted.save(path)
    np.testing.assert_allclose(values(read(path)), np.asarray(colors) / 255, atol=4 / 255)
