"""Ctrl-C and TERM: what is done is kept and recorded, or nothing is written."""

import json
import signal
import subprocess
import sys
import threading

import pytest
from PIL import Image

COMMAND = (sys.executable, "-m", "stylekit.cli.main")


@pytest.fixture
def interrupt(environment, images, arguments):
    """Return a function that starts a long run and sends it a signal after a line of stderr."""

    def call(number, after, *args):
        process = subprocess.Popen(
            [*COMMAND, *arguments("--steps", "9000", "--set", "progress.interval=0", *args)],
            cwd=images,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        watchdog = threading.Timer(60, process.kill)
        watchdog.start()
        try:
            lines = []
            for line in process.stderr:
                lines.append(line)
                if after in line:
                    process.send_signal(number)
                    break
            out, rest = process.communicate()
        finally:
            watchdog.cancel()
        return process.returncode, out, "".join(lines) + rest

    return call


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_image_so_far_is_kept(interrupt, record, images, number):
    args = ("--json",) if number == signal.SIGTERM else ()
    code, out, err = interrupt(number, "step 3/", *args)
    assert code == 130, err
    assert "Traceback" not in err
    assert "best image so far is out.png" in err
    with Image.open(images / "out.png") as image:
        image.load()
        assert image.size == (48, 36)
    details = record(images / "out.png")
    assert details["interrupted"] is True
    assert 3 <= details["steps"] < 9000
    assert details["losses"]["total"] > 0
    assert {path.name for path in images.iterdir()} == {
        *("content.png", "style.png", "out.png", "out.stylekit.json")
    }
    if args:
        said = json.loads(out)
        assert said["interrupted"] is True
        assert said["artifacts"] == ["out.png"]
        assert said["steps"] == details["steps"]
    else:
        assert out == "out.png\n"


def test_before_the_first_step_nothing_is_written(interrupt, images):
    code, out, err = interrupt(signal.SIGINT, "Weights of vgg19")
    assert code == 130, err
    assert out == ""
    assert "Traceback" not in err
    assert "nothing was written" in err
    assert {path.name for path in images.iterdir()} == {"content.png", "style.png"}
