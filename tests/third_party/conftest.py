"""Real installations: wheels that pip puts into fresh virtual environments.

Torch and the other dependencies are not copied: each environment sees a folder of links to the
packages of the interpreter that runs the tests. Whatever offers stylekit plugins is left out of
that folder, so an environment has exactly the stylekit and the plugins that were installed into it.
Nothing touches the network.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

REPOSITORY = Path(__file__).resolve().parents[2]
SECONDS = 300
SAFE_TO_INHERIT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "LD_LIBRARY_PATH")

# Runs several commands in one process: importing torch costs seconds each time.
SEVERAL = """
import contextlib, io, json, sys
from stylekit.cli.main import main
outcomes = []
for words in json.load(sys.stdin):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(words)
    outcomes.append({"returncode": code, "stdout": out.getvalue(), "stderr": err.getvalue()})
print(json.dumps(outcomes))
"""


BUILD = """
import os, sys
from hatchling.build import build_wheel
for project, place in zip(sys.argv[1::2], sys.argv[2::2]):
    os.chdir(project)
    build_wheel(place)
"""


@dataclass(frozen=True)
class Outcome:
    """What became of a command."""

    returncode: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Environment:
    """A virtual environment, used as a user would: by its commands."""

    folder: Path
    pip: Callable[..., Outcome] = field(repr=False)

    @property
    def python(self) -> Path:
        return executable(self.folder, "python")

    def run(self, *words: str, stdin: str = "", env: Mapping[str, str] | None = None) -> Outcome:
        return execute([str(self.python), *words], self.folder, stdin, env)

    def stylekit(self, *words: str, env: Mapping[str, str] | None = None) -> Outcome:
        """Run the installed `stylekit` command."""
        return execute([str(executable(self.folder, "stylekit")), *words], self.folder, env=env)

    def stylekit_each(
        self, *commands: list[str], env: Mapping[str, str] | None = None
    ) -> list[Outcome]:
        """Run several `stylekit` commands one after the other in one process."""
        ran = self.run("-c", SEVERAL, stdin=json.dumps(commands), env=env)
        assert ran.returncode == 0, ran.stderr
        return [Outcome(**outcome) for outcome in json.loads(ran.stdout)]

    def plugins(
        self, *words: str, env: Mapping[str, str] | None = None
    ) -> dict[str, list[dict[str, Any]]]:
        """Return what `list-plugins --json` says, by plugin name; a name can be there twice."""
        ran = self.stylekit("list-plugins", "--json", *words, env=env)
        assert ran.returncode == 0, ran.stderr
        assert "Traceback" not in ran.stderr
        found: dict[str, list[dict[str, Any]]] = {}
        for record in json.loads(ran.stdout)["plugins"]:
            found.setdefault(record["name"], []).append(record)
        return found


def executable(folder: Path, name: str) -> Path:
    scripts, suffix = ("Scripts", ".exe") if os.name == "nt" else ("bin", "")
    return folder / scripts / (name + suffix)


def execute(
    command: list[str],
    folder: Path,
    stdin: str = "",
    env: Mapping[str, str] | None = None,
) -> Outcome:
    clean = {name: os.environ[name] for name in SAFE_TO_INHERIT if name in os.environ}
    clean |= {
        "PYTHONNOUSERSITE": "1",
        "PIP_NO_INDEX": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_CONFIG_FILE": os.devnull,
        "STYLEKIT_CACHE": str(folder / "cache"),
    }
    ran = subprocess.run(
        command,
        cwd=folder,
        env={**clean, **(env or {})},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return Outcome(ran.returncode, ran.stdout, ran.stderr)


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY


@pytest.fixture(scope="session")
def dependencies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of links to everything installed here, except what offers stylekit plugins."""
    folder = tmp_path_factory.mktemp("dependencies")
    left_out = {"pip", "__pycache__"}
    for distribution in importlib.metadata.distributions():
        if any(point.group == "stylekit" for point in distribution.entry_points):
            left_out |= {Path(str(file)).parts[0] for file in distribution.files or ()}
            left_out |= {name.split(".")[0] for name in _modules(distribution)}
    for place in sys.path:
        if not any(Path(place).glob("*.dist-info")):
            continue
        for entry in Path(place).resolve().iterdir():
            taken = entry.name in left_out or entry.name.startswith("pip-")
            if not taken and entry.suffix != ".pth" and not (folder / entry.name).exists():
                (folder / entry.name).symlink_to(entry, target_is_directory=entry.is_dir())
    return folder


@pytest.fixture(scope="session")
def base_dependencies(tmp_path_factory: pytest.TempPathFactory, dependencies: Path) -> Path:
    """A folder of links to what `pip install .` installs beside stylekit, without any extra."""
    folder = tmp_path_factory.mktemp("base-dependencies")
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    links: set[str] = set()
    visited: set[tuple[str, str]] = set()
    todo = [Requirement(each) for each in project["dependencies"]]
    while todo:
        requirement = todo.pop()
        distribution = importlib.metadata.distribution(requirement.name)
        links |= {Path(str(file)).parts[0] for file in distribution.files or ()}
        for extra in {"", *requirement.extras} - {e for n, e in visited if n == requirement.name}:
            visited.add((requirement.name, extra))
            for each in map(Requirement, distribution.requires or ()):
                if each.marker is None or each.marker.evaluate({"extra": extra}):
                    todo.append(each)
    for name in links:
        if name != ".." and (dependencies / name).exists():
            (folder / name).symlink_to((dependencies / name).resolve())
    return folder


