"""A slider for the parameters that an artist turns most: strength and size of strokes."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from html import escape
from typing import Any

import gradio as gr

from stylekit_ui.assets import asset

MAIN_PARAMETERS = {
    "strength": "Strength",
    "style_weight": "Strength",
    "style_scale": "Stroke size",
}
"""Parameters that are shown above all others where a component has them, with their labels."""

WIDE = 1000
"""A range with this ratio of its ends, or without a lower end, is logarithmic."""

REACH = 32
"""A logarithmic slider reaches this factor up and down from the default."""

STEPS_PER_DECADE = 20
LINEAR_STEPS = 20

_TEMPLATE = """<div class="sk-dial">
<label for="${field}-range">${caption}</label>
<input type="number" id="${field}-number" aria-label="${caption}, exact" value="${value}"
  min="${least}" max="${most}" step="any">
<input type="range" id="${field}-range" min="0" max="${steps}" step="1"
  value="${Math.round(steps * Math.min(1, Math.max(0, log
    ? Math.log(Math.max(value, low) / low) / Math.log(high / low)
    : (value - low) / (high - low))))}" aria-valuetext="${value}" aria-describedby="${field}-hint">
<small id="${field}-hint">${hint}</small>
</div>"""


def is_main(name: str, schema: Mapping[str, Any]) -> bool:
    """Return whether a parameter is a number that gets a dial."""
    has_range = "maximum" in schema or "exclusiveMaximum" in schema
    return name in MAIN_PARAMETERS and schema.get("type") == "number" and has_range


def dial_range(schema: Mapping[str, Any], value: float) -> tuple[float, float, bool]:
    """Return the ends of a dial, and whether it is logarithmic.

    Args:
        schema: JSON schema of the parameter, with its bounds and its default.
        value: the current value, which is in the range.
    """
    least = schema.get("minimum", schema.get("exclusiveMinimum", 0))
    most = schema.get("maximum", schema.get("exclusiveMaximum"))
    default = schema.get("default", value)
    if "exclusiveMinimum" not in schema and most - least < WIDE:
        return least, most, False
    high = min(most, default * REACH)
    low = max(least, default**2 / high)
    return min(low, value or low), max(high, value), True


def dial(name: str, schema: Mapping[str, Any], value: float, elem_id: str) -> gr.HTML:
    """Return the dial of a parameter; its value is the parameter's value."""
    low, high, log = dial_range(schema, value)
    steps = round(STEPS_PER_DECADE * math.log10(high / low)) if log else LINEAR_STEPS
    return gr.HTML(
        value,
        html_template=_TEMPLATE,
        js_on_load=asset("dial.js"),
        apply_default_css=False,
        elem_id=elem_id,
        elem_classes="sk-html",
        min_width=200,
        field=elem_id,
        caption=MAIN_PARAMETERS[name],
        # The page's own texts hold no HTML, but a third-party parameter's might.
        hint=_plain(schema.get("description", "")),
        low=low,
        high=high,
        log=log,
        steps=steps,
        least=schema.get("minimum", schema.get("exclusiveMinimum", 0)),
        most=schema.get("maximum", schema.get("exclusiveMaximum")),
    )


_END = re.compile(r"(?<! al)\. |; | \((?=[A-Z])")
"""The end of a description's first clause; references such as (Ghiasi et al.) are left out."""


def _plain(text: str) -> str:
    """Return the part of a description that explains the numbers, as HTML."""
    what, _, numbers = _END.split(text)[0].removesuffix(".").partition(": ")
    short = numbers or what
    return escape(short[:1].upper() + short[1:])
