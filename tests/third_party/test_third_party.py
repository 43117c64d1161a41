"""A stranger's plugin, really installed: found, described, used, blocked and uninstalled."""

from __future__ import annotations

import json
import shutil
import tomllib
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

NAME = "sliced-wasserstein"
SMALL = ("--backbone", "vgg19", "--size", "64", "--steps", "2", "--device", "cpu", "--offline")
SMALL += ("--content", "sample:coffee", "--style", "sample:chelsea")


@pytest.fixture(scope="module")
def environment(make_environment, stylekit_wheel, sliced_wheel):
    return make_environment(stylekit_wheel, sliced_wheel)


@pytest.fixture(scope="module")
def version(repository):
    text = (repository / "contrib/stylekit-sliced/pyproject.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)["project"]["version"]


@pytest.fixture(scope="module")
def image(environment):
    """A picture that the plugin helped to make, and the command's outcome."""
    out = environment.folder / "sliced.png"
    words = ["run", "--json", "--style-loss", NAME, *SMALL, "--out", str(out)]
    return out, environment.stylekit(*words)


def test_it_is_listed_beside_the_builtins(environment, builtin_names, version):
    plugins = environment.plugins()
    assert set(plugins) == builtin_names | {"sliced"}
    (record,) = plugins["sliced"]
    assert record["status"] == "active"
    assert record["origin"] == "installed"
    assert (record["dist"], record["version"], record["api"]) == ("stylekit-sliced", version, 1)
    assert [(c["kind"], c["id"]) for c in record["components"]] == [("loss", f"sliced:{NAME}")]


def test_it_is_described_with_its_parameters(environment, version):
    shown = environment.stylekit("describe", NAME)
    assert shown.returncode == 0, shown.stderr
    assert f"stylekit-sliced {version}" in shown.stdout
    component = json.loads(environment.stylekit("describe", NAME, "--json").stdout)["components"][0]
    assert set(component["parameters"]) == {"projections", "quantiles", "seed"}
    for name, parameter in component["parameters"].items():
        assert parameter["description"]
        assert f"{NAME}.{name}" in shown.stdout


def test_it_makes_a_image_whose_record_names_it(image, version):
    out, ran = image
    assert ran.returncode == 0, ran.stderr
    assert "Warning" not in ran.stderr
    assert json.loads(ran.stdout)["artifacts"] == [str(out)]
    assert out.read_bytes().startswith(b"\x89PNG")
    record = json.loads(out.with_name("sliced.stylekit.json").read_text(encoding="utf-8"))
    (part,) = [c for c in record["components"] if c["id"] == f"sliced:{NAME}"]
    assert part["kind"] == "loss"
    assert (part["distribution"], part["distribution_version"]) == ("stylekit-sliced", version)
    assert record["config"]["style_loss"] == f"sliced:{NAME}"
    assert record["config"][f"sliced:{NAME}"]["quantiles"] == 256


def test_the_record_repeats_the_run_and_blocking_stops_it(environment, image):
    out, _ = image
    again = out.with_name("again.png")
    record = str(out.with_name("sliced.stylekit.json"))
    repeated, blocked, by_id, builtins_only = environment.stylekit_each(
        ["run", "--config", record, "--out", str(again)],
        ["run", "-p", "no:sliced", "--style-loss", NAME, *SMALL],
        ["run", "-p", "no:sliced", "--style-loss", f"sliced:{NAME}", *SMALL],
        ["run", "--no-plugins", "--config", record, "--out", "no.png"],
    )
    assert repeated.returncode == 0, repeated.stderr
    assert again.read_bytes() == out.read_bytes()
    for refused in (blocked, by_id, builtins_only):
        assert refused.returncode == 2
        assert "'sliced' is blocked" in refused.stderr
        assert "Traceback" not in refused.stderr


def test_its_own_tests_pass_where_it_is_installed(environment, repository):
    project = repository / "contrib" / "stylekit-sliced"
    words = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", str(project / "pyproject.toml")]
    ran = environment.run(*words, str(project / "tests"))
    assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize(
    ("words", "variables"),
    [
        (("-p", "no:sliced"), {}),
        (("--no-plugins",), {}),
        ((), {"STYLEKIT_PLUGINS": ""}),
        ((), {"STYLEKIT_PLUGINS": "another,third"}),
    ],
)
def test_blocked_plugins_are_listed_as_such_and_not_imported(environment, words, variables):
    (record,) = environment.plugins(*words, env=variables)["sliced"]
    assert record["status"] == "blocked"
    assert record["components"] == []
    refused = environment.stylekit("describe", f"sliced:{NAME}", *words, env=variables)
    assert refused.returncode == 2
    assert "blocked" in refused.stderr
    code = (
        "import sys; from stylekit.cli.main import main;"
        f"main(['list-plugins', *{list(words)!r}]); print('stylekit_sliced' in sys.modules)"
    )
    ran = environment.run("-c", code, env=variables)
    assert ran.stdout.splitlines()[-1] == "False"


def test_an_allowlist_lets_its_plugins_in(environment):
    (record,) = environment.plugins(env={"STYLEKIT_PLUGINS": " sliced , other"})["sliced"]
    assert record["status"] == "active"


def test_blocking_a_name_that_nobody_has_is_refused(environment):
    ran = environment.stylekit("list-plugins", "-p", "no:slicd")
    assert ran.returncode == 2
    assert "sliced" in ran.stderr


def test_uninstalled_it_is_gone(make_environment, stylekit_wheel, sliced_wheel, builtin_names):
    environment = make_environment(stylekit_wheel, sliced_wheel)
    assert "sliced" in environment.plugins()
    environment.pip("uninstall", "--yes", "stylekit-sliced")
    assert set(environment.plugins()) == builtin_names
    ran = environment.stylekit("run", "--style-loss", NAME, *SMALL)
    assert ran.returncode == 2
    assert f"Unknown loss '{NAME}'" in ran.stderr


def test_describing_what_is_blocked_says_so(environment):
    ran = environment.stylekit("describe", "sliced-wasserstein", "-p", "no:sliced")
    assert ran.returncode == 2
    assert "'sliced' is blocked" in ran.stderr


def test_broken_metadata_of_another_distribution_hides_nothing(environment):
    asked = "import sysconfig; print(sysconfig.get_path('purelib'))"
    broken = Path(environment.run("-c", asked).stdout.strip()) / "broken-1.0.dist-info"
    broken.mkdir()
    (broken / "METADATA").write_text("Name: broken\nVersion: 1.0\n", encoding="utf-8")
    (broken / "entry_points.txt").write_text("[stylekit]\nno equals sign\n", encoding="utf-8")
    try:
        assert "sliced" in environment.plugins()
    finally:
        shutil.rmtree(broken)
