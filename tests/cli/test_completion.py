"""Completion in shells: argcomplete's protocol, and bash itself."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("argcomplete")

SCRIPT = Path(sys.executable).with_name("stylekit")


@pytest.fixture
def folder(tmp_path):
    for name in ("me.jpg", "notes.txt", "movie.mp4", "settings.toml"):
        (tmp_path / name).touch()
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.png").touch()
    return tmp_path


@pytest.fixture
def completions(folder, environment):
    """Return a function that asks for completions of a line as a shell does."""

    def ask(line):
        out = folder.parent / "completions"
        done = subprocess.run(
            [sys.executable, "-m", "stylekit.cli.main"],
            cwd=folder,
            env={
                **environment,
                "_ARGCOMPLETE": "1",
                "_ARGCOMPLETE_SHELL": "bash",
                "_ARGCOMPLETE_SUPPRESS_SPACE": "1",
                "_ARGCOMPLETE_STDOUT_FILENAME": str(out),
                "COMP_LINE": line,
                "COMP_POINT": str(len(line)),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.stdout, done.stderr) == ("", "")
        return out.read_text(encoding="utf-8").split("\013")

    return ask


COMPLETED = {
    "stylekit li": {"list-plugins", "live"},
    "stylekit run --meth": {"--method"},
    "stylekit run --method ga": {"gatys"},
    "stylekit run me.jpg --method ga": {"gatys"},
    "stylekit --quiet run --method ga": {"gatys"},
    "stylekit run --style-loss ": {"gram", "moments", "wasserstein"},
    "stylekit run --preset st": {"strong"},
    "stylekit run --quality ": {"draft", "normal", "high"},
    "stylekit run --weights vgg19-ox": {"vgg19-oxford-8bit"},
    "stylekit run sample:sw": {"sample:swirls"},
    "stylekit run m": {"me.jpg", "movie.mp4"},
    "stylekit run --content photos/": {"photos/a.png"},
    "stylekit run --content me.jpg p": {"photos/"},
    "stylekit run --config se": {"settings.toml"},
    "stylekit run --set gatys.style_w": {"gatys.style_weight="},
    "stylekit run --set gatys.quality=": {
        f"gatys.quality={q}" for q in ("draft", "normal", "high")
    },
    "stylekit describe wasser": {"wasserstein"},
    "stylekit weights verify vgg19-ox": {"vgg19-oxford-8bit"},
    "stylekit completion z": {"zsh"},
}


@pytest.mark.parametrize("line", COMPLETED, ids=str)
def test_what_is_completed(completions, line):
    assert set(completions(line)) == COMPLETED[line]


def test_a_blocked_plugin_is_not_offered(completions):
    assert "arbitrary" in completions("stylekit run --method ")
    assert "arbitrary" not in completions("stylekit run -p no:arbitrary --method ")


def test_completion_imports_no_torch(environment, tmp_path):
    code = (
        "import os, sys; from stylekit.cli import main\n"
        "def end(code): print(*{'torch', 'pydantic'} & set(sys.modules)); sys.stdout.flush()\n"
        "os._exit = end\n"
        "main.main()"
    )
    line = "stylekit run --method "
    variables = {
        "_ARGCOMPLETE": "1",
        "_ARGCOMPLETE_STDOUT_FILENAME": str(tmp_path / "out"),
        "COMP_LINE": line,
        "COMP_POINT": str(len(line)),
    }
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**environment, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "gatys" in (tmp_path / "out").read_text(encoding="utf-8")
    assert done.stdout.split() == []


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_bash_completes(folder, environment):
    line = "stylekit run --style sample:sw"
    script = f"""
        eval "$(stylekit completion bash)"
        complete -p stylekit
        COMP_LINE={line!r} COMP_POINT={len(line)}
        _python_argcomplete stylekit
        echo "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env={**environment, "PATH": f"{SCRIPT.parent}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )
    registered, completed = done.stdout.splitlines()
    assert registered.endswith("stylekit")
    # bash splits words at colons: it replaces what follows the last one.
    assert completed.strip() in ("sample:swirls", "swirls")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_each_shell_has_its_code(stylekit, shell):
    done = stylekit("completion", shell)
    assert done.returncode == 0
    assert "stylekit" in done.stdout


def test_an_unknown_shell_is_refused(stylekit, assert_refused):
    assert_refused(stylekit("completion", "csh"), 2, "Unknown shell 'csh'", hint="bash, zsh")
