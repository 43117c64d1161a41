"""Folders of images."""

from pathlib import Path

import pytest
from PIL import Image

from stylekit.errors import InputError
from stylekit_plugins.media.folder import FolderAdapter, natural_key


def image(path, red=0):
    Image.new("RGB", (4, 3), (red, 0, 0)).save(path)


def read(folder):
    return FolderAdapter().expand(str(folder))


def names(folder):
    return [Path(source).name for source in read(folder)]


def test_natural_order_and_what_is_left_out(tmp_path):
    for index, name in enumerate(("img10.png", "img2.png", "Img1.PNG", "a.jpg", "z.tif")):
        image(tmp_path / name, index * 10)
    image(tmp_path / ".hidden.png")
    (tmp_path / "a.jpg.stylekit.json").write_text("{}")
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "deeper.png").mkdir()
    image(tmp_path / "deeper.png" / "below.png")
    assert names(tmp_path) == ["a.jpg", "Img1.PNG", "img2.png", "img10.png", "z.tif"]


def test_folder_without_images(tmp_path):
    with pytest.raises(InputError, match="no images"):
        read(tmp_path)
    (tmp_path / "sub").mkdir()
    image(tmp_path / "sub" / "a.png")
    with pytest.raises(InputError, match="Subfolders"):
        read(tmp_path)


def test_missing_folder_and_file_instead(tmp_path):
    with pytest.raises(InputError, match="No such folder"):
        read(tmp_path / "nowhere")
    image(tmp_path / "a.png")
    with pytest.raises(InputError, match="not a folder"):
        read(tmp_path / "a.png")
    with pytest.raises(InputError):
        read("x" * 5000)


@pytest.mark.parametrize(
    ("first", "second"),
    [("img2", "img10"), ("1", "a"), ("a", "B"), ("a1b2", "a1b10"), ("9", "10"), ("a", "a1")],
)
def test_natural_key(first, second):
    assert natural_key(first) < natural_key(second)
