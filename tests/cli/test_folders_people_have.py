"""Folders with files of many endings."""

import numpy as np
from PIL import Image


def image(seed):
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (12, 16, 3), np.uint8))


def test_every_ending_is_taken_and_what_is_left_out_is_named(stylekit, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for number, name in enumerate(("a.jpg", "b.jfif", "c.JPE", "d.ppm", "e.jp2")):
        file_format = {"b.jfif": "JPEG", "c.JPE": "JPEG"}.get(name)
        image(number).save(folder / name, file_format)
    (folder / "f.HEIC").write_bytes(b"\0\0\0\x18ftypheic")
    (folder / "g.txt").write_text("notes")
    (folder / ".hidden.txt").write_text("x")
    done = stylekit("run", "--method", "identity", "--content", "in", "--out", "out/")
    assert done.returncode == 0, done.stderr
    made = sorted(path.name for path in (tmp_path / "out").glob("*.png"))
    assert made == ["a.png", "b.png", "c.png", "d.png", "e.png"]
    (line,) = [line for line in done.stderr.splitlines() if "Left out" in line]
    assert "f.HEIC, g.txt" in line
    assert ".hidden" not in line


def test_jpeg_is_written_under_each_of_its_endings(stylekit, images):
    for name in ("o.jfif", "p.JPE"):
        done = stylekit(
            "run", "--method", "identity", "--content", "content.png", "--out", name, "--overwrite"
        )
        assert done.returncode == 0, done.stderr
        with Image.open(images / name) as written:
            assert written.format == "JPEG"
