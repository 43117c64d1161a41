"""The form of all settings, made from the schemas of the selected components."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import gradio as gr

from stylekit.errors import StylekitError
from stylekit.runs.config import SHORTHANDS
from stylekit.runs.layers import Layer
from stylekit_ui.catalogue import ComponentForm, FormCatalogue, SlotChoice
from stylekit_ui.dial import dial, is_main
from stylekit_ui.messages import Failure
from stylekit_ui.status import failure
from stylekit_ui.widgets import parse_value, widget_for


class Form:
    """Draws the form and saves changes to the settings.

    Args:
        kind: prefix of the widgets' HTML ids.
        settings: state with the user's settings, as a config would hold them.
        revision: state whose change redraws the form.
    """

    def __init__(
        self, kind: str, catalogue: FormCatalogue, settings: gr.State, revision: gr.State
    ) -> None:
        self._kind = kind
        self._catalogue = catalogue
        self._settings = settings
        self._revision = revision

    def draw_main(self, method: str, preset: str, settings: Layer) -> None:
        """Draw the main parameters within `gr.render`, or an error, as of a broken plugin."""
        try:
            forms = self._catalogue.component_forms(method, preset, settings)
        except StylekitError as error:
            gr.HTML(failure(Failure(error.message, error.hint)), elem_classes="sk-html")
            return
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

    def draw_all(self, method: str, preset: str, settings: Layer) -> None:
        """Draw all other parameters within `gr.render`."""
        try:
            forms = self._catalogue.component_forms(method, preset, settings)
            slots = self._catalogue.slots(method, preset, settings)
        except StylekitError:
            # `draw_main` shows it.
            return
        self._draw_run_settings(slots, settings)
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

    def _draw_run_settings(self, slots: list[SlotChoice], settings: Layer) -> None:
        with gr.Row():
            for slot in slots:
                if len(slot.choices) > 1:
                    self._draw_slot(slot)
        with gr.Row():
            self._save_on_input(
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
                {"type": "integer"},
            )
            weights = settings.get("weights", "")
            self._save_on_input(
                gr.Textbox(
                    weights if isinstance(weights, str) else " ".join(weights),
                    label="Weights",
                    elem_id=f"{self._kind}-weights",
                    info="A name or a file in the results folder; empty: choose automatically.",
                    interactive=True,
                ),
                ("weights",),
                {"type": "string"},
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
        self._redraw_on_input(widget, partial(_with_slot, slot.name))

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
        self._redraw_on_input(widget, partial(_with_frame_method, component.id))

    def _draw_dial(self, form: ComponentForm, name: str) -> None:
        schema, value = form.fields[name], float(form.values[name])
        widget = dial(name, schema, value, self._id(form, name))
        self._save_on_input(widget, (form.component.id, name), schema)

    def _draw_parameter(
        self, form: ComponentForm, name: str, with_description: bool = True
    ) -> None:
        schema, elem_id = form.fields[name], self._id(form, name)
        widget = widget_for(name, schema, form.values.get(name), elem_id, with_description)
        self._save_on_input(widget, (form.component.id, name), schema)

    def _id(self, form: ComponentForm, name: str) -> str:
        """Return the HTML id of a parameter."""
        return f"{self._kind}-{form.component.spec.name}-{name}"

    def _redraw_on_input(self, widget: Any, update: Any) -> None:
        """Save a choice and redraw the form, because another component has other parameters."""
        widget.input(
            update,
            [self._settings, self._revision, widget],
            [self._settings, self._revision],
            show_progress="hidden",
            key=widget.elem_id,
        )

    def _save_on_input(self, widget: Any, path: tuple[str, ...], schema: Mapping[str, Any]) -> None:
        widget.input(
            partial(_with_setting, path, schema),
            [self._settings, widget],
            self._settings,
            show_progress="hidden",
            trigger_mode="always_last",
            # With a key, a change that arrives during a redraw is still saved.
            key=widget.elem_id,
        )


def _is_choice(form: ComponentForm, name: str) -> bool:
    """Return whether a parameter is a choice that many methods have, such as the quality."""
    return name in SHORTHANDS and "enum" in form.fields[name]


def _with_setting(
    path: tuple[str, ...], schema: Mapping[str, Any], settings: dict[str, Any], value: Any
) -> dict[str, Any]:
    """Return the settings with one changed; an emptied one is removed."""
    value = parse_value(schema, value)
    if len(path) == 1:
        rest = {key: other for key, other in settings.items() if key != path[0]}
        return rest if value in ("", None) else {**rest, path[0]: value}
    table, name = path
    values = {key: other for key, other in settings.get(table, {}).items() if key != name}
    return {**settings, table: values if value is None else {**values, name: value}}


def _with_slot(
    slot: str, settings: dict[str, Any], revision: int, value: str
) -> tuple[dict[str, Any], int]:
    return {**settings, slot: value}, revision + 1


def _with_frame_method(
    table: str, settings: dict[str, Any], revision: int, value: str
) -> tuple[dict[str, Any], int]:
    return {**settings, table: {**settings.get(table, {}), "method": value}}, revision + 1
