"""What CONTRIBUTING, RELEASING, the workflows and the hooks name exists."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.helpers import distributions, release

import stylekit
from stylekit import hookspecs, testing
from stylekit.specs import SPEC_TYPES

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
DOCUMENTS = [ROOT / f"{name}.md" for name in ("CONTRIBUTING", "RELEASING", "SECURITY")]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
TEMPLATES = sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml"))


def targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))


def parsed(path: Path) -> dict[str, Any]:
    # "on" is a boolean in YAML 1.1.
    content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content


def jobs() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in WORKFLOWS:
        for name, job in parsed(path)["jobs"].items():
            yield f"{path.stem}:{name}", job


JOBS = dict(jobs())


def steps(job: dict[str, Any], key: str) -> list[str]:
    return [step[key] for step in job["steps"] if key in step]


def rows() -> list[list[str]]:
    """The table of components in CONTRIBUTING, without its head."""
    (table,) = re.findall(r"\| to add \|.*?\n\n", CONTRIBUTING, re.DOTALL)
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()[2:-1]]


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_what_a_new_component_needs_is_there(row: list[str]) -> None:
    _, file, hook, protocol, suite = (cell.strip("`") for cell in row)
    assert (ROOT / "plugins/stylekit_plugins" / file).is_file()
    assert hook in hookspecs.REGISTER
    assert issubclass(getattr(testing, suite), testing.ComponentSuite)
    if protocol.startswith("stylekit."):
        module, _, name = protocol.rpartition(".")
        assert isinstance(getattr(importlib.import_module(module), name), type)


def test_every_kind_of_component_is_in_the_table() -> None:
    assert {row[2].strip("`") for row in rows()} == set(hookspecs.REGISTER)
    suites = {"TrainerSuite", *(testing.suite_of(kind).__name__ for kind in SPEC_TYPES)}
    assert {row[4].strip("`") for row in rows()} == suites


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_the_documents_name_what_exists(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)#]+)", text):
        assert link.startswith("http") or (ROOT / link).exists(), link
    shown = [line for line in text.splitlines() if line.startswith("$ ")]
    inline = re.findall(r"`((?:make|\.venv/bin/python) [^`]+)`", text)
    assert_runs([line.removeprefix("$ ").partition("#")[0] for line in shown] + inline)


def assert_runs(commands: list[str]) -> None:
    """Check that make's targets, modules, scripts and folders of tests exist."""
    for command in commands:
        if command.startswith("make "):
            words = [word for word in command.split()[1:] if "=" not in word and "/" not in word]
            assert set(words) <= targets(), command
        for module in re.findall(r"python -m (tests[\w.]+)", command):
            assert importlib.util.find_spec(module), command
        for place in re.findall(r"(?:tests|docs)/[\w./]+", command):
            assert (ROOT / place.rstrip(".")).exists(), command


@pytest.mark.parametrize("name", JOBS)
def test_a_job_calls_what_exists(name: str) -> None:
    commands = steps(JOBS[name], "run")
    assert commands or name == "release:publish"
    assert_runs([command.replace('"', "").replace("TESTS=", "") for command in commands])
    for extras in re.findall(r"\.\[([\w,]+)\]", "\n".join(commands) + MAKEFILE):
        assert set(extras.split(",")) <= PYPROJECT["project"]["optional-dependencies"].keys()


@pytest.mark.parametrize("name", JOBS)
def test_a_job_may_do_no_more_than_it_must(name: str) -> None:
    job = JOBS[name]
    assert job["timeout-minutes"] <= 120
    assert job.get("permissions", {}).keys() <= {"id-token"}
    for action in steps(job, "uses"):
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action), f"{action} is not pinned"
    for step in job["steps"]:
        if "actions/checkout" in step.get("uses", ""):
            assert step["with"] == {"persist-credentials": False}


def test_the_workflows_can_only_read_the_repository() -> None:
    assert len(WORKFLOWS) == 2
    for path in WORKFLOWS:
        assert parsed(path)["permissions"] == {"contents": "read"}
    assert JOBS["release:publish"]["permissions"] == {"id-token": "write"}


def test_ci_tests_every_python_and_everything_that_make_test_does() -> None:
    pythons = JOBS["ci:test"]["strategy"]["matrix"]["python"]
    oldest = PYPROJECT["project"]["requires-python"].removeprefix(">=")
    assert pythons[0] == oldest
    assert JOBS["ci:oldest"]["env"] == {"UV_RESOLUTION": "lowest-direct"}
    (needed,) = re.findall(r"^test: (.*)", MAKEFILE, re.MULTILINE)
    called = {
        target
        for job in JOBS.values()
        for command in steps(job, "run")
        for target in re.findall(r"^make ([a-z-]+)", command)
    }
    assert called >= {*needed.split(), "test-slow", "smoke", "audit"}


def test_the_hooks_before_a_commit_run_what_is_installed() -> None:
    (repository,) = parsed(ROOT / ".pre-commit-config.yaml")["repos"]
    assert repository["repo"] == "local"
    needed = " ".join(PYPROJECT["project"]["optional-dependencies"]["dev"])
    for hook in repository["hooks"]:
        program, *arguments = hook["entry"].split()
        tool = Path(program).name if arguments[:1] != ["-m"] else arguments[1].split(".")[0]
        assert program.startswith(".venv/bin/")
        assert tool == "tests" or tool in needed


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_template_for_issues_is_complete(path: Path) -> None:
    form = parsed(path)
    if path.stem == "config":
        assert form == {"blank_issues_enabled": True}
        return
    assert form["name"]
    assert form["description"]
    fields = {field["id"]: field for field in form["body"]}
    assert any(field.get("validations", {}).get("required") for field in fields.values())
    if path.stem == "bug":
        assert "stylekit doctor --json" in fields["doctor"]["attributes"]["label"]
        assert fields["command"]["validations"]["required"]
        assert "record" in fields


def test_a_release_has_one_version_and_one_date() -> None:
    assert list(release.problems(stylekit.__version__)) == []
    assert len(list(release.problems("99.0"))) == 3


@pytest.mark.slow
def test_the_distributions_hold_what_git_tracks(tmp_path: Path) -> None:
    for project in distributions.PROJECTS:
        command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(tmp_path)]
        subprocess.run([*command, str(project)], check=True, capture_output=True)
    assert list(distributions.problems(tmp_path)) == []
    (wheel,) = tmp_path.glob("stylekit-*.whl")
    wheel.unlink()
    assert list(distributions.problems(tmp_path)) == [
        "stylekit: 0 wheels and 1 source distributions"
    ]
