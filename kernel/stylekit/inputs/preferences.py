"""Which plugin the user prefers where several register one name: `[prefer.KIND]`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stylekit.errors import UsageError
from stylekit.inputs.settings import apply_dotted
from stylekit.registry.validation import NAME
from stylekit.specs import SPEC_TYPES
from stylekit.text import did_you_mean


def plugins_preferred(layer: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Return the plugin of each preferred name by kind, from the key `prefer` of a layer.

    Raises:
        UsageError: it does not hold a table of names for each kind.
    """
    prefer = layer.get("prefer", {})
    if isinstance(prefer, Mapping):
        prefer = apply_dotted(prefer, {}, "prefer")
        for kind in prefer:
            if kind not in SPEC_TYPES:
                raise UsageError(f"[prefer.{kind}]: unknown kind.", did_you_mean(kind, SPEC_TYPES))
        if all(isinstance(names, Mapping) for names in prefer.values()):
            for kind, names in prefer.items():
                _check_names(kind, names)
            return {kind: dict(names) for kind, names in prefer.items()}
    raise UsageError(
        "[prefer] needs a table for each kind.", 'For example [prefer.loss] gram = "my-plugin".'
    )


def _check_names(kind: str, names: Mapping[str, Any]) -> None:
    for name, plugin in names.items():
        for each in (name, plugin):
            if not (isinstance(each, str) and NAME.fullmatch(each)):
                raise UsageError(
                    f"[prefer.{kind}] {name!r} = {plugin!r}: {each!r} is not the name of a "
                    "component or plugin.",
                    'For example [prefer.loss] gram = "my-plugin".',
                )
