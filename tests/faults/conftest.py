"""Forks of one process, which also has an evaluation's classifier."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.evaluation import shapes_plugin
from tests.faults.kinds import ROOT, Forks, install


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Folders for PYTHONPATH: a classifier that is quick, and the plugin that it comes from."""
    folder = tmp_path_factory.mktemp("installed")
    install(folder, "shapes", shapes_plugin.__name__)
    return [str(folder), str(ROOT)]


@pytest.fixture(scope="session")
def forks(installed: list[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    started = Forks(tmp_path_factory.mktemp("server"), installed)
    yield started
    started.server.stop()
