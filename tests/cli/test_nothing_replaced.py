"""No command replaces or removes what is not its own, unless it says `--overwrite`."""

import json

import numpy as np
import pytest
from PIL import Image

CLIP = ("run", "--method", "identity", "--content", "sequence:in", "--set", "sequence.fps=10")


@pytest.fixture
def clip(tmp_path):
    """A folder with the frames of a clip, `in`."""
    (tmp_path / "in").mkdir()
    for number in range(3):
        values = np.full((32, 32, 3), 60 * number, np.uint8)
        Image.fromarray(values).save(tmp_path / "in" / f"{number}.png")
    return tmp_path


@pytest.fixture
def keep(stylekit, clip):
    def call(*more):
        return stylekit(*CLIP, "--out", "v.mp4", "--keep-frames", *more)

    return call


def names(folder):
    return sorted(path.name for path in folder.iterdir())


FRAMES = [f"{number:06}.png" for number in range(3)]


# -- kept frames ----------------------------------------------------------------------------------


def test_a_folder_where_frames_would_be_kept_is_refused_before_any_work(keep, clip, assert_refused):
    (clip / "v.frames").mkdir()
    (clip / "v.frames/precious.txt").write_text("mine")
    assert_refused(keep(), 2, "v.frames", "exists already", hint="--overwrite")


def test_overwriting_removes_kept_frames_and_nothing_else(keep, clip):
    assert keep().returncode == 0
    assert names(clip / "v.frames") == FRAMES
    (clip / "v.frames/precious.txt").write_text("mine")
    (clip / "v.frames/000000.txt").write_text("mine")
    (clip / "in/2.png").unlink()
    done = keep("--overwrite")
    assert done.returncode == 0, done.stderr
    assert names(clip / "v.frames") == ["000000.png", "000000.txt", "000001.png", "precious.txt"]
    assert names(clip) == ["in", "v.frames", "v.mp4", "v.stylekit.json"]


def test_frames_that_no_run_has_kept_are_not_replaced_either(keep, clip, assert_refused):
    (clip / "v.frames").mkdir()
    (clip / "v.frames/000001.png").write_text("mine")
    assert_refused(keep("--overwrite"), 2, "v.frames", "000001.png")
    assert keep().returncode == 2
    (clip / "v.frames/000001.png").rename(clip / "v.frames/mine.png")
    done = keep("--overwrite")
    assert done.returncode == 0, done.stderr
    assert names(clip / "v.frames") == [*FRAMES, "mine.png"]


def test_frames_behind_a_link_are_not_removed(keep, clip, assert_refused):
    (clip / "pictures").mkdir()
    (clip / "pictures/000000.png").write_text("mine")
    for name in ("v.frames", "v.stylekit.frames"):
        (clip / name).symlink_to("pictures")
        assert_refused(keep("--overwrite"), 2, name)
        (clip / name).unlink()
    assert (clip / "pictures/000000.png").read_text() == "mine"


def test_a_folder_of_unfinished_frames_that_is_not_stylekits_is_left_alone(
    keep, clip, assert_refused
):
    (clip / "v.stylekit.frames").mkdir()
    (clip / "v.stylekit.frames/000000.png").write_text("mine")
    assert_refused(keep("--overwrite"), 2, "v.stylekit.frames")


def test_notes_among_unfinished_frames_stay(stylekit, clip):
    (clip / "v.stylekit.frames").mkdir()
    (clip / "v.stylekit.frames/notes.txt").write_text("mine")
    done = stylekit(*CLIP, "--out", "v.mp4", "--overwrite")
    assert done.returncode == 0, done.stderr
    assert names(clip / "v.stylekit.frames") == ["notes.txt"]


def test_frames_are_kept_once_and_resuming_says_it_is_done(keep, clip):
    assert keep().returncode == 0
    done = keep("--resume")
    assert done.returncode == 0, done.stderr
    assert "is already done" in done.stderr
    assert names(clip / "v.frames") == FRAMES


# -- other commands -------------------------------------------------------------------------------

