"""The form of all settings, made from the schemas of the selected components."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from stylekit.errors import StylekitError
from stylekit.runs.config import SHORTHANDS
from stylekit.runs.layers import Layer
from stylekit_ui.catalogue import ComponentForm, FormCatalogue, SlotChoice
from stylekit_ui.dial import dial, is_main
from stylekit_ui.edits import Held, note_change, settings_of
from stylekit_ui.messages import Failure
from stylekit_ui.run_config import TRAINED, trained_network
from stylekit_ui.status import failure
from stylekit_ui.storage import Storage
from stylekit_ui.trained import network_choices
from stylekit_ui.widgets import widget_for


class Form:
    """Draws the form; the browser notes its changes.

    Args:
        kind: prefix of the widgets' HTML ids.
        storage: its folder of results may hold trained networks.
        settings: holds the user's settings; see `edits`.
        revision: a number whose change redraws the form.
    """

    def __init__(
        self,
        kind: str,
        catalogue: FormCatalogue,
        storage: Storage,
        settings: gr.JSON,
        revision: gr.Number,
    ) -> None:
        self._kind = kind
        self._catalogue = catalogue
        self._storage = storage
        self._settings = settings
        self._revision = revision

    def draw_main(self, method: str, preset: str, held: Held) -> None:
        """Draw the main parameters within `gr.render`, or an error, as of a broken plugin."""
        try:
            settings = settings_of(held, self._catalogue.schema)
            forms = self._catalogue.component_forms(method, preset, settings)
            trained = self._catalogue.trained_method(method, preset, settings)
            network = trained_network(self._catalogue, method, preset, settings)
        except StylekitError as error:
            gr.HTML(failure(Failure(error.message, error.hint)), elem_classes="sk-html")
            return
        if trained:
            self._draw_networks(trained, network)
        everything = [(form, name) for form in forms for name in form.fields]
        dials = [(form, name) for form, name in everything if is_main(name, form.fields[name])]
        choices = [(form, name) for form, name in everything if _is_choice(form, name)]
        if dials:
            with gr.Row(equal_height=True):
                for form, name in dials:
                    self._draw_dial(form, name)
        if choices:
            with gr.Row():
                for form, name in choices:
                    self._draw_parameter(form, name, with_description=False)

    def draw_all(self, method: str, preset: str, held: Held) -> None:
        """Draw all other parameters within `gr.render`."""
        try:
            settings = settings_of(held, self._catalogue.schema)
            forms = self._catalogue.component_forms(method, preset, settings)
            slots = self._catalogue.slots(method, preset, settings)
            trained = self._catalogue.trained_method(method, preset, settings)
        except StylekitError:
            # `draw_main` shows it.
            return
        self._draw_run_settings(slots, settings, with_weights=not trained)
        for form in forms:
            excluded = [
                name
                for name, schema in form.fields.items()
                if is_main(name, schema) or _is_choice(form, name)
            ]
            if getattr(form.component.spec, "frame_method", ""):
                self._draw_frame_method(form)
                excluded.append("method")
            names = [name for name in form.fields if name not in excluded]
            if names:
                gr.Markdown(f"**{form.component.spec.name}** {form.component.spec.summary}")
            with gr.Group():
                for name in names:
                    self._draw_parameter(form, name)

    def _draw_networks(self, method: str, chosen: str) -> None:
        """Draw the choice of a trained network, in place of the name of weights."""
        published = self._catalogue.published_weights(method)
        choices = [*network_choices(self._storage.folder, method), *published]
        if chosen and chosen not in (path for _, path in choices):
            choices.append((Path(chosen).name, chosen))
        # Without a choice, the kernel takes published weights, if there are any.
        none = "none" if choices else "none yet: the tab Train makes one"
        widget = gr.Dropdown(
            [("automatic" if published else none, ""), *choices],
            value=chosen,
            label="Trained network",
            elem_id=f"{self._kind}-network",
            interactive=True,
        )
        self._note_on_input(widget, (TRAINED, method))

    def _draw_run_settings(
        self, slots: list[SlotChoice], settings: Layer, with_weights: bool
    ) -> None:
        with gr.Row():
            for slot in slots:
                if len(slot.choices) > 1:
                    self._draw_slot(slot)
        with gr.Row():
            self._note_on_input(
                gr.Number(
                    settings.get("seed", 0),
                    label="Seed",
                    elem_id=f"{self._kind}-seed",
                    info="Changes the result of methods that use random numbers.",
                    precision=0,
                    minimum=0,
                    interactive=True,
                ),
                ("seed",),
            )
            if not with_weights:
                return
            weights = settings.get("weights", "")
            self._note_on_input(
                gr.Textbox(
                    weights if isinstance(weights, str) else " ".join(weights),
                    label="Weights",
                    elem_id=f"{self._kind}-weights",
                    info="A name or a file in the results folder; empty: choose automatically.",
                    interactive=True,
                ),
                ("weights",),
            )

    def _draw_slot(self, slot: SlotChoice) -> None:
        """Draw the choice of the component in a slot."""
        widget = gr.Dropdown(
            slot.choices,
            value=slot.selected.id,
            label=slot.name.replace("_", " ").capitalize(),
            elem_id=f"{self._kind}-{slot.name}",
            interactive=True,
            min_width=140,
        )
        self._note_on_input(widget, (slot.name,), redraw=True)

    def _draw_frame_method(self, form: ComponentForm) -> None:
        """Draw the choice of the method that stylizes the frames for a video method."""
        component = form.component
        frame_method = self._catalogue.component(
            form.values.get("method", component.spec.frame_method)
        )
        widget = gr.Dropdown(
            self._catalogue.methods(for_video=False),
            value=frame_method.id,
            label=f"{component.spec.name.capitalize()}: method for frames",
            elem_id=f"{self._kind}-frames",
            interactive=True,
        )
        self._note_on_input(widget, (component.id, "method"), redraw=True)

    def _draw_dial(self, form: ComponentForm, name: str) -> None:
        schema, value = form.fields[name], float(form.values[name])
        widget = dial(name, schema, value, self._id(form, name))
        self._note_on_input(widget, (form.component.id, name))

    def _draw_parameter(
        self, form: ComponentForm, name: str, with_description: bool = True
    ) -> None:
        schema, elem_id = form.fields[name], self._id(form, name)
        widget = widget_for(name, schema, form.values.get(name), elem_id, with_description)
        self._note_on_input(widget, (form.component.id, name))

    def _id(self, form: ComponentForm, name: str) -> str:
        """Return the HTML id of a parameter."""
        return f"{self._kind}-{form.component.spec.name}-{name}"

    def _note_on_input(self, widget: Any, path: tuple[str, ...], redraw: bool = False) -> None:
        """Let the browser note a change.

        Args:
            redraw: another choice brings other widgets.
        """
        widget.input(
            None,
            [self._settings, widget, self._revision],
            [self._settings, *([self._revision] if redraw else [])],
            js=note_change(path),
            # With a key, a change during a redraw is noted, too.
            key=widget.elem_id,
        )


def _is_choice(form: ComponentForm, name: str) -> bool:
    """Return whether a parameter is a choice that many methods have, such as the quality."""
    return name in SHORTHANDS and "enum" in form.fields[name]
