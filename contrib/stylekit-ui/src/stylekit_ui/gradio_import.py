"""Import of Gradio without the work that only its own developers need."""

from __future__ import annotations

import gc
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

STUB_WRITER = "gradio.component_meta"


class _WithoutStubs(MetaPathFinder, Loader):
    """Loads Gradio's module that, for each class of widgets, rewrites a type stub on the disk.

    That is 40 % of Gradio's import, and nobody reads the stubs of a page that runs.
    """

    def __init__(self) -> None:
        self._original: Loader | None = None

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the specification of that one module, with this object as its loader."""
        if fullname != STUB_WRITER:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is not None:
            self._original, spec.loader = spec.loader, self
        return spec

    def exec_module(self, module: ModuleType) -> None:
        """Execute the module, and leave out the writing."""
        assert self._original is not None
        self._original.exec_module(module)
        # Absent in a version of Gradio that no longer writes stubs.
        if hasattr(module, "create_or_modify_pyi"):
            vars(module)["create_or_modify_pyi"] = lambda *_: None


@contextmanager
def fast_start() -> Iterator[None]:
    """Import Gradio and build the page in less time.

    The garbage collector pauses: thousands of objects are created here, and none is garbage.
    """
    if STUB_WRITER not in sys.modules:
        sys.meta_path.insert(0, _WithoutStubs())
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
