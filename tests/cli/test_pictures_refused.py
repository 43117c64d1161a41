"""Pictures that a run refuses: what is wrong is said, and nothing is written."""

import os
import struct
import zlib

import numpy as np
import pytest
from PIL import Image


def noise(width=80, height=60):
    values = np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(values)


def not_an_image(path):
    path.write_text("Dear diary,\n" * 20, encoding="utf-8")


def no_bytes(path):
    path.touch()


def cut(path):
    noise().save(path)
    os.truncate(path, path.stat().st_size // 2)


def cut_in_its_header(path):
    noise().save(path)
    os.truncate(path, 20)


def bomb(path):
    """A few hundred bytes that unpack to 3.6 gigapixels."""
    header = b"IHDR" + struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I", 13)
        + header
        + struct.pack(">I", zlib.crc32(header))
        + struct.pack(">I", 4)
        + b"IDAT"
        + bytes(8)
    )


BROKEN = [
    ("diary.jpg", not_an_image, "not an image"),
    ("diary.unknown", not_an_image, "not an image"),
    ("empty.png", no_bytes, "empty"),
    ("cut.jpg", cut, "damaged or incomplete"),
    ("cut.png", cut, "damaged or incomplete"),
    ("stub.png", cut_in_its_header, "damaged"),
    ("bomb.png", bomb, "megapixels"),
]


@pytest.mark.parametrize("option", ["--content", "--style"])
@pytest.mark.parametrize(("name", "make", "word"), BROKEN, ids=[name for name, _, _ in BROKEN])
def test_broken_files(run, assert_refused, tmp_path, option, name, make, word):
    make(tmp_path / name)
    assert_refused(run(option, name), 2, name, word)


@pytest.mark.parametrize("option", ["--content", "--style", "--init"])
def test_missing_file(run, assert_refused, option):
    done = run(option, "contant.png")
    assert_refused(done, 2, "No such file", "contant.png", hint="Did you mean 'content.png'?")


def test_missing_folder(run, assert_refused):
    done = run("--content", "nowhere/me.jpg")
    assert_refused(done, 2, "nowhere/me.jpg", hint="There is no folder nowhere")


def test_name_that_no_file_system_takes(run, assert_refused):
    assert_refused(run("--content", "a" * 300 + ".png"), 2, "a" * 300)


def test_folder_without_images(run, assert_refused, tmp_path):
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes/read.me").write_text("no picture", encoding="utf-8")
    assert_refused(run("--content", "notes"), 2, "notes", "no images")
    assert_refused(run("--style", "notes"), 2, "notes", "no images")


def test_style_is_a_folder_of_several(run, assert_refused, tmp_path):
    (tmp_path / "art").mkdir()
    for name in ("a.png", "b.png"):
        noise(20, 20).save(tmp_path / "art" / name)
    assert_refused(run("--style", "art"), 2, "art", "several images", hint="--each-style")


def test_folder_with_a_broken_image_stops_nothing(run, tmp_path):
    (tmp_path / "photos").mkdir()
    cut(tmp_path / "photos/a.png")
    noise().save(tmp_path / "photos/b.png")
    noise(1, 400).save(tmp_path / "photos/c.png")
    done = run("--content", "photos", "--out", "done/")
    assert done.returncode == 2
    assert done.stdout == "done/b-style.png\n"
    bad = "photos/a.png, photos/c.png"
    assert f"2 of 3 results failed: {bad}" in done.stderr
    assert "Traceback" not in done.stderr
    assert Image.open(tmp_path / "done/b-style.png").format == "PNG"


@pytest.mark.parametrize(
    ("option", "size"), [("--content", (1, 4000)), ("--style", (1, 1)), ("--style", (1, 4000))]
)
def test_too_small_for_the_network(run, assert_refused, tmp_path, option, size):
    noise(*size).save(tmp_path / "thin.png")
    done = run(option, "thin.png")
    assert_refused(done, 2, "thin.png", f"the {option[2:]} image".capitalize(), "16 px each way")


def test_one_pixel_keeps_its_size(run, assert_refused, tmp_path):
    noise(1, 1).save(tmp_path / "dot.png")
    done = run("--content", "dot.png", without=("--size",))
    assert_refused(done, 2, "dot.png", "1x1 px", hint="--size")


@pytest.mark.parametrize(
    ("source", "words", "hint"),
    [
        ("sample:astronout", "There is no sample 'astronout'", "Did you mean 'astronaut'?"),
        ("sampel:astronaut", "sampel:astronaut", "Did you mean 'sample'?"),
        ("folder:nowhere", "No such folder: nowhere", "Check the name"),
        ("https://example.org/me.jpg", "No installed plugin reads 'https:' sources", ""),
    ],
)
def test_unknown_sources(run, assert_refused, source, words, hint):
    assert_refused(run("--content", source), 2, words, hint=hint)


@pytest.mark.parametrize("weight", ["much", "0", "-1", "nan", "inf", "1,5"])
def test_style_weight_is_no_positive_number(run, assert_refused, weight):
    done = run("--style", f"style.png*{weight}")
    assert_refused(done, 2, f"style.png*{weight}", "not a positive number", hint="night.jpg*0.5")
