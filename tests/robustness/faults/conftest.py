"""Forks of one process, which has a quick classifier for evaluations, and plugins for faults."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from tests.helpers import toy_dataset_plugin
from tests.helpers.scenarios import ROOT, Forks, install


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Folders for PYTHONPATH: a classifier that is quick, and the plugin that it comes from."""
    folder = tmp_path_factory.mktemp("installed")
    install(folder, "shapes", toy_dataset_plugin.__name__)
    return [str(folder), str(ROOT)]


@pytest.fixture(scope="session")
def forks(installed: list[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    started = Forks(tmp_path_factory.mktemp("server"), installed)
    yield started
    started.server.stop()


@pytest.fixture(scope="module")
def forks_with(
    installed: list[str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str, str], Forks]]:
    """Return a function that starts forks with one more plugin: its name and its code."""
    started: list[Forks] = []

    def start(name: str, code: str) -> Forks:
        folder = tmp_path_factory.mktemp(name)
        (folder / f"stylekit_{name}.py").write_text(code)
        install(folder, name, f"stylekit_{name}")
        started.append(Forks(tmp_path_factory.mktemp("server"), [str(folder), *installed]))
        return started[-1]

    yield start
    for each in started:
        each.server.stop()
