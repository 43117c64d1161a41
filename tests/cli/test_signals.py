"""Signals end a run once: what is done is kept, and no second one breaks the saving."""

import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image
from tests.helpers import slow_plugin

ROOT = Path(__file__).resolve().parents[2]
WORDS = (
    *(sys.executable, "-m", "stylekit.cli.main", "run", "--method", "slow"),
    *("--content", "content.png", "--out", "out.png", "--set", "progress.interval=0"),
)
SAVING = "Saving what is done; press again to stop at once."


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder that, on the path of modules, is an installed distribution with the plugin."""
    folder = tmp_path_factory.mktemp("installed")
    info = folder / "stylekit_slow-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: stylekit-slow\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[stylekit]\nslow = {slow_plugin.__name__}\n")
    return folder


@pytest.fixture
def start(installed, environment, images):
    """Return a function that starts a run of so many steps."""
    processes = []

    def call(steps, disk="", **options):
        path = os.pathsep.join([str(installed), str(ROOT)])
        env = {**environment, "PYTHONPATH": path, "SLOW_STEPS": str(steps)}
        env |= {"SLOW_DISK": disk} if disk else {}
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options}
        processes.append(subprocess.Popen(WORDS, cwd=images, env=env, **streams))
        return processes[-1]

    yield call
    for process in processes:
        process.kill()
        process.communicate()


def wait_for(process, word):
    for line in process.stderr:
        if word in line:
            return
    pytest.fail(f"it ended without saying {word}")


def left(folder):
    return {path.name for path in folder.iterdir()} - {"content.png", "style.png"}


def assert_kept(folder, record, interrupted=True):
    assert left(folder) == {"out.png", "out.stylekit.json"}
    with Image.open(folder / "out.png") as image:
        image.load()
    assert record(folder / "out.png")["interrupted"] is interrupted


def test_a_hang_up_keeps_the_best_so_far(start, record, images):
    process = start(100_000)
    wait_for(process, "step 3/")
    process.send_signal(signal.SIGHUP)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert out == "out.png\n"
    assert "the best image so far is out.png" in err
    assert_kept(images, record)


def test_a_second_ctrl_c_does_not_break_the_saving(start, record, images):
    process = start(100_000, "slow")
    wait_for(process, "step 3/")
    process.send_signal(signal.SIGINT)
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert err.count(SAVING) == 1
    assert_kept(images, record)


def test_a_third_ctrl_c_ends_at_once(start, images):
    process = start(100_000, "slow")
    wait_for(process, "step 3/")
    process.send_signal(signal.SIGINT)
    wait_for(process, "saving")
    for _ in range(2):
        process.send_signal(signal.SIGINT)
        time.sleep(0.1)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert out == ""
    assert "Traceback" not in err
    assert left(images) == set()


def test_a_signal_while_the_result_is_written_waits(start, record, images):
    process = start(3, "slow")
    wait_for(process, "saving")
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert out == "out.png\n"
    assert_kept(images, record, interrupted=True)


def test_nohup_is_obeyed(start, record, images):
    def ignoring():
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    process = start(60, preexec_fn=ignoring)
    wait_for(process, "step 3/")
    process.send_signal(signal.SIGHUP)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert_kept(images, record, interrupted=False)


def test_a_terminal_that_is_closed_loses_nothing(start, record, images):
    leader, terminal = pty.openpty()

    def in_it():
        os.setsid()
        os.close(os.open(os.ttyname(terminal), os.O_RDWR))

    streams = {"stdin": terminal, "stdout": terminal, "stderr": terminal}
    process = start(100_000, preexec_fn=in_it, **streams)
    os.close(terminal)
    said = b""
    while b"slow" not in said or b" left" not in said:
        said += os.read(leader, 4096)
    os.close(leader)
    # The kernel sends HUP, and the run's text finds no place any more.
    assert process.wait(30) == 130
    assert_kept(images, record)
