"""Kernels to come bear the plugins of today, or say why not.

`vintage/` is a plugin for plugin API 1, kept as it is. It is installed beside wheels in which the
plugin contract has changed as a later kernel might change it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

VINTAGE = Path(__file__).parent / "vintage"

SMALL = ["--backbone", "vgg19", "--size", "48", "--steps", "2", "--device", "cpu", "--offline"]
SMALL += ["--content", "sample:coffee", "--style", "sample:chelsea", "--overwrite"]

ARGUMENT = [
    # The hook has an argument more, and the kernel gives it.
    (
        "stylekit/hookspecs.py",
        "def step_finished(run: RunInfo, step: Step) -> None:",
        "def step_finished(run: RunInfo, step: Step, clock: float) -> None:",
    ),
    (
        "stylekit/runs/executor.py",
        'self._emit("step_finished", step=event)',
        'self._emit("step_finished", step=event, clock=0.0)',
    ),
]
DEPRECATED = [
    (
        "stylekit/hookspecs.py",
        "@hookspec\ndef register_presets",
        "@hookspec(warn_on_impl=DeprecationWarning('register_presets is deprecated: write a "
        "TOML file.'))\ndef register_presets",
    ),
]
RAISED = [("stylekit/version.py", "STYLEKIT_API = 1", "STYLEKIT_API = 2")]
PLUGINS = Path(__file__).parents[2] / "plugins/stylekit_plugins"
# `networks` is no plugin: plugins share it.
BUILTINS = sorted(set(PLUGINS.glob("*/__init__.py")) - {PLUGINS / "networks/__init__.py"})
FORGOTTEN = [
    *RAISED,
    ("stylekit/version.py", "OLDEST_API = 1", "OLDEST_API = 2"),
    # The built-in plugins come with the kernel, and go with it.
    *(
        (f"stylekit_plugins/{path.parent.name}/__init__.py", "API = 1", "API = 2")
        for path in BUILTINS
    ),
]


@pytest.fixture(scope="module")
def vintage_wheel(build_wheels):
    return build_wheels(VINTAGE)[0]


@pytest.fixture(scope="module")
def later(stylekit_wheel, tmp_path_factory):
    """Makes of the wheel one in which files have changed."""

    def make(edits):
        left = set(edits)
        target = tmp_path_factory.mktemp("later") / stylekit_wheel.name
        record = []
        with zipfile.ZipFile(stylekit_wheel) as now, zipfile.ZipFile(target, "w") as then:
            for name in now.namelist():
                data = now.read(name)
                for file, old, new in edits:
                    if file == name:
                        assert old in data.decode(), f"{name} has no {old!r} any more"
                        data = data.replace(old.encode(), new.encode())
                        left.discard((file, old, new))
                if name.endswith("/RECORD"):
                    data = "".join([*record, f"{name},,\n"]).encode()
                digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=")
                record.append(f"{name},sha256={digest.decode()},{len(data)}\n")
                then.writestr(name, data)
        assert not left, "there is no such file any more"
        return target

    return make


@pytest.fixture(scope="module")
def tomorrow(later, make_environment, vintage_wheel):
    """The next plugin API: an argument more, a hook deprecated, the old API still known."""
    return make_environment(later([*ARGUMENT, *DEPRECATED, *RAISED]), vintage_wheel)


@pytest.fixture(scope="module")
def ran(tomorrow):
    log = tomorrow.folder / "log.txt"
    words = ["run", *SMALL, "--preset", "sepia-days", "--out", "made.png"]
    return tomorrow.stylekit(*words, env={"VINTAGE_LOG": str(log)}), log


def test_the_old_plugin_is_active_under_the_next_api(tomorrow):
    (record,) = tomorrow.plugins()["vintage"]
    assert (record["status"], record["api"]) == ("active", 1)


def test_a_hook_with_an_argument_more_still_calls_it(ran):
    outcome, log = ran
    assert outcome.returncode == 0, outcome.stderr
    assert "switched off" not in outcome.stderr
    assert log.read_text() == "1\n2\n"


def test_its_components_still_work(ran, tomorrow):
    record = json.loads((tomorrow.folder / "made.stylekit.json").read_text())
    assert "vintage:vintage" in [part["id"] for part in record["components"]]


def test_a_deprecated_hook_works_and_is_told_of_once(ran, tomorrow):
    outcome, _ = ran
    told = [line for line in outcome.stderr.splitlines() if "register_presets" in line]
    assert len([line for line in told if "'vintage'" in line]) == 1
    assert "write a TOML file" in told[0]
    (record,) = tomorrow.plugins()["vintage"]
    assert any("deprecated" in note for note in record["notes"])


def test_an_api_that_is_no_longer_known_is_said(later, make_environment, vintage_wheel):
    environment = make_environment(later(FORGOTTEN), vintage_wheel)
    (record,) = environment.plugins()["vintage"]
    assert record["status"] == "incompatible"
    assert "written for plugin API 1" in record["error"]
    assert "has 2" in record["error"]
    assert not record["components"]
    asked = environment.stylekit("run", "--style-loss", "vintage:vintage")
    assert asked.returncode != 0
    assert "incompatible" in asked.stderr


def test_numbers_that_changed_are_told_of_at_a_rerun(
    make_environment, stylekit_wheel, vintage_wheel, build_wheels, tmp_path
):
    environment = make_environment(stylekit_wheel, vintage_wheel)
    log = {"VINTAGE_LOG": str(environment.folder / "log.txt")}
    words = ["run", *SMALL, "--style-loss", "vintage", "--out", "then.png"]
    made = environment.stylekit(*words, env=log)
    assert made.returncode == 0, made.stderr
    # The next version of the plugin, whose loss has other numbers.
    project = tmp_path / "vintage"
    shutil.copytree(VINTAGE, project, ignore=shutil.ignore_patterns("__pycache__"))
    for name, old, new in (
        ("pyproject.toml", 'version = "1.0"', 'version = "2.0"'),
        ("stylekit_vintage/__init__.py", "version=1", "version=2"),
        ("stylekit_vintage/loss.py", ".mean()", ".sum()"),
    ):
        text = (project / name).read_text()
        assert old in text
        (project / name).write_text(text.replace(old, new))
    environment.pip("install", "--no-deps", "--no-compile", str(build_wheels(project)[0]))
    again = environment.stylekit(
        "run", "--config", "then.stylekit.json", "--out", "now.png", env=log
    )
    assert again.returncode == 0, again.stderr
    assert "vintage:vintage has version 2; the record was made with version 1" in again.stderr
    assert (environment.folder / "then.png").read_bytes() != (
        environment.folder / "now.png"
    ).read_bytes()
