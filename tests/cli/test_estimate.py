"""`stylekit run --estimate`, and the line before a long run."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def env(tmp_path_factory):
    """A cache of its own, without any earlier run."""
    return {"STYLEKIT_CACHE": str(tmp_path_factory.mktemp("cache"))}


@pytest.fixture
def speeds(env):
    """Return a function that returns the files of measured speeds."""
    return lambda: sorted(Path(env["STYLEKIT_CACHE"]).rglob("speeds/*.json"))


def as_json(done):
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_nothing_is_rendered_or_written(run, env, speeds):
    done = run("--estimate", "--json", env=env)
    estimate = as_json(done)
    assert done.after == done.before
    assert speeds() == []
    assert estimate["from"] == "a few small steps"
    assert estimate["seconds"] > 0
    assert 100 < estimate["memory_mb"] < 4000
    assert estimate["steps"] == 1
    assert estimate["summary"].startswith("Roughly ")
    assert estimate["results"] == [
        {
            "content": "content.png",
            "style": ["style.png"],
            "file": "out.png",
            "size": [48, 36],
            "frames": 1,
        }
    ]


def test_text_for_people(run, env):
    done = run("--estimate", "--steps", "20", env=env)
    lines = done.stdout.splitlines()
    assert lines[0] == "out.png: content.png with style.png, 48x36 px"
    assert lines[1].startswith("Roughly ")
    assert "20 steps at 48 px by gatys with vgg19 on 1 CPU thread." in lines[1]
    assert lines[2].startswith("Memory: about ")


def test_an_estimate_after_one_run_is_within_a_factor_of_two(run, env, speeds):
    ratios = []
    # A busy machine slows one run and not the other.
    for attempt in range(4):
        as_json(run("--size", "128", "--steps", "6", "--json", "--overwrite", env=env))
        larger = ("--size", "160", "--steps", "10", "--json", "--out", f"b{attempt}.png")
        expected = as_json(run(*larger, "--estimate", env=env))
        assert expected["from"] == "earlier runs"
        assert len(speeds()) == 1
        real = as_json(run(*larger, env=env))
        ratios.append(expected["seconds"] / real["seconds"])
        if 0.5 < ratios[-1] < 2:
            return
    pytest.fail(f"estimates are {ratios} times the real seconds")


def test_a_batch_adds_up(run, env, images):
    for name in ("d.png", "e.png", "f.png"):
        Image.open(images / "content.png").save(images / name)
    contents = ("--content", "d.png", "e.png", "f.png", "--out", "results")
    as_json(run("--json", env=env))
    one = as_json(run("--json", "--estimate", "--out", "other.png", env=env))
    three = as_json(run("--json", "--estimate", *contents, env=env))
    assert [result["file"] for result in three["results"]] == [
        f"results/{name}-style.png" for name in "def"
    ]
    assert "3 results" in three["summary"]
    assert one["seconds"] < three["seconds"] <= 3 * one["seconds"]


def test_a_video_counts_its_frames(run, env, images):
    frames = np.random.default_rng(0).integers(0, 256, (5, 32, 32, 3), dtype=np.uint8)
    first, *others = [Image.fromarray(frame) for frame in frames]
    first.save(images / "clip.gif", save_all=True, append_images=others, duration=100)
    video = ("--content", "clip.gif", "--out", "out.gif", "--estimate", "--json", "--size", "32")
    per_frame = as_json(run(*video, "--steps", "10", env=env))
    assert per_frame["steps"] == 50
    assert per_frame["results"][0]["frames"] == 5
    assert "5 frames" in per_frame["summary"]
    flow = as_json(run(*video, "--steps", "10", "--method", "flow", env=env))
    assert flow["steps"] == 10 + 4 * 4


def test_a_feed_forward_method(run, env):
    words = ("--method", "identity", "--json", "--out", "same.png")
    without = ("--steps", "--backbone")
    estimate = as_json(run(*words, "--estimate", without=without, env=env))
    assert estimate["steps"] == 1
    assert estimate["seconds"] < 60


def slow_down(path, factor):
    content = json.loads(path.read_text(encoding="utf-8"))
    for speed in content["speeds"]:
        speed["step_seconds"] *= factor
    path.write_text(json.dumps(content), encoding="utf-8")


def test_a_long_run_says_so_before_it_begins(run, env, speeds):
    assert "About" not in run(env=env).stderr
    slow_down(*speeds(), 1e5)
    done = run("--out", "again.png", env=env)
    assert done.stderr.index("About ") < done.stderr.index("Done")
    assert "1 step at 48 px by gatys with vgg19 on 1 CPU thread." in done.stderr
    # It has learned that this was wrong.
    assert "About" not in run("--out", "third.png", env=env).stderr


def test_a_quiet_run_says_nothing(run, env, speeds):
    run(env=env)
    slow_down(*speeds(), 1e5)
    done = run("--out", "again.png", "--quiet", env=env)
    assert done.stderr == ""


@pytest.mark.parametrize("text", ["", "{", '{"version": 1, "speeds": [{"pixels": "NaN"}]}'])
def test_a_damaged_cache_is_ignored(run, env, speeds, text):
    run(env=env)
    speeds()[0].write_text(text, encoding="utf-8")
    assert as_json(run("--estimate", "--json", "--out", "b.png", env=env))["from"] != "earlier runs"
    assert run("--out", "again.png", env=env).returncode == 0


def test_a_cache_that_cannot_be_written_is_no_error(run, tmp_path, assert_done):
    (tmp_path / "file").touch()
    assert_done(run(env={"STYLEKIT_CACHE": str(tmp_path / "file")}), "out.png")


def test_what_a_run_refuses_is_refused(run, env, images, assert_refused):
    Image.open(images / "content.png").save(images / "out.png")
    assert_refused(run("--estimate", env=env), 2, "out.png exists already")
    assert_refused(run("--estimate", "--content", "none.png", env=env), 2, "none.png")


def test_missing_weights_leave_the_time_open(run, env):
    done = run(
        "--estimate", "--backbone", "vgg16", "--weights", "vgg16-imagenet1k-features", env=env
    )
    assert done.returncode == 0, done.stderr
    assert "Unknown time: 1 step at 48 px" in done.stdout
    assert "weights are not on this machine" in done.stdout


def test_a_result_is_the_same_after_an_estimate(run, env, images):
    """The steps that measure the speed change no random numbers."""
    noise = ("--init", "noise", "--steps", "3")
    run(*noise, "--out", "a.png", env=env)
    run(*noise, "--out", "b.png", env={**env, "STYLEKIT_CACHE": env["STYLEKIT_CACHE"] + "/other"})
    assert (images / "a.png").read_bytes() == (images / "b.png").read_bytes()
