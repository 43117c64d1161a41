"""A run that is killed at any moment continues to the very bytes of one that never was."""

import os
import signal
import subprocess
import sys
import time

import pytest
from PIL import Image

BASE = (
    *("run", "--content", "content.png", "--style", "style.png", "--backbone", "vgg19"),
    *("--size", "64", "--steps", "24", "--set", "gatys.mixup_steps=4"),
    *("--set", "gatys.min_size=32", "--set", "progress.interval=0", "--seed", "3"),
    *("--set", "checkpoint_seconds=0"),
)


@pytest.fixture
def fresh_environment():
    return {**os.environ, "OMP_NUM_THREADS": "1"}


def start(folder, fresh_environment, *more):
    return subprocess.Popen(
        [sys.executable, "-m", "stylekit.cli.main", *BASE, *more],
        cwd=folder,
        env=fresh_environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def kill_after(process, step):
    """Kill, without a chance to clean up, once the line of this step has come."""
    for line in process.stderr:
        words = line.split("step ")
        if len(words) > 1 and int(words[1].split("/")[0]) >= step:
            break
    else:
        raise AssertionError("it ended by itself")
    # A little into the next step, or into the writing of the state.
    time.sleep(0.01 * step % 0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    process.stderr.close()


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", ["lbfgs", "adam"])
def test_killed_and_resumed_is_bit_equal(images, fresh_environment, optimizer):
    more = ("--optimizer", optimizer, "--set", "gatys.ema_decay=0.9")
    whole = start(images, fresh_environment, *more, "--out", "whole.png")
    assert whole.wait() == 0, whole.stderr.read()
    # In the mixup, at the end of the first scale (4 + 13 steps), and in the second.
    for step in (2, 17, 20):
        process = start(images, fresh_environment, *more, "--out", "part.png", "--resume")
        kill_after(process, step)
        assert not (images / "part.png").exists()
        assert (images / "part.stylekit.state").exists()
    last = start(images, fresh_environment, *more, "--out", "part.png", "--resume")
    out, err = last.communicate()
    assert last.returncode == 0, err
    assert out == "part.png\n"
    # It did not begin anew.
    assert "step 2/24" not in err
    assert (images / "part.png").read_bytes() == (images / "whole.png").read_bytes()
    assert not (images / "part.stylekit.state").exists()
    assert not [path for path in images.iterdir() if path.name.startswith(".part")]


def test_a_state_of_another_run_is_refused(images, fresh_environment, run, assert_refused):
    kill_after(start(images, fresh_environment, "--out", "part.png"), 3)
    state = images / "part.stylekit.state"
    kept = state.read_bytes()
    done = run("--out", "part.png", "--resume")
    assert_refused(done, 2, "part.stylekit.state", "of another run", "seed is 0, and was 3")
    state.write_bytes(kept[:1000])
    done = run("--out", "part.png", "--resume")
    assert_refused(done, 2, "part.stylekit.state", "damaged")


def test_what_is_done_is_skipped(run, images):
    (images / "photos").mkdir()
    for name, color in (("a.png", "red"), ("b.png", "blue"), ("c.png", "green")):
        Image.new("RGB", (40, 32), color).save(images / "photos" / name)
    first = run("--content", "photos/a.png", "--out", "done/")
    assert first.returncode == 0, first.stderr
    before = (images / "done/a-style.png").stat().st_mtime_ns
    rest = run("--content", "photos", "--out", "done/", "--resume")
    assert rest.returncode == 0, rest.stderr
    assert "done/a-style.png is already done" in rest.stderr
    assert (images / "done/a-style.png").stat().st_mtime_ns == before
    assert rest.stdout.splitlines() == [f"done/{name}-style.png" for name in "abc"]


def test_another_image_is_never_replaced_by_resuming(run, assert_refused, images):
    assert run("--out", "out.png").returncode == 0
    done = run("--out", "out.png", "--resume", "--seed", "9")
    assert_refused(done, 2, "out.png", "exists already")


def test_after_ctrl_c_it_can_be_resumed(images, fresh_environment):
    long = ("--steps", "3000", "--set", "gatys.min_improvement=0", "--out", "part.png")
    process = start(images, fresh_environment, *long)
    for line in process.stderr:
        if "step 3" in line:
            break
    process.send_signal(signal.SIGINT)
    process.communicate()
    assert process.returncode == 130
    assert (images / "part.png").exists()
    assert (images / "part.stylekit.state").exists()
    again = start(images, fresh_environment, *long, "--resume")
    line = next(line for line in again.stderr if "step " in line)
    assert int(line.split("step ")[1].split("/")[0]) >= 3
    again.send_signal(signal.SIGINT)
    again.communicate()
    assert again.returncode == 130