def _modules(distribution: importlib.metadata.Distribution) -> list[str]:
    return [point.module for point in distribution.entry_points]


def _make_venv(folder: Path, dependencies: Path, *options: str) -> None:
    made = execute([sys.executable, "-m", "venv", *options, str(folder)], dependencies)
    assert made.returncode == 0, made.stderr
    asked = "import sysconfig; print(sysconfig.get_path('purelib'))"
    place = execute([str(executable(folder, "python")), "-c", asked], folder).stdout.strip()
    (Path(place) / "dependencies.pth").write_text(f"{dependencies}\n", encoding="utf-8")


@pytest.fixture(scope="session")
def pip(
    tmp_path_factory: pytest.TempPathFactory, dependencies: Path
) -> Callable[[Path, list[str]], Outcome]:
    """pip, which works on another environment than its own: the others are made without it."""
    folder = tmp_path_factory.mktemp("pip") / "venv"
    _make_venv(folder, dependencies)
    python = str(executable(folder, "python"))

    def call(target: Path, words: list[str]) -> Outcome:
        command = [python, "-m", "pip", "--python", str(executable(target, "python")), *words]
        ran = execute(command, folder)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran

    return call


@pytest.fixture(scope="session")
def build_wheels(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., list[Path]]:
    """Builds the wheels of projects with their build system, hatchling, in one process."""

    def build(*projects: Path) -> list[Path]:
        # One folder each: two plugins may come from distributions of one name.
        places = [str(tmp_path_factory.mktemp("wheel")) for _ in projects]
        words = [word for pair in zip(map(str, projects), places, strict=True) for word in pair]
        ran = execute([sys.executable, "-c", BUILD, *words], Path(places[0]))
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return [next(Path(place).glob("*.whl")) for place in places]

    return build


@pytest.fixture(scope="session")
def stylekit_wheel(build_wheels: Callable[..., list[Path]]) -> Path:
    return build_wheels(REPOSITORY)[0]


@pytest.fixture(scope="session")
def sliced_wheel(build_wheels: Callable[..., list[Path]]) -> Path:
    return build_wheels(REPOSITORY / "contrib" / "stylekit-sliced")[0]


@pytest.fixture(scope="session")
def make_environment(
    tmp_path_factory: pytest.TempPathFactory,
    dependencies: Path,
    pip: Callable[[Path, list[str]], Outcome],
) -> Callable[..., Environment]:
    """Makes a virtual environment with the given wheels, installed by pip.

    `packages` is the folder of the other packages that it sees.
    """

    def make(*wheels: Path, packages: Path = dependencies) -> Environment:
        folder = tmp_path_factory.mktemp("environment") / "venv"
        _make_venv(folder, packages, "--without-pip")
        environment = Environment(folder, lambda *words: pip(folder, list(words)))
        environment.pip("install", "--no-deps", "--no-compile", *map(str, wheels))
        return environment

    return make


@pytest.fixture(scope="session")
def builtins_environment(
    make_environment: Callable[..., Environment], stylekit_wheel: Path
) -> Environment:
    """stylekit alone. Install nothing into it."""
    return make_environment(stylekit_wheel)


@pytest.fixture(scope="session")
def base_environment(
    make_environment: Callable[..., Environment], stylekit_wheel: Path, base_dependencies: Path
) -> Environment:
    """stylekit without any extra. Install nothing into it."""
    return make_environment(stylekit_wheel, packages=base_dependencies)


@pytest.fixture(scope="session")
def builtin_names(builtins_environment: Environment) -> set[str]:
    return set(builtins_environment.plugins())


@pytest.fixture(scope="session")
def make_plugin(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Writes the project of a distribution `stylekit-NAME` with one plugin; returns its folder.

    `source` is the package's `__init__.py`; `plugin` the entry point's name, `value` its value.
    """

    def make(
        name: str,
        source: str,
        plugin: str | None = None,
        value: str | None = None,
        modules: Mapping[str, str] | None = None,
    ) -> Path:
        package = "stylekit_" + name.replace("-", "_")
        project = tmp_path_factory.mktemp(name)
        (project / package).mkdir()
        for module, text in {"__init__": source, **(modules or {})}.items():
            (project / package / f"{module}.py").write_text(text, encoding="utf-8")
        (project / "pyproject.toml").write_text(
            "[build-system]\n"
            'requires = ["hatchling"]\nbuild-backend = "hatchling.build"\n\n'
            f'[project]\nname = "stylekit-{name}"\nversion = "1.2.3"\n'
            'dependencies = ["stylekit>=0.1"]\n\n'
            f'[project.entry-points.stylekit]\n"{plugin or name}" = "{value or package}"\n',
            encoding="utf-8",
        )
        return project

    return make
