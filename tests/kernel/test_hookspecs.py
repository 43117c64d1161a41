"""The examples in the hooks' docstrings are plugins."""

from __future__ import annotations

import inspect
import types

import pytest

import stylekit
from stylekit import Host, hookspecs


@pytest.mark.parametrize("hook", hookspecs.REGISTER)
def test_the_example_of_a_hook_is_a_plugin(hook: str) -> None:
    text = inspect.cleandoc(getattr(hookspecs, hook).__doc__ or "")
    plugin = types.ModuleType("example")
    plugin.__dict__["stylekit"] = stylekit
    exec(inspect.cleandoc("\n" + text.partition("Example:\n")[2]), plugin.__dict__)
    host = Host({"example": plugin}, discover=False)
    assert [spec.kind for spec in host.registry.records[-1].components] == [
        hookspecs.REGISTER[hook]
    ]
