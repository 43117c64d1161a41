"""Plugins that hang or leak: Ctrl-C stops the former and names them; the latter are switched off.

Each is installed like a third-party plugin, and hangs at the moment that a variable names.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from tests.helpers.scenarios import install, write_inputs

PLUGIN = """
import os
import sys
import time

import stylekit
from stylekit.specs import LossSpec

STYLEKIT_API = 1
MOMENT = os.environ["MOMENT"]
leaked = []

def hang(moment):
    if moment == MOMENT:
        print("It hangs.", file=sys.stderr, flush=True)
        time.sleep(600)

hang("import")

@stylekit.hookimpl
def register_losses():
    hang("register")
    yield LossSpec(
        name="waiting", summary="An image loss.", factory="stylekit_bad:Waiting", role="image"
    )

class Waiting:
    def __init__(self, params):
        self.calls = 0

    def __call__(self, image):
        self.calls += 1
        if self.calls == 4:
            hang("loss")
        return image.mean() * 0

@stylekit.hookimpl
def step_finished(step):
    if step.index == 3:
        hang("observer")
    if MOMENT == "leak":
        import resource
        leaked.append(bytearray(2**30))
        pages = int(open("/proc/self/statm").read().split()[0])
        # Too little for the next leak, and enough for all else that the run may ask for.
        limit = pages * resource.getpagesize() + 2**29
        resource.setrlimit(resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))

@stylekit.hookimpl
def run_finished():
    hang("end")
"""

RUN = """run --content content.png --style style.png --backbone vgg19 --size 48 --steps 400
    --set gatys.min_size=48 --set progress.interval=0 --device cpu --out out/o.png"""
LOSS = ("--set", "image_loss=waiting", "--set", "gatys.tv_weight=1")

Begin = Callable[..., "tuple[int, str, float]"]


@pytest.fixture
def begin(tmp_path: Path) -> Begin:
    """Return a function that runs a command, and presses Ctrl-C once it hangs."""
    folder = tmp_path / "installed"
    install(folder, "bad", "stylekit_bad")
    (folder / "stylekit_bad.py").write_text(PLUGIN)
    write_inputs(tmp_path / "work")

    def call(moment: str, argv: list[str]) -> tuple[int, str, float]:
        process = subprocess.Popen(
            [sys.executable, "-m", "stylekit.cli.main", *argv],
            cwd=tmp_path / "work",
            env={
                **os.environ,
                "PYTHONPATH": str(folder),
                "MOMENT": moment,
                "OMP_NUM_THREADS": "1",
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        watchdog = threading.Timer(90, process.kill)
        watchdog.start()
        interrupted_at = time.monotonic()
        stderr = ""
        assert process.stderr is not None
        for line in process.stderr:
            stderr += line
            if line == "It hangs.\n":
                interrupted_at = time.monotonic()
                process.send_signal(signal.SIGINT)
        code = process.wait()
        watchdog.cancel()
        return code, stderr, time.monotonic() - interrupted_at

    return call


@pytest.mark.parametrize("moment", ["import", "register"])
@pytest.mark.parametrize("argv", [["list-plugins"], RUN.split()], ids=["list-plugins", "run"])
def test_ctrl_c_stops_loading_and_names_the_plugin(
    begin: Begin, moment: str, argv: list[str], tmp_path: Path
) -> None:
    code, stderr, seconds = begin(moment, argv)
    assert code == 130
    assert "Traceback" not in stderr
    assert "Stopped while plugin 'bad' loaded (-p no:bad leaves it out)." in stderr
    assert seconds < 10
    code, stderr, _ = begin(moment, ["list-plugins", "-p", "no:bad"])
    assert code == 0


@pytest.mark.parametrize("moment", ["observer", "loss", "end"])
def test_ctrl_c_keeps_the_image_so_far(begin: Begin, moment: str, tmp_path: Path) -> None:
    argv = [*RUN.split(), *LOSS]
    if moment == "end":
        argv[argv.index("400")] = "4"
    code, stderr, seconds = begin(moment, argv)
    assert code == 130, stderr
    assert "Traceback" not in stderr
    assert seconds < 10
    with Image.open(tmp_path / "work/out/o.png") as image:
        image.load()


@pytest.mark.skipif(sys.platform != "linux", reason="limits memory as Linux does")
def test_an_observer_that_leaks_is_switched_off(begin: Begin, tmp_path: Path) -> None:
    argv = RUN.split()
    argv[argv.index("400")] = "6"
    code, stderr, _ = begin("leak", argv)
    assert code == 0, stderr
    assert "Observer 'bad' failed in step_finished and is switched off" in stderr
    assert "MemoryError" in stderr
    with Image.open(tmp_path / "work/out/o.png") as image:
        image.load()
