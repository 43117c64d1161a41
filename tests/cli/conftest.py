"""Runs the `stylekit` command in processes of its own, with real files."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass

import numpy as np
import pytest
from PIL import Image
from tests.helpers.fork_server import ForkServer

COMMAND = (sys.executable, "-m", "stylekit.cli.main")
DEFAULTS = {
    "--backbone": "vgg19",
    "--content": "content.png",
    "--style": "style.png",
    "--out": "out.png",
    "--size": "48",
    "--steps": "1",
}


@dataclass(frozen=True)
class Done:
    """A command that has ended, and the files around it."""

    returncode: int
    stdout: str
    stderr: str
    before: dict
    after: dict

    @property
    def error(self):
        """The first line of the error, and of nothing else."""
        lines = [line for line in self.stderr.splitlines() if line.startswith("Error: ")]
        assert lines, f"no error line in: {self.stderr}"
        return lines[0]


def snapshot(folder):
    """List what lies in a folder: names, sizes and times of change.

    The lock that a killed run left is not counted: the next run takes it away.
    """
    return {
        str(path.relative_to(folder)): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith(".stylekit.lock")
    }


@pytest.fixture(scope="session")
def server(tmp_path_factory, environment):
    started = ForkServer(tmp_path_factory.mktemp("server"), environment)
    yield started
    started.stop()


@pytest.fixture(scope="session")
def environment(tmp_path_factory):
    """Variables of every command: its cache is empty and belongs to this session."""
    cache = tmp_path_factory.mktemp("cache")
    kept = {key: value for key, value in os.environ.items() if not key.startswith("STYLEKIT_")}
    # Pictures are tiny: a second thread would only wait for the first one.
    return {**kept, "STYLEKIT_CACHE": str(cache), "OMP_NUM_THREADS": "1"}


@pytest.fixture
def stylekit(server, environment, tmp_path):
    """Return a function that runs a command; `fresh` starts a new interpreter for it."""

    def call(*args, env=None, cwd=tmp_path, fresh=False, timeout=90, **streams):
        words = [str(arg) for arg in args]
        variables = {**environment, **(env or {})}
        before = snapshot(tmp_path)
        if fresh:
            done = subprocess.run(
                [*COMMAND, *words],
                cwd=cwd,
                env=variables,
                capture_output=True,
                text=True,
                timeout=timeout,
                check=False,
            )
            result = done.returncode, done.stdout, done.stderr
        else:
            result = server.run(words, cwd, variables, timeout, **streams)
        return Done(*result, before, snapshot(tmp_path))

    return call


@pytest.fixture
def images(tmp_path):
    """Write `content.png` (64 x 48) and `style.png` (48 x 48), and return their folder."""
    y, x = np.mgrid[:48, :64]
    content = np.dstack((x * 4, y * 5, (x + y) * 2)).astype(np.uint8)
    Image.fromarray(content).save(tmp_path / "content.png")
    style = np.random.default_rng(0).integers(0, 256, (48, 48, 3), dtype=np.uint8)
    Image.fromarray(style).save(tmp_path / "style.png")
    return tmp_path


@pytest.fixture
def arguments():
    """Return a function that completes a `run` with small pictures and few steps."""

    def complete(*args, without=()):
        words = ["run", *(str(arg) for arg in args)]
        for option, value in DEFAULTS.items():
            if option not in words and option not in without:
                words += [option, value]
        return words

    return complete


@pytest.fixture
def run(stylekit, images, arguments):
    """Return a function that does a small run."""

    def call(*args, without=(), **options):
        return stylekit(*arguments(*args, without=without), **options)

    return call


@pytest.fixture
def assert_refused():
    """Return a check of a refusal: its exit code, the words of its first line, and no traces."""

    def check(done, code, *words, hint=""):
        assert done.returncode == code, done.stderr
        for word in words:
            assert word in done.error, done.stderr
        assert hint in done.stderr
        assert done.stdout == ""
        assert "Traceback" not in done.stderr
        assert done.after == done.before

    return check


@pytest.fixture
def assert_done():
    """Return a check of a success: its exit code, and the file it names on stdout."""

    def check(done, *names):
        assert done.returncode == 0, done.stderr
        assert done.stdout.split() == list(names)
        assert "Traceback" not in done.stderr

    return check


@pytest.fixture
def record():
    """Return a function that reads the record of a picture."""

    def read(image):
        path = image.with_name(image.stem + ".stylekit.json")
        return json.loads(path.read_text(encoding="utf-8"))

    return read
