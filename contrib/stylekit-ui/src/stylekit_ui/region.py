"""A part of the picture, drawn with a brush."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

import gradio as gr
from PIL import Image, ImageChops

from stylekit.errors import UsageError
from stylekit.inputs.syntax import parse_region, split_scheme
from stylekit_ui.catalogue import Choices
from stylekit_ui.storage import Shelf, Source

BRUSH = "rgba(194, 65, 12, 0.7)"

WORDS = 10_000
"""Letters of regions in words, at most."""

EXACT = 2048
"""Longest side of a mask in pixels: a brush is no more exact."""


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
                self._blend = gr.Dropdown(blends, value=blends[0][1], label="Edge", min_width=140)
            self._feather = gr.Slider(0, 10, value=1, step=0.5, label="Soft edge, %", min_width=140)
            self._words = gr.Textbox(
                "",
                max_length=WORDS,
                label="Or in words",
                info="As after --region. One a line: as many as styles, and each has its own.",
                placeholder="box:10%,20%,50%,50%,feather=8",
                lines=1,
                max_lines=4,
                elem_id=f"{kind}-region",
            )

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
        return [
            *(self._wanted, self._editor, self._invert, self._feather, self._blend),
            self._words,
        ]

    def stated(self, values: Sequence[Any], content: Source | None) -> dict[str, Any]:
        """Return what a config says of the region; nothing if everything is painted.

        Raises:
            StylekitError: a part is wanted, and it is not said which, or with a file elsewhere.
        """
        wanted, drawing, invert, feather, blend, words = values
        if not wanted or content is None:
            return {}
        if words.strip():
            return {"region": self._checked(words.split("\n")), "blend": blend}
        mask = strokes((drawing or {}).get("layers") or [])
        if mask is None:
            raise UsageError("Nothing is brushed over yet.", "Brush, or leave the box unchecked.")
        options = (",invert" if invert else "") + (f",feather={feather}%" if feather else "")
        return {"region": [self._kept(mask, content) + options], "blend": blend}

    def _checked(self, lines: list[str]) -> list[str]:
        """Let shapes and colors pass, and of masks those that are in the page's folders.

        Raises:
            UsageError: a region is a file elsewhere, or makes no sense.
        """
        for line in lines:
            source = parse_region(line).source
            self._shelf.check(source)
            if not split_scheme(source)[0] and not self._shelf.holds(source):
                raise self._shelf.refusal(line)
        return lines

    def _kept(self, mask: Image.Image, content: Source) -> str:
        """Return a file with a mask of the content's own shape, which is kept."""
        scale = min(1.0, EXACT / max(content.width, content.height))
        size = (round(content.width * scale), round(content.height * scale))
        path = self._shelf.scratch / f"{uuid4().hex}/region.png"
        path.parent.mkdir()
        mask.resize(size, Image.Resampling.BILINEAR).save(path)
        return self._shelf.keep(str(path))

    @property
    def outputs(self) -> list[Any]:
        """The components that `restored` has values for."""
        return [self._wanted, self._place, self._words, self._blend]

    def restored(self, config: Mapping[str, Any]) -> list[Any]:
        """Return what shows the region of an earlier run: in words."""
        regions = config.get("region") or []
        wanted = bool(regions)
        return [wanted, gr.Column(visible=wanted), "\n".join(regions), config["blend"]]


def strokes(layers: Sequence[Image.Image]) -> Image.Image | None:
    """Return where there are strokes, white on black; None if there are none."""
    mask: Image.Image | None = None
    for layer in layers:
        painted = layer.convert("RGBA").getchannel("A").point(lambda alpha: 255 * (alpha > 64))
        mask = painted if mask is None else ImageChops.lighter(mask, painted)
    return None if mask is None or mask.getbbox() is None else mask
