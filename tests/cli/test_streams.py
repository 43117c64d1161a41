"""If stdout or stderr cannot be written to, results stay and the exit code is right."""

import json
import subprocess
import sys

import pytest
from PIL import Image

from stylekit.cli import main as command_line

GONE = ("no reader", "/dev/full", "gone terminal", "closed")
IDENTITY = ("run", "--method", "identity", "--set", "progress.interval=0")


@pytest.fixture
def folder(images):
    (images / "in").mkdir()
    for name in ("a.png", "b.png", "c.png"):
        Image.open(images / "content.png").save(images / "in" / name)
    return images


def names(folder):
    return sorted(path.name for path in folder.glob("out/*.png"))


@pytest.mark.parametrize("target", GONE)
@pytest.mark.parametrize("style", ["plain", "bar"])
def test_a_run_goes_on_without_its_progress(stylekit, folder, target, style):
    args = ("--content", "in", "--out", "out/", "--set", f"progress.style={style}")
    done = stylekit(*IDENTITY, *args, stderr=target)
    assert done.returncode == 0
    assert done.stdout.splitlines() == ["out/a.png", "out/b.png", "out/c.png"]
    assert names(folder) == ["a.png", "b.png", "c.png"]


@pytest.mark.parametrize("target", GONE)
@pytest.mark.parametrize("more", [(), ("--json",)], ids=["paths", "json"])
def test_a_run_whose_paths_nobody_takes_is_done(stylekit, folder, target, more):
    done = stylekit(*IDENTITY, "--content", "in", "--out", "out/", *more, stdout=target)
    assert done.returncode == 0
    assert "Traceback" not in done.stderr
    assert ("Warning: stdout cannot be written to" in done.stderr) == (target != "no reader")
    assert names(folder) == ["a.png", "b.png", "c.png"]


@pytest.mark.parametrize("target", GONE)
def test_an_error_keeps_its_exit_code(stylekit, folder, target):
    args = ("--content", "missing.png")
    assert stylekit(*IDENTITY, *args, stderr=target).returncode == 2
    assert stylekit(*IDENTITY, *args, "--debug", stderr=target, stdout=target).returncode == 2


@pytest.mark.parametrize("args", [["list-plugins"], ["--help"], ["run", "--help"]], ids=" ".join)
def test_data_that_cannot_be_written_is_an_error(stylekit, args):
    done = stylekit(*args, stdout="/dev/full")
    assert done.returncode == 2
    assert done.error == (
        "Error: Not everything was printed: stdout cannot be written to (No space left on device)."
    )


@pytest.mark.parametrize("args", [["list-plugins"], ["--help"], ["schema", "gatys"]], ids=" ".join)
def test_a_reader_that_has_enough_is_no_error(stylekit, args):
    done = stylekit(*args, stdout="no reader")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("streams", ["2>&1 | head -1", ">&- 2>&-"])
def test_a_shell_sees_the_true_exit_code(environment, folder, streams):
    words = [sys.executable, "-m", "stylekit.cli.main", *IDENTITY, "--content", "in"]
    command = f'{" ".join(words)} --out out/ {streams}; exit "${{PIPESTATUS[0]}}"'
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment, capture_output=True, check=False
    )
    assert done.returncode == 0
    assert b"Exception" not in done.stderr
    assert names(folder) == ["a.png", "b.png", "c.png"]


def test_help_on_a_full_disk_fails_once(environment, tmp_path):
    command = f"{sys.executable} -m stylekit.cli.main --help >/dev/full"
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    # The interpreter's own end would add an exception, and make it 120.
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


def test_what_the_encoding_of_the_terminal_cannot_hold_is_escaped(stylekit, folder):
    name = "日本é.png"
    (folder / "in" / "a.png").rename(folder / name)
    env = {"PYTHONIOENCODING": "ascii"}
    done = stylekit(*IDENTITY, "--content", name, "--out", name[1:], fresh=True, env=env)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "\\u672c\\xe9.png\n"
    assert json.loads((folder / "本é.stylekit.json").read_text())["artifact"]["file"] == "本é.png"


def test_a_broken_pipe_of_others_is_an_error(monkeypatch, capsys):
    def broken(words):
        raise BrokenPipeError(32, "a worker has gone")

    monkeypatch.setattr(command_line, "make_host", broken)
    assert command_line.main(["list-plugins"]) == 1
    assert "a worker has gone" in capsys.readouterr().err
