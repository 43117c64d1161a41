"""The test module of `--stylekit-plugin`: a suite for each component of the named plugins."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest

from stylekit.errors import PluginError, UsageError
from stylekit.host import Host
from stylekit.testing import ComponentSuite, pytest_plugin, suite_of
from stylekit.text import did_you_mean


def suites(names: Iterable[str], host: Host) -> Iterator[type[ComponentSuite]]:
    """Yield a test class for each component of some plugins.

    Raises:
        UsageError: a plugin is not installed.
        PluginError: it does not work.
    """
    records = {record.name: record for record in host.registry.records}
    for name in names:
        if name not in records:
            raise UsageError(f"No plugin '{name}' is installed.", did_you_mean(name, records))
        record = records[name]
        if record.status != "active":
            raise PluginError(f"Plugin '{name}' is {record.status}: {record.error}.")
        for spec in record.components:
            names = "_".join(map(_title, dict.fromkeys((name, spec.name))))
            title = f"Test{spec.kind.capitalize()}_{names}"
            body = {"component": f"{name}:{spec.name}", "__module__": __name__}
            yield type(title, (suite_of(spec.kind),), body)


def _title(name: str) -> str:
    return "".join(word.capitalize() for word in name.replace("_", "-").split("-"))


try:
    globals().update({suite.__name__: suite for suite in suites(pytest_plugin.chosen, Host())})
except UsageError as error:
    raise pytest.UsageError(str(error)) from None
