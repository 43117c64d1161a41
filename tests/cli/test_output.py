"""Where results go, and what a run refuses to write or replace."""

import os

import pytest
from PIL import Image


@pytest.mark.parametrize(
    "out", ["/dev/null/x.png", "style.png/x.png", "style.png/deep/x.png", "a" * 300 + ".png"]
)
def test_unwritable(run, assert_refused, out):
    assert_refused(run("--out", out), 2, out)


@pytest.mark.parametrize(
    ("out", "hint"), [("out.pgn", "Did you mean '.png'?"), ("out.psd", "Known: "), ("out", "")]
)
def test_suffix_that_nobody_writes(run, assert_refused, out, hint):
    assert_refused(run("--out", out), 2, f"Cannot write {out}", hint=hint)


@pytest.mark.parametrize("name", ["out.png", "out.stylekit.json"])
def test_existing_file_is_kept(run, assert_refused, tmp_path, name):
    (tmp_path / name).write_bytes(b"precious")
    assert_refused(run(), 2, name, "exists already", hint="--overwrite")
    assert (tmp_path / name).read_bytes() == b"precious"


def test_existing_files_are_replaced_when_told_to(run, assert_done, record, tmp_path):
    for name in ("out.png", "out.stylekit.json"):
        (tmp_path / name).write_bytes(b"not needed")
    assert_done(run("--overwrite"), "out.png")
    assert Image.open(tmp_path / "out.png").size == (48, 36)
    assert record(tmp_path / "out.png")["artifact"]["file"] == "out.png"


def test_input_is_not_replaced_by_accident(run, assert_refused):
    assert_refused(run("--out", "content.png"), 2, "content.png", "exists already")


def test_existing_result_of_a_later_image_is_found_before_the_work(run, assert_refused, images):
    (images / "photos").mkdir()
    for name in ("a.png", "b.png", "c.png"):
        Image.open(images / "content.png").save(images / "photos" / name)
    (images / "done").mkdir()
    (images / "done/c-style.png").write_bytes(b"precious")
    done = run("--content", "photos", "--out", "done")
    assert_refused(done, 2, "done/c-style.png", "exists already")


def test_default_name(run, assert_done, tmp_path):
    done = run(without=("--out",))
    assert_done(done, "content-style.png")
    assert set(done.after) - set(done.before) == {
        "content-style.png",
        "content-style.stylekit.json",
    }
    umask = os.umask(0)
    os.umask(umask)
    assert (tmp_path / "content-style.png").stat().st_mode & 0o777 == 0o666 & ~umask


def test_folder_that_is_made(run, assert_done):
    done = run("--out", "new/results/")
    assert_done(done, "new/results/content-style.png")
    assert set(done.after) - set(done.before) == {
        "new/results/content-style.png",
        "new/results/content-style.stylekit.json",
    }


def test_several_styles_and_a_jpeg(run, assert_done, record, tmp_path):
    done = run(
        *("--style", "style.png*3", "--style", "content.png*1", "--out", "out.jpg"),
        *("--set", "image.quality=80"),
    )
    assert_done(done, "out.jpg")
    assert Image.open(tmp_path / "out.jpg").format == "JPEG"
    details = record(tmp_path / "out.jpg")
    first, second = details["config"]["style"]
    assert first == "style.png*3"
    assert second == "content.png"
    assert all(len(entry["sha256"]) == 64 for entry in details["inputs"]["style"])
    assert details["config"]["media:image"] == {"quality": 80}
