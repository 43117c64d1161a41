"""What documents show, made usable: plugins, and blocks of code as modules."""

from __future__ import annotations

import importlib
import sys
import types
from collections.abc import Callable, Iterator

import pytest
from tests.docs.documents import MANUAL, ROOT, blocks, read

from stylekit import Host


@pytest.fixture(scope="session")
def every_plugin() -> Iterator[Host]:
    """The built-in plugins and those of `contrib/`, which need not be installed."""
    with pytest.MonkeyPatch.context() as patch:
        found = {}
        for source in sorted(ROOT.glob("contrib/*/src")):
            patch.syspath_prepend(source)
            (package,) = [path.name for path in source.iterdir() if (path / "__init__.py").exists()]
            found[package.removeprefix("stylekit_")] = importlib.import_module(package)
        yield Host(found, builtins_only=True)


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., types.ModuleType]:
    """Runs the block of PLUGINS.md that has a text in it, up to a mark, as a module."""

    def run(text: str, until: str | None = None) -> types.ModuleType:
        (code,) = [block for block in blocks(read(MANUAL), "python") if text in block]
        module = types.ModuleType("printed_in_the_manual")
        monkeypatch.setitem(sys.modules, module.__name__, module)
        shown = code.partition(until)[0] if until else code
        exec(compile(shown, "PLUGINS.md", "exec"), module.__dict__)
        return module

    return run
