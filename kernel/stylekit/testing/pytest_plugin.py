"""What pytest gets from stylekit: `--stylekit-plugin`, `--stylekit-device`, and an empty host.

pytest imports this in every project where stylekit is installed: it must stay light.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from stylekit.host import Host

SUITES = Path(__file__).with_name("installed.py")
"""The test module that has a class for each component of the chosen plugins."""

chosen: list[str] = []
"""The plugins of `--stylekit-plugin`, for that module."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("stylekit", "plugins of stylekit")
    group.addoption(
        "--stylekit-plugin",
        action="append",
        default=[],
        metavar="NAME",
        help="check every component of an installed plugin of stylekit",
    )
    group.addoption(
        "--stylekit-device",
        default="cpu",
        metavar="DEVICE",
        help="where the checks of stylekit's components compute: cpu (default), cuda, mps",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Let the suites be collected: alone, or after the paths that were given."""
    chosen[:] = config.getoption("--stylekit-plugin")
    if chosen:
        given = config.args_source is pytest.Config.ArgsSource.ARGS
        config.args[:] = [*(config.args if given else ()), str(SUITES)]


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Let the suites be found where pytest looks for no tests, as in a virtual environment."""
    if chosen and (collection_path == SUITES or collection_path in SUITES.parents):
        return False
    return None


@pytest.fixture
def stylekit_host() -> Host:
    """A host without any plugin; `stylekit_host.register(plugin, "name")` adds one."""
    from stylekit.host import Host

    return Host(discover=False)
