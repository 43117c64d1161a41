"""What Windows and macOS do not have is not needed: hidden here, as there is no such machine."""

import os
import subprocess
import sys

import pytest
from PIL import Image

# Other packages are imported before: what they need on this system is theirs to know.
AS_ELSEWHERE = """
import sys
sys.argv[0] = "stylekit"
import asyncio, multiprocessing, os, shutil, signal, subprocess, tempfile
import av, cv2, numpy, PIL.Image, platformdirs.unix, psutil, pydantic, rich.console
import safetensors.torch, torch, torch._dynamo, torchmetrics, torchvision
for name in ("fcntl", "resource", "pwd", "grp", "termios", "tty", "pty"):
    sys.modules[name] = None
for name in ("SIGHUP", "SIGKILL", "SIGUSR1", "SIGALRM", "alarm", "setitimer", "pthread_sigmask"):
    delattr(signal, name)
for name in ("fork", "chown", "fchmod", "getuid", "geteuid", "getloadavg", "sysconf", "killpg"):
    delattr(os, name)
for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_DIRECTORY", "sched_getaffinity", "uname", "mkfifo"):
    delattr(os, name)
multiprocessing.set_start_method("spawn")
from stylekit.cli.main import main
def call(*words):
    print("$", *words, flush=True)
    assert main(list(words)) == 0, words
"""


def call(folder, code):
    done = subprocess.run(
        [sys.executable, "-c", AS_ELSEWHERE + code],
        cwd=folder,
        env={**os.environ, "OMP_NUM_THREADS": "1", "STYLEKIT_CACHE": str(folder / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "This is a bug" not in done.stderr
    return done


@pytest.fixture
def photos(tmp_path):
    (tmp_path / "seq").mkdir()
    for number in range(4):
        Image.new("RGB", (64, 48), (40 * number, 90, 20)).save(tmp_path / "seq" / f"{number}.png")
    return tmp_path


def test_images_videos_and_lists(photos):
    done = call(
        photos,
        """
call("list-plugins")
call("doctor")
for resume in ((), ("--resume",)):
    for content, out in (("seq/0.png", "a.png"), ("seq", "o/"), ("sequence:seq", "q.mkv")):
        words = ("--method", "identity", "--content", content, "--out", out)
        call("run", *words, *resume)
call("run", "--config", "q.stylekit.json", "--out", "again.mkv", "--keep-frames")
import json
from stylekit.machine import devices
assert devices.peak_memory_mb(torch.device("cpu")) > 50
assert json.load(open("a.stylekit.json"))["peak_memory_mb"] > 50
""",
    )
    assert (photos / "again.mkv").read_bytes() == (photos / "q.mkv").read_bytes()
    assert done.stderr.count("Nothing keeps two runs off") == 1
    assert not list(photos.rglob(".*"))


def test_training_and_evaluation(photos):
    call(
        photos,
        """
small = ("--size", "64", "--base-channels", "8", "--set", "cyclegan.blocks=6", "--epochs", "2")
words = ("--method", "cyclegan", "--domain-a", "seq", "--domain-b", "seq", "--out", "t", *small)
call("train", *words, "--stop-after", "1")
call("train", *words, "--resume")
call("evaluate", "ssim", "--result", "seq/1.png", "--content", "seq/0.png", "--out", "e")
""",
    )
    assert (photos / "t" / "generator-a2b.safetensors").is_file()
    assert not list(photos.rglob(".*"))


def test_the_peak_of_memory_on_windows_comes_from_psutil(monkeypatch):
    from types import SimpleNamespace

    import torch

    from stylekit.machine import devices

    monkeypatch.setattr(devices, "resource", None)
    found = SimpleNamespace(peak_wset=300 << 20, rss=100 << 20)
    process = SimpleNamespace(memory_info=lambda: found)
    monkeypatch.setattr(devices.psutil, "Process", lambda: process)
    assert devices.peak_memory_mb(torch.device("cpu")) == 300
