"""One style or several: blended by their shares, or, in a clip, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr

from stylekit.inputs.syntax import StyleSource
from stylekit_ui.image_input import Easel
from stylekit_ui.messages import Failed
from stylekit_ui.storage import Shelf, Source

MOST = 4
"""Styles that the page has places for."""

CHANGES = ["linear", "cosine", "step"]
"""How a clip goes from one style to the next."""


class Styles:
    """The places of the styles; the first one is drawn where it is made, beside the content."""

    def __init__(self, kind: str, shelf: Shelf, samples: list[tuple[str, str]]) -> None:
        self._kind = kind
        self._shelf = shelf
        self._samples = samples
        self._places: list[gr.Column] = []
        self._easels: list[Easel] = []
        self._shares: list[gr.Slider] = []
        self._moments: list[gr.Textbox] = []
        self._seen = gr.State(1)
        self._draw_place(0)

    def draw_more(self) -> None:
        """Draw the places of further styles, and the button that shows one more."""
        with gr.Row(visible=False) as self._row:
            for number in range(1, MOST):
                self._draw_place(number)
        with gr.Row():
            self._add = gr.Button(
                "Add a style", size="sm", variant="secondary", elem_id=f"{self._kind}-add-style"
            )
            self._interp = gr.Dropdown(
                CHANGES,
                value=CHANGES[0],
                label="From one to the next",
                visible=False,
                elem_id=f"{self._kind}-interp",
            )

    def _draw_place(self, number: int) -> None:
        name = f"{self._kind}-style-{number + 1}"
        with gr.Column(
            visible=number == 0, min_width=140, elem_classes="sk-place" if number else None
        ) as place:
            label = "Style" if number == 0 else f"Style {number + 1}"
            self._easels.append(Easel(label, self._shelf, self._samples, name))
            self._shares.append(
                gr.Slider(
                    0.1, 4, value=1, step=0.1, label="Share", visible=False, elem_id=f"{name}-share"
                )
            )
            self._moments.append(
                gr.Textbox(
                    "",
                    label="At",
                    placeholder="0, 4.5s, 50%, end",
                    visible=False,
                    elem_id=f"{name}-moment",
                )
            )
        self._places.append(place)

    def listen(self, status: gr.HTML) -> None:
        """Take what is put there, and show one more place when it is wanted."""
        for easel in self._easels:
            easel.listen(status)
        places = [self._seen, self._row, *self._places, *self._shares, *self._moments]
        self._add.click(
            lambda seen: self._places_of(seen + 1),
            self._seen,
            [*places, self._interp, self._add],
            show_progress="hidden",
        )

    def _places_of(
        self, count: int, styles: Sequence[StyleSource] = (), interp: str | None = None
    ) -> list[Any]:
        """Return what shows so many places: for the count, their row, each and the rest.

        Args:
            styles: whose shares and moments are shown; without them, what is there stays.
        """
        count = min(count, MOST)
        clip, several = self._kind == "clip", count > 1
        shares = [{"value": style.weight} for style in styles]
        moments = [{"value": style.at or ""} for style in styles]
        nothing: list[dict[str, Any]] = [{} for _ in range(MOST)]
        return [
            count,
            gr.Row(visible=several),
            *(gr.Column(visible=number < count) for number in range(MOST)),
            *(
                gr.Slider(visible=several and not clip, **value)
                for value in [*shares, *nothing][:MOST]
            ),
            *(
                gr.Textbox(visible=several and clip, **value)
                for value in [*moments, *nothing][:MOST]
            ),
            gr.update(visible=several and clip, **({} if interp is None else {"value": interp})),
            gr.Button(interactive=count < MOST),
        ]

    @property
    def outputs(self) -> list[Any]:
        """The components that `restored` has values for."""
        easels = [output for easel in self._easels for output in easel.outputs]
        places = [self._seen, self._row, *self._places, *self._shares, *self._moments]
        return [*easels, *places, self._interp, self._add]

    async def restored(
        self, styles: Sequence[StyleSource], interp: str
    ) -> tuple[list[Any], list[Failed | None]]:
        """Return what shows the styles of an earlier run, and what of them cannot be shown."""
        shown: list[Any] = []
        errors = []
        for number, easel in enumerate(self._easels):
            text = styles[number].source if number < len(styles) else None
            values, error = await easel.restored(text)
            shown += values
            errors.append(error)
        return [*shown, *self._places_of(max(1, len(styles)), styles, interp)], errors

    @property
    def inputs(self) -> list[Any]:
        """What `stated` is called with."""
        sources = [easel.source for easel in self._easels]
        return [*sources, *self._shares, *self._moments, self._interp]

    def stated(self, values: Sequence[Any]) -> tuple[list[StyleSource], str]:
        """Return the styles, as a config names them, and how one turns into the next."""
        sources: Sequence[Source | None] = values[:MOST]
        shares, moments = values[MOST : 2 * MOST], values[2 * MOST : 3 * MOST]
        styles = [
            StyleSource(self._shelf.keep(source.text), str(moment).strip() or None, float(share))
            for source, share, moment in zip(sources, shares, moments, strict=True)
            if source is not None
        ]
        return styles, str(values[-1])
