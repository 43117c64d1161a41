"""A part of the picture, drawn with a brush."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import gradio as gr
from PIL import Image, ImageChops

from stylekit_ui.installed import Choices
from stylekit_ui.shelf import Shelf, Source

BRUSH = "rgba(194, 65, 12, 0.7)"


class Region:
    """The brush and what is done with its strokes; drawn where it is made.

    Args:
        content: a state with the picture that is drawn on.
    """

    def __init__(self, kind: str, blends: Choices, content: gr.State, shelf: Shelf) -> None:
        self._content = content
        self._shelf = shelf
        self._wanted = gr.Checkbox(
            False, label="Paint only a part", container=False, elem_id=f"{kind}-part"
        )
        with gr.Column(visible=False) as self._place:
            self._editor = gr.ImageEditor(
                label="Brush over what is to be painted",
                type="pil",
                image_mode="RGBA",
                sources=[],
                transforms=[],
                layers=False,
                brush=gr.Brush(colors=[BRUSH], default_color=BRUSH, color_mode="fixed"),
                elem_id=f"{kind}-brush",
                buttons=[],
                interactive=True,
            )
            with gr.Row():
                self._invert = gr.Checkbox(
                    False, label="Everything else instead", elem_id=f"{kind}-invert"
                )
                self._feather = gr.Slider(
                    0, 10, value=1, step=0.5, label="Soft edge, %", min_width=140
                )
                self._blend = gr.Dropdown(blends, value=blends[0][1], label="Edge", min_width=140)

    def listen(self) -> None:
        """Show the brush, over the content, when it is wanted."""

        def shown(wanted: bool, content: Source | None) -> tuple[Any, Any]:
            background = None if content is None else str(content.shown)
            value: dict[str, Any] = {"background": background, "layers": [], "composite": None}
            return gr.Column(visible=wanted), value if wanted else gr.skip()

        gr.on(
            [self._wanted.input, self._content.change],
            shown,
            [self._wanted, self._content],
            [self._place, self._editor],
            show_progress="hidden",
        )

    @property
    def inputs(self) -> list[Any]:
        """What `stated` is called with."""
        return [self._wanted, self._editor, self._invert, self._feather, self._blend]

    def stated(self, values: Sequence[Any], content: Source) -> dict[str, Any]:
        """Return what a config says of the region; nothing if there is none."""
        wanted, drawing, invert, feather, blend = values
        layers = (drawing or {}).get("layers") or []
        mask = strokes(layers)
        if not wanted or mask is None:
            return {}
        # Of the content's own shape, to the pixel; its size only as far as a brush is exact.
        scale = min(1.0, 2048 / max(content.width, content.height))
        size = (round(content.width * scale), round(content.height * scale))
        mask = mask.resize(size, Image.Resampling.BILINEAR)
        digest = hashlib.sha256(mask.tobytes()).hexdigest()[:8]
        path = self._shelf.scratch / f"region-{digest}.png"
        mask.save(path)
        options = (",invert" if invert else "") + (f",feather={feather}%" if feather else "")
        return {"region": [self._shelf.keep(str(path)) + options], "blend": blend}


def strokes(layers: Sequence[Image.Image]) -> Image.Image | None:
    """Return where there are strokes, white on black; None if there are none."""
    mask: Image.Image | None = None
    for layer in layers:
        painted = layer.convert("RGBA").getchannel("A").point(lambda alpha: 255 * (alpha > 64))
        mask = painted if mask is None else ImageChops.lighter(mask, painted)
    return None if mask is None or mask.getbbox() is None else mask
