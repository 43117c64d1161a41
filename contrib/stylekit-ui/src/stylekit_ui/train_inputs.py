"""The left side of the tab that trains: what a network learns, from what, and for how long."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from stylekit.errors import StylekitError, UsageError
from stylekit.inputs.syntax import StyleSource
from stylekit_ui.catalogue import FormCatalogue
from stylekit_ui.edits import Held, held, note_change, settings_of
from stylekit_ui.image_input import ImageInput
from stylekit_ui.messages import Failure, TrainRequest
from stylekit_ui.run_config import texts_in
from stylekit_ui.samples import SampleStrip, Thumbnails
from stylekit_ui.status import failure
from stylekit_ui.storage import Storage
from stylekit_ui.widgets import widget_for

MINUTES = "minutes"

DEFAULT_MINUTES = 10.0
"""For a training without a default of its own."""


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
        self._storage = storage
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
                    file_types=["image"],
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
                catalogue.training_form(trainers[0][1]).values.get(MINUTES, DEFAULT_MINUTES),
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
        """The painting, and the components whose values `request` takes."""
        return [
            *(self._painting.source, self._photographs, self._minutes, self._name),
            *(self._method, self._settings),
        ]

    def request(
        self,
        argv: Sequence[str],
        painting: str,
        photographs: Sequence[str] | None,
        minutes: float | None,
        name: str,
        method: str,
        settings: Held,
    ) -> TrainRequest:
        """Return the request for a training; uploads are copied to the folder of results.

        Copying takes time: do not call it in the thread that answers pages.

        Args:
            argv: arguments of `stylekit ui`.

        Raises:
            StylekitError: an input is missing or invalid.
        """
        if not minutes:
            raise UsageError("The training has no time.", "Say how many minutes it may take.")
        tables = settings_of(settings, self._catalogue.training_schema)
        tables = {method: tables[method]} if method in tables else {}
        for text in (painting, *(photographs or ()), *texts_in(tables)):
            self._storage.check(text)
        config: dict[str, Any] = {
            "method": method,
            "style": [StyleSource(self._storage.store(painting)).text],
            "dataset": [self._storage.store(each) for each in photographs or ()],
            "minutes": float(minutes),
        }
        config["out"] = str(self._storage.new_output_folder(name, painting))
        return TrainRequest(argv, config, tables)
