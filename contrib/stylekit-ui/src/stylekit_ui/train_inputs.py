"""The left side of the tab that trains: what a network learns, from what, and for how long."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from stylekit.errors import StylekitError
from stylekit_ui.catalogue import FormCatalogue
from stylekit_ui.edits import held, note_change
from stylekit_ui.image_input import ImageInput
from stylekit_ui.messages import Failure
from stylekit_ui.samples import SampleStrip, Thumbnails
from stylekit_ui.status import failure
from stylekit_ui.storage import Storage
from stylekit_ui.widgets import widget_for

MINUTES = 10
"""Initial length of a training."""


class TrainInputs:
    """The inputs of a training; creating it draws them.

    Args:
        opened: event that fires when the tab is first shown.
    """

    def __init__(
        self,
        catalogue: FormCatalogue,
        storage: Storage,
        thumbnails: Thumbnails,
        opened: Callable[..., Any],
    ) -> None:
        self._catalogue = catalogue
        trainers = catalogue.trainers()
        self._settings = gr.JSON(held({}), visible=False)
        self._revision = gr.Number(0, visible=False, precision=0)
        with gr.Row():
            with gr.Column(min_width=150):
                self._painting = ImageInput(
                    "Painting", storage, thumbnails, "train-style", painting=True
                )
            with gr.Column(min_width=150):
                self._photographs = gr.File(
                    label="Photographs",
                    file_count="multiple",
                    type="filepath",
                    height=180,
                    elem_id="train-photographs",
                )
                gr.HTML(
                    "Optional: photographs like those that you want to paint make the network "
                    "better at them; 40 or more are good. Without any, it learns on the samples.",
                    apply_default_css=False,
                    elem_classes="sk-html sk-hint",
                )
        with gr.Row():
            self._minutes = gr.Number(
                MINUTES,
                label="Minutes",
                minimum=0,
                elem_id="train-minutes",
                min_width=80,
            )
            self._name = gr.Textbox(
                "", label="Name", placeholder="as the painting", elem_id="train-name", min_width=120
            )
            self._method = gr.Dropdown(
                trainers,
                value=trainers[0][1],
                label="Method",
                visible=len(trainers) > 1,
                elem_id="train-method",
                min_width=120,
            )
        with (
            gr.Column(elem_classes="sk-folds"),
            gr.Accordion("All settings of the training", open=False),
        ):
            gr.render(
                self._method,
                [opened, self._method.change],
                show_progress="hidden",
                concurrency_id="form",
                concurrency_limit=1,
            )(self._draw_settings)

    def _draw_settings(self, method: str) -> None:
        """Draw the parameters of the training within `gr.render`."""
        try:
            form = self._catalogue.training_form(method)
        except StylekitError as error:
            gr.HTML(failure(Failure(error.message, error.hint)), elem_classes="sk-html")
            return
        for name, schema in form.fields.items():
            elem_id = f"train-{form.component.spec.name}-{name}"
            widget: Any = widget_for(name, schema, form.values.get(name), elem_id)
            widget.input(
                None,
                [self._settings, widget, self._revision],
                [self._settings],
                js=note_change((form.component.id, name)),
                key=elem_id,
            )

    def connect_events(self, status_view: gr.HTML) -> None:
        """Read the painting; its errors go to `status_view`."""
        self._painting.connect_events(status_view)

    @property
    def strips(self) -> list[SampleStrip]:
        """The thumbnails of samples."""
        return [] if self._painting.strip is None else [self._painting.strip]

    @property
    def components(self) -> list[Any]:
        """The components with the values that `RequestMaker.request` takes, in its order."""
        return [
            *(self._painting.source, self._photographs, self._minutes, self._name),
            *(self._method, self._settings),
        ]
