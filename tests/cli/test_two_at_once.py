"""Two commands with one target: the second is refused at once, and changes nothing."""

import os

import pytest
from PIL import Image

from stylekit.files.locks import lock_file, lock_folder


def paint(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (32, 24), "red").save(path)


@pytest.fixture
def photos(tmp_path):
    for name in ("a", "b"):
        paint(tmp_path / "photos" / f"{name}.png")
    return tmp_path


@pytest.mark.parametrize("more", [(), ("--resume",), ("--overwrite",)])
@pytest.mark.parametrize("content", ["photos/a.png", "sequence:photos"])
def test_a_second_run_is_refused(stylekit, photos, assert_refused, content, more):
    out = "q.mkv" if "sequence" in content else "q.png"
    words = ("run", "--method", "identity", "--content", content, "--out", out, *more)
    with lock_file(photos / out):
        refused = stylekit(*words)
        who = f"(process {os.getpid()})"
        assert_refused(refused, 2, f"Another run is at work on {out}", who)
    done = stylekit(*words)
    assert done.returncode == 0, done.stderr
    assert not list(photos.rglob(".*"))


def test_of_a_folder_the_others_are_made(stylekit, photos):
    words = ("run", "--method", "identity", "--content", "photos", "--out", "o/", "--resume")
    (photos / "o").mkdir()
    with lock_file(photos / "o" / "a.png"):
        done = stylekit(*words)
    assert done.returncode == 2
    assert "Another run is at work on o/a.png" in done.stderr
    assert (photos / "o" / "b.png").exists()
    assert not (photos / "o" / "a.png").exists()


def test_a_second_training_is_refused(stylekit, photos, assert_refused):
    words = ("train", "--method", "cyclegan", "--domain-a", "photos", "--domain-b", "photos")
    with lock_folder(photos / "t"):
        refused = stylekit(*words, "--out", "t", "--overwrite")
        assert_refused(refused, 2, "Another run is at work in t", str(os.getpid()))


def test_a_second_evaluation_is_refused(stylekit, photos, assert_refused):
    words = ("evaluate", "ssim", "--result", "photos/a.png", "--content", "photos/b.png")
    with lock_folder(photos / "e"):
        refused = stylekit(*words, "--out", "e")
        assert_refused(refused, 2, "Another run is at work in e", str(os.getpid()))
    done = stylekit(*words, "--out", "e")
    assert done.returncode == 0, done.stderr
    assert not list((photos / "e").rglob(".*"))
