"""The user's settings as the browser holds them.

The browser itself notes each change, and every request brings them all. So neither two changes nor
a change and Run can overtake each other on the way to the server.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from stylekit.runs.layers import Layer
from stylekit_ui.assets import asset
from stylekit_ui.widgets import parse_value

Held = Mapping[str, Any]
"""`restored`: the settings of an earlier run as a JSON text, because a browser would round large
integers. `changes`: the value of each widget that the user has changed since, by its key."""

Schema = Callable[[str, str], Mapping[str, Any]]
"""Returns the JSON schema of a component's parameter."""


def held(settings: Layer) -> dict[str, Any]:
    """Return settings without changes, as the browser holds them."""
    return {"restored": json.dumps(settings), "changes": {}}


def note_change(path: tuple[str, ...]) -> str:
    """Return the function for the browser that notes a change and increments the revision.

    Args:
        path: a run key, or a component's id and a parameter.
    """
    return asset("change.js").replace("KEY", json.dumps("/".join(path)))


def settings_of(values: Held, schema: Schema) -> dict[str, Any]:
    """Return the settings as a config holds them; an emptied one is left out."""
    settings: dict[str, Any] = json.loads(values["restored"])
    for key, value in values["changes"].items():
        table, _, name = key.rpartition("/")
        rest = dict(settings.get(table, {}) if table else settings)
        rest.pop(name, None)
        parsed = parse_value(schema(table, name), value) if table else value
        if parsed is not None and (table or parsed != ""):
            rest[name] = parsed
        settings = {**settings, table: rest} if table else rest
    return settings
