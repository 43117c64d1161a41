"""Find a component of any kind by its name, for `describe` and `schema`."""

from __future__ import annotations

from typing import Any

from stylekit.errors import PluginError, UsageError
from stylekit.registry.catalogue import Catalogue, Component
from stylekit.specs import SPEC_TYPES
from stylekit.text import LIST_PLUGINS, did_you_mean


def find_any(catalogue: Catalogue, name: str) -> list[Component[Any]]:
    """Return the components, of any kind, that `name`, `kind/name` or `plugin:name` means.

    Raises:
        UsageError: no component has the name.
        PluginError: the name is one of a plugin that is not active.
    """
    kind, _, rest = name.rpartition("/")
    if kind and kind not in SPEC_TYPES:
        raise UsageError(f"Unknown kind '{kind}'.", did_you_mean(kind, SPEC_TYPES))
    everything = [
        component
        for spec_kind, spec_type in SPEC_TYPES.items()
        if not kind or spec_kind == kind
        for component in catalogue.all(spec_type)
    ]
    components = [c for c in everything if rest in (c.id, c.spec.name)]
    if components:
        return components
    plugin_name = rest.partition(":")[0]
    for record in catalogue.records:
        if record.name == plugin_name and record.status != "active":
            raise PluginError(f"Plugin '{plugin_name}' is {record.status}: {record.error}.")
    raise UsageError(
        f"Unknown component '{name}'.",
        did_you_mean(rest, {c.spec.name for c in everything}, LIST_PLUGINS)
        + catalogue.unavailable_hint(),
    )
