"""Checks what is in wheels and source distributions before they are published.

    python -m tests.helpers.distributions dist

prints what is missing and what is too much. A file that git does not track is too much; a file of
a package that git tracks is missing if it is not there.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]
PROJECTS = (ROOT, *sorted(path.parent for path in ROOT.glob("contrib/*/pyproject.toml")))

GENERATED = {"PKG-INFO", ".gitignore"}
"""What the build system adds to a source distribution."""


def problems(folder: Path) -> Iterator[str]:
    """Yield what is wrong with the distributions in a folder."""
    for project in PROJECTS:
        name = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))["project"]["name"]
        stem = f"{name.replace('-', '_')}-"
        wheels = sorted(folder.glob(f"{stem}[0-9]*.whl"))
        archives = sorted(folder.glob(f"{stem}[0-9]*.tar.gz"))
        if len(wheels) != 1 or len(archives) != 1:
            yield f"{name}: {len(wheels)} wheels and {len(archives)} source distributions"
            continue
        yield from _differences(wheels[0].name, _in_wheel(wheels[0]), modules_of(project))
        yield from _problems_of_archive(archives[0], project)
        with zipfile.ZipFile(wheels[0]) as wheel:
            if not any(entry.endswith("/licenses/LICENSE") for entry in wheel.namelist()):
                yield f"{wheels[0].name}: no license"


def modules_of(project: Path) -> set[str]:
    """Return the files of a project's packages, as a wheel must have them."""
    build = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]
    packages = build["build"]["targets"]["wheel"]["packages"]
    return {
        str(PurePosixPath(path).relative_to(PurePosixPath(package).parent))
        for package in packages
        for path in tracked(project)
        if PurePosixPath(path).is_relative_to(package)
    }


def tracked(project: Path) -> set[str]:
    """Return the files that git tracks in a project, relative to it."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=project, check=True, capture_output=True, text=True
    )
    return set(filter(None, listed.stdout.split("\0")))


def _in_wheel(path: Path) -> set[str]:
    with zipfile.ZipFile(path) as wheel:
        return {
            entry
            for entry in wheel.namelist()
            if not entry.partition("/")[0].endswith(".dist-info")
        }


def _problems_of_archive(path: Path, project: Path) -> Iterator[str]:
    with tarfile.open(path) as archive:
        there = {member.name.partition("/")[2] for member in archive if member.isfile()}
    there -= GENERATED
    yield from (f"{path.name}: {x} is too much" for x in sorted(there - tracked(project)))
    packages = {f"/{module}" for module in modules_of(project)}
    for module in sorted(packages):
        if not any(f"/{entry}".endswith(module) for entry in there):
            yield f"{path.name}: {module[1:]} is missing"


def _differences(name: str, there: set[str], expected: set[str]) -> Iterator[str]:
    yield from (f"{name}: {entry} is missing" for entry in sorted(expected - there))
    yield from (f"{name}: {entry} is too much" for entry in sorted(there - expected))


if __name__ == "__main__":
    every = list(problems(Path(sys.argv[1])))
    print("\n".join(every))
    sys.exit(bool(every))
