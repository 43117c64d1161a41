"""Extras: packages that parts of a distribution need, and that users install where they want them.

What needs an extra says so in its spec (`ComponentSpec.extra`). A component of which only a part
needs one calls `require_extra` before that part does any work.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

from stylekit.errors import MissingExtraError


def is_installed(modules: Sequence[str]) -> bool:
    """Return whether all modules can be imported, without importing them."""
    specs = [find_spec(name) for name in modules]
    # A folder that an uninstalled package left behind has a spec, but no origin.
    return all(spec is not None and spec.origin is not None for spec in specs)


def install_command(extra: str, distribution: str | None = "stylekit") -> str:
    """Return the command that installs an extra."""
    return f'pip install "{distribution}[{extra}]"'


def require_extra(
    what: str, extra: str, modules: Sequence[str], distribution: str | None = "stylekit"
) -> None:
    """Refuse work for which an extra is missing.

    Args:
        what: the work and its input, as the subject of a sentence: `Reading walk.mp4`.
        modules: the top-level modules that the extra installs.
        distribution: whose extra it is; None: of no distribution, as of plugins in the process.

    Raises:
        MissingExtraError: a module is not installed.
    """
    if is_installed(modules):
        return
    if not distribution:
        raise MissingExtraError(f"{what} needs {', '.join(modules)}, which is not installed.")
    raise MissingExtraError(
        f"{what} needs the extra '{extra}' of {distribution}, which is not installed.",
        f"Install it: {install_command(extra, distribution)}",
    )
