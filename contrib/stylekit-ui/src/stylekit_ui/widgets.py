"""Widgets for parameters: ranges become sliders, choices lists, and all else text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import gradio as gr
from gradio.components import Component as Widget

MAX_SLIDER_RANGE = 1000
"""A wider range makes a slider useless."""

SLIDER_STEPS = 100


def widget_for(
    name: str,
    schema: Mapping[str, Any],
    value: Any,
    elem_id: str = "",
    with_description: bool = True,
) -> Widget:
    """Return the widget of a parameter.

    Args:
        schema: JSON schema of the parameter.
        value: initial value.
        elem_id: HTML id.
        with_description: show the description below the label.
    """
    options: dict[str, Any] = {
        "label": name.replace("_", " ").capitalize(),
        "info": schema.get("description", "") if with_description else None,
        "interactive": True,
        "elem_id": elem_id,
        "min_width": 140,
    }
    schema = _without_none(schema)
    kind = schema.get("type")
    if "enum" in schema:
        return gr.Dropdown(list(schema["enum"]), value=value, **options)
    if kind == "boolean":
        return gr.Checkbox(bool(value), **options)
    if kind in ("integer", "number"):
        return _number_widget(schema, value, options)
    if value is None:
        value = ""
    return gr.Textbox(value if isinstance(value, str) else json.dumps(value), **options)


def _without_none(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the schema of an optional parameter's value."""
    alternatives = [option for option in schema.get("anyOf", ()) if option.get("type") != "null"]
    return alternatives[0] if len(alternatives) == 1 else schema


def _number_widget(schema: Mapping[str, Any], value: Any, options: dict[str, Any]) -> Widget:
    minimum = schema.get("minimum", schema.get("exclusiveMinimum"))
    maximum = schema.get("maximum", schema.get("exclusiveMaximum"))
    integral = schema["type"] == "integer"
    if None not in (minimum, maximum, value) and maximum - minimum <= MAX_SLIDER_RANGE:
        step = 1 if integral else (maximum - minimum) / SLIDER_STEPS
        steps = (value - minimum) / step
        # A slider cannot show a value between its steps, such as a learning rate.
        if abs(steps - round(steps)) < 1e-6:
            minimum += step if "exclusiveMinimum" in schema else 0
            maximum -= step if "exclusiveMaximum" in schema else 0
            return gr.Slider(minimum, maximum, value=value, step=step, **options)
    return gr.Number(value, precision=0 if integral else None, **options)


def parse_value(schema: Mapping[str, Any], value: Any) -> Any:
    """Return the value of a widget as a config holds it; tables and lists are JSON texts.

    Invalid JSON stays a text, which the run refuses with an error. None: the parameter is unset.
    """
    required = _without_none(schema)
    if value == "" and required is not schema:
        return None
    if required.get("type") == "string" or not isinstance(value, str) or "enum" in required:
        return value
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        return value
