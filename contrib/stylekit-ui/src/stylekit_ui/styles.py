"""One or several styles: blended by weight or, in a video, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from stylekit.inputs.syntax import StyleSource
from stylekit_ui.image_input import ImageInput
from stylekit_ui.messages import Failure
from stylekit_ui.samples import SampleStrip, Thumbnails
from stylekit_ui.storage import Storage

MAX_STYLES = 4

INTERPOLATIONS = ["linear", "cosine", "step"]


class StyleInputs:
    """The inputs of the styles; creating it draws the first one, beside the content."""

    def __init__(self, kind: str, storage: Storage, thumbnails: Thumbnails) -> None:
        self._kind = kind
        self._storage = storage
        self._thumbnails = thumbnails
        self._columns: list[gr.Column] = []
        self._images: list[ImageInput] = []
        self._weights: list[gr.Slider] = []
        self._timestamps: list[gr.Textbox] = []
        self._count = gr.State(1)
        self._draw_style(0)

    def draw_more(self) -> None:
        """Draw the hidden inputs of further styles, and the button that shows the next one."""
        with gr.Row(visible=False) as self._row:
            for number in range(1, MAX_STYLES):
                self._draw_style(number)
        with gr.Row():
            self._add = gr.Button(
                "+ Add a style",
                size="sm",
                variant="secondary",
                elem_id=f"{self._kind}-add-style",
                elem_classes="sk-quiet",
            )
            self._interp = gr.Dropdown(
                INTERPOLATIONS,
                value=INTERPOLATIONS[0],
                label="Transition between styles",
                visible=False,
                elem_id=f"{self._kind}-interp",
            )

    def _image_input(self, label: str, name: str) -> ImageInput:
        return ImageInput(label, self._storage, self._thumbnails, name, painting=True)

    def _draw_style(self, number: int) -> None:
        name = f"{self._kind}-style-{number + 1}"
        with gr.Column(
            visible=number == 0, min_width=140, elem_classes="sk-style" if number else None
        ) as column:
            label = "Style" if number == 0 else f"Style {number + 1}"
            self._images.append(self._image_input(label, name))
            self._weights.append(
                gr.Slider(
                    *(0.1, 4),
                    value=1,
                    step=0.1,
                    label="Weight",
                    visible=False,
                    elem_id=f"{name}-weight",
                )
            )
            self._timestamps.append(
                gr.Textbox(
                    "",
                    label="At",
                    placeholder="0, 4.5s, 50%, end",
                    visible=False,
                    elem_id=f"{name}-at",
                )
            )
        self._columns.append(column)

    def connect_events(self, status: gr.HTML) -> None:
        """Read what the user puts in, and show one more style on request."""
        for image in self._images:
            image.connect_events(status)
        self._add.click(
            lambda count: self._updates_for_count(count + 1),
            self._count,
            self._count_outputs,
            show_progress="hidden",
            queue=False,
        )

    @property
    def strips(self) -> list[SampleStrip]:
        """The thumbnails beside the inputs."""
        return [image.strip for image in self._images if image.strip is not None]

    @property
    def _count_outputs(self) -> list[Any]:
        """The components that `_updates_for_count` returns values for."""
        inputs = (*self._columns, *self._weights, *self._timestamps)
        return [self._count, self._row, *inputs, self._interp, self._add]

    def _updates_for_count(
        self, count: int, styles: Sequence[StyleSource] = (), interp: str | None = None
    ) -> list[Any]:
        """Return the updates that show `count` styles.

        Args:
            styles: the weights and timestamps to show; without them, the current ones stay.
        """
        count = min(count, MAX_STYLES)
        video, several = self._kind == "video", count > 1
        weights = [{"value": style.weight} for style in styles]
        timestamps = [{"value": style.at or ""} for style in styles]
        unchanged: list[dict[str, Any]] = [{} for _ in range(MAX_STYLES)]
        return [
            count,
            gr.Row(visible=several),
            *(gr.Column(visible=number < count) for number in range(MAX_STYLES)),
            *(
                gr.Slider(visible=several and not video, **value)
                for value in [*weights, *unchanged][:MAX_STYLES]
            ),
            *(
                gr.Textbox(visible=several and video, **value)
                for value in [*timestamps, *unchanged][:MAX_STYLES]
            ),
            gr.update(visible=several and video, **({} if interp is None else {"value": interp})),
            gr.Button(interactive=count < MAX_STYLES),
        ]

    @property
    def outputs(self) -> list[Any]:
        """The components that `restore` returns values for."""
        images = [output for image in self._images for output in image.outputs]
        return [*images, *self._count_outputs]

    async def restore(
        self, styles: Sequence[StyleSource], interp: str, missing: Sequence[str] = ()
    ) -> tuple[list[Any], list[Failure | None]]:
        """Return the values that show the styles of an earlier run, and the errors of each.

        Args:
            missing: names of files that are not to be read.
        """
        values: list[Any] = []
        errors = []
        for number, image in enumerate(self._images):
            text = styles[number].source if number < len(styles) else None
            if text is not None and Path(text).name in missing:
                text = None
            shown, error = await image.restore(text)
            values += shown
            errors.append(error)
        return [*values, *self._updates_for_count(max(1, len(styles)), styles, interp)], errors

    @property
    def changes(self) -> list[Any]:
        """The events of another style."""
        return [image.source.change for image in self._images]

    @property
    def inputs(self) -> list[Any]:
        """The components whose values `config_values` takes."""
        sources = [image.source for image in self._images]
        return [*sources, *self._weights, *self._timestamps, self._interp]

    def config_values(
        self, values: Sequence[Any], store: Callable[[str], str]
    ) -> tuple[list[StyleSource], str]:
        """Return the styles as a config names them, and the interpolation between them.

        Args:
            store: returns where a source stays.
        """
        sources: Sequence[str] = values[:MAX_STYLES]
        weights = values[MAX_STYLES : 2 * MAX_STYLES]
        timestamps = values[2 * MAX_STYLES : 3 * MAX_STYLES]
        styles = [
            StyleSource(store(source), str(at).strip() or None, float(weight))
            for source, weight, at in zip(sources, weights, timestamps, strict=True)
            if source
        ]
        return styles, str(values[-1])
