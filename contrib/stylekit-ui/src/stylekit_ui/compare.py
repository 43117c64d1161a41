"""Two images to compare: as a wipe, side by side, or the result alone; also while it is made."""

from __future__ import annotations

from html import escape

import gradio as gr

from stylekit_ui.assets import asset
from stylekit_ui.status import placeholder

VIEWS = (("wipe", "Wipe"), ("both", "Side by side"), ("after", "Result"))


def compare_view(hint: str, elem_id: str) -> gr.HTML:
    """Return the component that shows the HTML of `placeholder` or `comparison`."""
    return gr.HTML(
        placeholder(hint),
        js_on_load=asset("compare.js"),
        apply_default_css=False,
        elem_id=elem_id,
        elem_classes="sk-html",
    )


def comparison(before: str | None, after: str, width: int, height: int, name: str) -> str:
    """Return two images as HTML.

    Args:
        before: address of the content; None: show the result alone.
        after: address of the result, or the image itself as a data URL.
        width: of the result in pixels; only the ratio to the height matters.
        name: unique name of the radio buttons.
    """
    ratio = f"--ratio: {width / height:.4f}"
    result = f'<figure class="sk-after"><img src="{escape(after)}" alt="Result"></figure>'
    if before is None:
        return f'<div class="sk-compare"><div class="sk-pair" style="{ratio}">{result}</div></div>'
    radios = "".join(
        f'<label><input type="radio" name="{name}" value="{value}"'
        f"{' checked' if value == 'wipe' else ''}><span>{label}</span></label>"
        for value, label in VIEWS
    )
    return (
        f'<div class="sk-compare"><div class="sk-pair" style="{ratio}">'
        f'<figure class="sk-before"><img src="{escape(before)}" alt="Content"></figure>{result}'
        '<input type="range" min="0" max="100" value="50" '
        'aria-label="Wipe: percentage of the content that is shown"></div>'
        f'<div class="sk-views" role="radiogroup" aria-label="View">{radios}</div></div>'
    )
