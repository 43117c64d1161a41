"""`stylekit new-plugin`: projects of every kind are written, installed, used, tested and typed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from stylekit.errors import InputError, UsageError
from stylekit.specs import SPEC_TYPES
from stylekit_plugins.scaffold.project import (
    TEMPLATE_KINDS,
    component_kind,
    named,
    write,
)

pytestmark = pytest.mark.slow

SMALL = ("--size", "64", "--steps", "2", "--device", "cpu", "--offline")
SMALL += ("--content", "sample:coffee", "--style", "sample:waves")
VGG19 = ("--backbone", "vgg19", "--method", "gatys", "--init", "content")
BOTH = ("--content", "picture.ppm", "--result", "picture.ppm")
EXPERIMENT = ("--dataset", "sample:coffee", "--styles", "sample:waves", "--methods", "identity")
EXPERIMENT += ("--size", "64", "--offline", "--out", "experiment")
QUICK = ("--method", "identity", "--size", "64", "--content", "sample:coffee", "--offline")


def plugin_of(kind: str) -> str:
    """Names of one word and of two."""
    return f"my-{kind}"


USES = {
    "backbone": ("run", "--config", "stylekit-my-backbone/my-backbone.toml", *SMALL),
    "loss": ("run", "--style-loss", "my-loss", "--optimizer", "my-optimizer", *VGG19, *SMALL),
    "optimizer": ("describe", "my-optimizer"),
    "method": ("run", "--method", "my-method", "--backbone", "vgg19", *SMALL),
    "feed-forward": ("run", "--method", "my-feed-forward", "--size", "64"),
    "trainer": ("train", "--method", "my-trainer", "--style", "sample:waves", "--steps", "3"),
    "media": ("run", *QUICK, "--out", "picture.ppm"),
    "region": ("run", *QUICK, "--region", "my-region:40%,feather=2"),
    "blend": ("run", *QUICK, "--region", "box:20%,20%,60%,60%", "--blend", "my-blend"),
    "metric": ("evaluate", "my-metric", *BOTH, "--json"),
    "classifier": ("evaluate", "my-classifier", "--content", "sample:coffee", "--json"),
    "experiment": ("evaluate", "my-experiment", *EXPERIMENT, "--json"),
    "weights": ("weights", "list"),
    "observer": ("run", *QUICK, "--set", "my-observer.path=losses.csv", "--out", "o.png"),
    "executor": ("run", *QUICK, "--executor", "my-executor"),
    "preset": ("run", "--preset", "my-preset", "--backbone", "vgg19", *SMALL),
    "command": ("my-command", "sample:coffee", "--count", "2"),
}


@pytest.fixture(scope="module")
def environment(make_environment, stylekit_wheel):
    return make_environment(stylekit_wheel)


@pytest.fixture(scope="module")
def projects(environment, build_wheels):
    """The folder of the projects: written by the command, built and installed by pip."""
    commands = [["new-plugin", plugin_of(kind), "--kind", kind] for kind in TEMPLATE_KINDS]
    for ran in environment.stylekit_each(*commands):
        assert ran.returncode == 0, ran.stderr
        assert "Warning" not in ran.stderr
    folders = [environment.folder / f"stylekit-{plugin_of(kind)}" for kind in TEMPLATE_KINDS]
    environment.pip("install", "--no-deps", "--no-compile", *map(str, build_wheels(*folders)))
    return folders


def test_every_kind_has_a_template():
    assert set(TEMPLATE_KINDS) == {*SPEC_TYPES, "feed-forward", "trainer"} == set(USES)


def test_each_is_listed_with_its_component(environment, projects):
    plugins = environment.plugins()
    for kind in TEMPLATE_KINDS:
        name = plugin_of(kind)
        (record,) = plugins[name]
        assert (record["status"], record["origin"], record["api"]) == ("active", "installed", 1)
        # A trained method brings the reader of its files.
        files = [("weights", f"{name}:{name}-file")] if kind == "trainer" else []
        assert [(c["kind"], c["id"]) for c in record["components"]] == [
            (component_kind(kind), f"{name}:{name}"),
            *files,
        ]


def test_each_is_used(environment, projects):
    commands = []
    for kind, words in USES.items():
        out = ("--out", f"{kind}.png") if words[0] == "run" and "--out" not in words else ()
        commands.append([*words, *out])
    for kind, ran in zip(USES, environment.stylekit_each(*commands), strict=True):
        assert ran.returncode == 0, f"{kind}: {ran.stderr}"
    folder = environment.folder
    assert (folder / "picture.ppm").read_bytes().startswith(b"P6\n64 ")
    assert (folder / "losses.csv").read_text().startswith("image,step,total")
    recorded = set()
    for kind in ("backbone", "loss", "method", "blend"):
        record = json.loads((folder / f"{kind}.stylekit.json").read_text())
        recorded |= {component["id"] for component in record["components"]}
    for kind in ("backbone", "loss", "optimizer", "method", "blend"):
        assert f"{plugin_of(kind)}:{plugin_of(kind)}" in recorded


def test_each_passes_its_own_tests(environment, projects):
    words = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=importlib", "-rs"]
    words += ["-W", "error::pytest.PytestAssertRewriteWarning"]
    ran = environment.run(*words, *(str(folder / "tests") for folder in projects))
    assert ran.returncode == 0, ran.stdout
    # What is skipped is not checked.
    assert "skipped" not in ran.stdout, ran.stdout


def test_an_installed_plugin_is_checked_without_any_test_of_its_own(environment, projects):
    words = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "--stylekit-plugin"]
    ran = environment.run(*words, plugin_of("loss"), "-rp")
    assert ran.returncode == 0, ran.stdout
    assert "skipped" not in ran.stdout
    assert "TestLoss_MyLoss::test_costs_nothing_at_the_target" in ran.stdout
    unknown = environment.run(*words, "my-los")
    assert unknown.returncode != 0
    assert "Did you mean 'my-loss'?" in unknown.stdout + unknown.stderr


def test_each_is_typed(environment, projects):
    sources = [str(folder / "src") for folder in projects]
    settings = ["--config-file", str(projects[0] / "pyproject.toml"), "--strict"]
    ran = environment.run("-m", "mypy", *settings, *sources)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("kind", TEMPLATE_KINDS)
@pytest.mark.parametrize("name", ["ink", "soft-light-2"])
def test_each_is_in_good_style(kind, name, tmp_path):
    ruff = shutil.which("ruff", path=str(Path(sys.executable).parent))
    if ruff is None:
        pytest.skip("ruff is not installed")
    write(tmp_path / "project", named(name), kind)
    for words in (["check"], ["format", "--check"]):
        ran = subprocess.run(
            [ruff, *words, "--no-cache", str(tmp_path / "project")],
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout


def test_the_example_name_is_nowhere_left(tmp_path):
    for kind in TEMPLATE_KINDS:
        for name in write(tmp_path / kind, named("ink"), kind):
            text = (tmp_path / kind / name).read_text(encoding="utf-8")
            assert "charcoal" not in (name + text).lower()


def test_it_says_what_to_do_next(environment, projects):
    ran = environment.stylekit("new-plugin", "stylekit-ink", "--kind", "loss", "--out", "made")
    assert ran.stdout == "made\n"
    for step in ("cd made", 'pip install -e ".[test]"', "stylekit list-plugins", "pytest"):
        assert step in ran.stderr
    told = environment.stylekit("new-plugin", "other", "--kind", "loss", "--json")
    found = json.loads(told.stdout)
    assert "src/stylekit_other/loss.py" in found["files"]
    assert (environment.folder / found["folder"] / "LICENSE").is_file()


def test_a_name_that_is_taken_is_told(environment, projects):
    taken, same, command = environment.stylekit_each(
        ["new-plugin", plugin_of("loss"), "--kind", "backbone", "--out", "taken"],
        ["new-plugin", "gram", "--kind", "loss"],
        ["new-plugin", "run", "--kind", "command"],
    )
    assert (taken.returncode, same.returncode, command.returncode) == (0, 0, 0)
    assert "A plugin 'my-loss' is installed (stylekit-my-loss)" in taken.stderr
    assert "Plugin 'losses' (stylekit) has the loss 'gram' already" in same.stderr
    assert "gram:gram" in same.stderr
    assert "has the command 'run' already" in command.stderr


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("Charcoal", "charcoal"),
        ("soft light", "soft-light"),
        ("soft_light", "soft-light"),
        ("2nd", "nd"),
        ("-x-", "x"),
        ("../up", "up"),
        ("stylekit-", "charcoal"),
        ("", "charcoal"),
        ("é", "charcoal"),
    ],
)
def test_a_bad_name_is_refused(name, suggestion):
    with pytest.raises(UsageError) as caught:
        named(name)
    assert f"'{suggestion}'" in str(caught.value)


def test_a_folder_that_is_there_is_left_alone(tmp_path):
    kept = tmp_path / "notes.txt"
    kept.write_text("mine")
    with pytest.raises(InputError, match="there already"):
        write(tmp_path, named("ink"), "loss")
    with pytest.raises(InputError, match="there already"):
        write(kept, named("ink"), "loss")
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    (tmp_path / "empty").mkdir()
    assert write(tmp_path / "empty", named("ink"), "loss")
