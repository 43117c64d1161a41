"""A parameter's schema as a control: ranges as sliders, choices as lists, the rest as text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import gradio as gr
from gradio.components import Component as Control

WIDEST = 1000
"""A wider range than this is no use as a slider."""

NOTCHES = 100


def control_for(
    name: str, schema: Mapping[str, Any], value: Any, elem_id: str = "", brief: bool = False
) -> Control:
    """Return the control of one parameter.

    Args:
        value: what it shows at first.
        elem_id: what it is called in the page.
        brief: only the first sentence of its description.
    """
    text = schema.get("description", "")
    looks: dict[str, Any] = {
        "label": name.replace("_", " ").capitalize(),
        "info": text.partition(". ")[0].removesuffix(".") if brief else text,
        "interactive": True,
        "elem_id": elem_id,
        "min_width": 140,
    }
    schema = _without_none(schema)
    kind = schema.get("type")
    if "enum" in schema:
        return gr.Dropdown(list(schema["enum"]), value=value, **looks)
    if kind == "boolean":
        return gr.Checkbox(bool(value), **looks)
    if kind in ("integer", "number"):
        return _number(schema, value, looks)
    if value is None:
        value = ""
    return gr.Textbox(value if isinstance(value, str) else json.dumps(value), **looks)


def _without_none(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the schema of what may be left out as if it were there."""
    options = [option for option in schema.get("anyOf", ()) if option.get("type") != "null"]
    return options[0] if len(options) == 1 else schema


def _number(schema: Mapping[str, Any], value: Any, looks: dict[str, Any]) -> Control:
    least = schema.get("minimum", schema.get("exclusiveMinimum"))
    most = schema.get("maximum", schema.get("exclusiveMaximum"))
    whole = schema["type"] == "integer"
    if None not in (least, most, value) and most - least <= WIDEST:
        step = 1 if whole else (most - least) / NOTCHES
        notch = (value - least) / step
        # A slider has no place for a value between its notches, such as a learning rate.
        if abs(notch - round(notch)) < 1e-6:
            # The ends themselves may be forbidden.
            least += step if "exclusiveMinimum" in schema else 0
            most -= step if "exclusiveMaximum" in schema else 0
            return gr.Slider(least, most, value=value, step=step, **looks)
    return gr.Number(value, precision=0 if whole else None, **looks)


def parsed(schema: Mapping[str, Any], value: Any) -> Any:
    """Return what a control's value means: tables and lists are written as JSON.

    What is no JSON stays as it is, and is refused with a reason when the run begins. None: nothing
    is stated.
    """
    plain = _without_none(schema)
    if value == "" and plain is not schema:
        return None
    if plain.get("type") == "string" or not isinstance(value, str) or "enum" in plain:
        return value
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        return value
