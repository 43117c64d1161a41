"""Help, version and lists start quickly, because they import nothing heavy."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("torch", "torchvision", "pydantic", "rich", "numpy", "PIL", "onnx", "safetensors")
LIMIT_SECONDS = 0.3

SCRIPT = """
import contextlib, io, json, sys
from stylekit.cli.main import main
with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.suppress(SystemExit):
    main(sys.argv[2:])
assert out.getvalue()
print(json.dumps([name for name in json.loads(sys.argv[1]) if name in sys.modules]))
"""

LIGHT_COMMANDS = [
    ["--help"],
    ["--version"],
    ["list-plugins"],
    ["list-plugins", "--json"],
    ["run", "--help"],
]


@pytest.mark.parametrize("args", LIGHT_COMMANDS, ids=" ".join)
def test_nothing_heavy_is_imported(environment, tmp_path, args):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, json.dumps(HEAVY), *args],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == []


def processor_seconds(args, cwd, env):
    """Return the CPU time of a command, which a busy machine does not change."""
    before = os.times()
    subprocess.run(
        [sys.executable, "-m", "stylekit.cli.main", *args],
        cwd=cwd,
        env=env,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    after = os.times()
    return (
        after.children_user + after.children_system - before.children_user - before.children_system
    )


@pytest.mark.parametrize("args", [["--help"], ["--version"], ["list-plugins"]], ids=" ".join)
def test_light_commands_start_quickly(environment, tmp_path, args):
    least = min(processor_seconds(args, tmp_path, environment) for _ in range(5))
    assert least < LIMIT_SECONDS


def test_a_closed_pipe_is_no_error(environment, tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-m", "stylekit.cli.main", "list-plugins"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdout.close()
    assert process.wait(30) == 0
    assert process.stderr.read() == b""
    process.stderr.close()


def test_the_installed_script(environment, tmp_path):
    script = Path(sys.executable).with_name("stylekit")
    done = subprocess.run(
        [script, "--version"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("stylekit ")
    assert done.stderr == ""
