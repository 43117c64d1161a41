"""What strangers (contrib/) offer: a loss, a backbone, a method and a command, side by side."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stylekit.weights.cache import cache_dir

pytestmark = pytest.mark.slow

NAMES = ("neighbors", "lite0", "wct", "ui")
BROWSER = "ui"
"""Its own tests take a server and a browser through whole runs."""

SMALL = (
    "--size",
    "64",
    "--device",
    "cpu",
    "--content",
    "sample:coffee",
    "--style",
    "sample:chelsea",
)
SMALL += ("--quiet", "--json")

OFFERS = {
    "neighbors": {("loss", "neighbors:neighbors")},
    "lite0": {
        ("backbone", "lite0:lite0"),
        ("metric", "lite0:style-lite0"),
        ("weights", "lite0:efficientnet-lite0-timm"),
        ("weights", "lite0:efficientnet-lite0-file"),
    },
    "wct": {("method", "wct:wct")},
    "ui": {("command", "ui:ui")},
}


def project(repository: Path, name: str) -> Path:
    return repository / "contrib" / f"stylekit-{name}"


@pytest.fixture(scope="module")
def environment(make_environment, build_wheels, stylekit_wheel, repository, weights):
    weights.select("efficientnet-lite0")  # Fetched once, into the cache that the tests share.
    wheels = build_wheels(*(project(repository, name) for name in NAMES))
    return make_environment(stylekit_wheel, *wheels)


@pytest.fixture(scope="module")
def variables() -> dict[str, str]:
    """The weights that the tests share; threads only delay pictures as small as these."""
    return {"STYLEKIT_CACHE": str(cache_dir().parent), "OMP_NUM_THREADS": "1"}


def test_all_are_listed(environment, builtin_names):
    plugins = environment.plugins()
    assert set(plugins) == builtin_names | set(NAMES)
    for name, offers in OFFERS.items():
        (record,) = plugins[name]
        assert (record["status"], record["dist"]) == ("active", f"stylekit-{name}")
        assert {(c["kind"], c["id"]) for c in record["components"]} == offers


@pytest.mark.parametrize(
    "names",
    [
        tuple(name for name in NAMES if name != BROWSER),
        pytest.param((BROWSER,), marks=pytest.mark.slow),
    ],
)
def test_their_own_tests_pass_where_they_are_installed(environment, repository, variables, names):
    settings = project(repository, names[0]) / "pyproject.toml"
    words = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", str(settings)]
    folders = [str(project(repository, name) / "tests") for name in names]
    ran = environment.run(*words, *folders, env=variables)
    assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize(
    ("words", "used"),
    [
        (
            ("--backbone", "lite0", "--style-loss", "neighbors"),
            {"lite0:lite0", "neighbors:neighbors", "weights:efficientnet-lite0-imagenet"},
        ),
        (
            ("--method", "wct", "--backbone", "lite0", "--set", "wct.rounds=2"),
            {"wct:wct", "lite0:lite0"},
        ),
    ],
)
def test_they_work_with_each_other(environment, variables, words, used, tmp_path):
    """Nobody knows the others: the command line puts them together."""
    out = tmp_path / "made.png"
    ran = environment.stylekit(
        "run", *words, *SMALL, "--steps", "4", "--offline", "--out", str(out), env=variables
    )
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["artifacts"] == [str(out)]
    record = json.loads(out.with_name("made.stylekit.json").read_text(encoding="utf-8"))
    ids = {component["id"] for component in record["components"]}
    assert used <= ids