BENCH = ("bench", "identity", "--content", "content.png", "--size", "16", "--repeat", "1")


def test_bench_replaces_nothing_unasked(stylekit, images, assert_refused):
    (images / "results.json").write_text("mine")
    done = stylekit(*BENCH, "--out", "results.json")
    assert_refused(done, 2, "results.json", "exists already", hint="--overwrite")
    done = stylekit(*BENCH, "--out", "results.json", "--overwrite")
    assert done.returncode == 0, done.stderr
    assert json.loads((images / "results.json").read_text())["cases"]


def test_bench_is_refused_a_folder(stylekit, images, assert_refused):
    (images / "there").mkdir()
    assert_refused(stylekit(*BENCH, "--out", "there"), 2, "there", "it is a folder")


EVALUATE = ("evaluate", "ssim", "--result", "content.png", "--content", "content.png")


@pytest.fixture
def evaluate(stylekit, images):
    def call(*more):
        return stylekit(*EVALUATE, "--style", "style.png", "--out", "e", *more)

    return call


def test_evaluate_replaces_its_own_report_only(evaluate, images, assert_refused):
    first = evaluate()
    assert first.returncode == 0, first.stderr
    again = evaluate()
    assert again.returncode == 0, again.stderr
    assert names(images / "e") == ["report.json", "report.stylekit.json"]
    other = evaluate("--seed", "5")
    assert_refused(other, 2, "e/report.json", "exists already", hint="--overwrite")
    assert evaluate("--seed", "5", "--overwrite").returncode == 0
    (images / "e/report.json").write_text("edited")
    assert_refused(evaluate("--seed", "5"), 2, "e/report.json", "exists already")


def test_evaluate_replaces_no_report_that_is_not_its_own(evaluate, images):
    (images / "e").mkdir()
    (images / "e/report.json").write_text("mine")
    assert evaluate().returncode == 2
    assert (images / "e/report.json").read_text() == "mine"
    assert evaluate("--overwrite").returncode == 0


@pytest.mark.parametrize(
    "name",
    ["generator-a2b.safetensors", "samples/epoch-0001.png", "history.json",
     "best/generator-b2a.safetensors", "best.stylekit.state"],
)  # fmt: skip
def test_train_begins_over_nothing_that_was_kept(stylekit, images, assert_refused, name):
    (images / "o" / name).parent.mkdir(parents=True)
    (images / "o" / name).write_text("mine")
    done = stylekit(
        "train", "--method", "cyclegan", "--domain-a", "content.png", "--domain-b", "style.png",
        "--out", "o",
    )  # fmt: skip
    assert_refused(done, 2, f"o/{name}", "exists already", hint="--overwrite")


@pytest.mark.parametrize("more", [(), ("--overwrite",)])
def test_export_keeps_the_record_of_a_image(stylekit, run, images, assert_refused, more):
    made = stylekit("run", "--method", "identity", "--content", "content.png", "--out", "n.png")
    assert made.returncode == 0, made.stderr
    done = stylekit("export", "--method", "arbitrary", "--out", "n.onnx", "--offline", *more)
    assert_refused(done, 2, "n.stylekit.json")


def test_a_link_to_bench_results_stays_a_link(stylekit, images):
    (images / "real.json").write_text("{}")
    (images / "results.json").symlink_to("real.json")
    done = stylekit(*BENCH, "--out", "results.json", "--overwrite")
    assert done.returncode == 0, done.stderr
    assert (images / "results.json").is_symlink()
    assert json.loads((images / "real.json").read_text())["cases"]


def test_previews_of_an_earlier_run_stay(stylekit, images):
    (images / "previews").mkdir()
    (images / "previews/content-0001.png").write_text("mine")
    words = ("run", "--method", "identity", "--content", "content.png", "--set", "preview.every=1")
    for out in ("a.png", "b.png"):
        assert stylekit(*words, "--out", out).returncode == 0
    assert (images / "previews/content-0001.png").read_text() == "mine"
    assert names(images / "previews") == [
        "content-0001.png", "content-2-0001.png", "content-3-0001.png",
    ]  # fmt: skip
