"""The region to paint: drawn with a brush, or written as for `--region`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

import gradio as gr
from PIL import Image, ImageChops

from stylekit.errors import UsageError
from stylekit.inputs.syntax import parse_region, split_scheme
from stylekit_ui.catalogue import Choices
from stylekit_ui.storage import Source, Storage

BRUSH = "rgba(194, 65, 12, 0.7)"

MAX_TEXT = 10_000
"""Characters of a written region."""

MAX_MASK_SIDE = 2048
"""Longest side of a mask in pixels; a brush is not more exact."""


class RegionInput:
    """The brush and its options; creating it draws it.

    Args:
        content: the source of the image to draw on.
    """

    def __init__(self, kind: str, blends: Choices, content: gr.Textbox, storage: Storage) -> None:
        self._content = content
        self._storage = storage
        self._enabled = gr.Checkbox(
            False, label="Paint only a region", container=False, elem_id=f"{kind}-part"
        )
        with gr.Column(visible=False) as self._panel:
            self._editor = gr.ImageEditor(
                label="Brush over the region to paint",
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
                self._invert = gr.Checkbox(False, label="Invert region", elem_id=f"{kind}-invert")
                self._blend = gr.Dropdown(blends, value=blends[0][1], label="Blend", min_width=140)
            self._feather = gr.Slider(0, 10, value=1, step=0.5, label="Feather, %", min_width=140)
            self._text = gr.Textbox(
                "",
                max_length=MAX_TEXT,
                label="Or as text",
                info="Same syntax as --region, one region a line. With as many regions as styles, "
                "each region has its own style.",
                placeholder="box:10%,20%,50%,50%,feather=8",
                lines=1,
                max_lines=4,
                elem_id=f"{kind}-region",
            )

    def connect_events(self) -> None:
        """Show the brush over the content while the checkbox is on."""

        async def update(enabled: bool, content: str) -> tuple[Any, Any]:
            if not enabled:
                return gr.Column(visible=False), gr.skip()
            source = await self._storage.known(content) if content else None
            background = str(source.preview) if isinstance(source, Source) else None
            value: dict[str, Any] = {"background": background, "layers": [], "composite": None}
            return gr.Column(visible=True), value

        gr.on(
            [self._enabled.input, self._content.change],
            update,
            [self._enabled, self._content],
            [self._panel, self._editor],
            show_progress="hidden",
            trigger_mode="always_last",
            queue=False,
        )

    @property
    def inputs(self) -> list[Any]:
        """The components whose values `config_values` takes."""
        return [
            *(self._enabled, self._editor, self._invert, self._feather, self._blend),
            self._text,
        ]

    def config_values(self, values: Sequence[Any], content: Source) -> dict[str, Any]:
        """Return the config keys of the region; none if the whole image is painted.

        Raises:
            StylekitError: the region is empty, invalid, or a file outside the page's folders.
        """
        enabled, drawing, invert, feather, blend, text = values
        if not enabled:
            return {}
        if text.strip():
            return {"region": self._checked(text.split("\n")), "blend": blend}
        mask = mask_of((drawing or {}).get("layers") or [])
        if mask is None:
            raise UsageError(
                "The region is empty.", "Brush over a part of the image, or uncheck the box."
            )
        options = (",invert" if invert else "") + (f",feather={feather}%" if feather else "")
        return {"region": [self._store_mask(mask, content) + options], "blend": blend}

    def _checked(self, lines: list[str]) -> list[str]:
        """Return regions that are shapes, colors, or masks in the page's folders.

        Raises:
            UsageError: a region is another file, or invalid.
        """
        for line in lines:
            source = parse_region(line).source
            self._storage.check(source)
            if not split_scheme(source)[0] and not self._storage.contains(source):
                raise self._storage.outside_error(line)
        return lines

    def _store_mask(self, mask: Image.Image, content: Source) -> str:
        """Save a mask with the content's aspect ratio and return its path."""
        scale = min(1.0, MAX_MASK_SIDE / max(content.width, content.height))
        size = (round(content.width * scale), round(content.height * scale))
        path = self._storage.scratch_folder / f"{uuid4().hex}/region.png"
        path.parent.mkdir()
        mask.resize(size, Image.Resampling.BILINEAR).save(path)
        return self._storage.store(str(path))

    @property
    def outputs(self) -> list[Any]:
        """The components that `restore` returns values for."""
        return [self._enabled, self._panel, self._text, self._blend]

    def restore(self, config: Mapping[str, Any]) -> list[Any]:
        """Return the values that show the region of an earlier run, as text."""
        regions = config.get("region") or []
        enabled = bool(regions)
        return [enabled, gr.Column(visible=enabled), "\n".join(regions), config["blend"]]


def mask_of(layers: Sequence[Image.Image]) -> Image.Image | None:
    """Return a mask, white where any layer has strokes; None without strokes."""
    mask: Image.Image | None = None
    for layer in layers:
        strokes = layer.convert("RGBA").getchannel("A").point(lambda alpha: 255 * (alpha > 64))
        mask = strokes if mask is None else ImageChops.lighter(mask, strokes)
    return None if mask is None or mask.getbbox() is None else mask
