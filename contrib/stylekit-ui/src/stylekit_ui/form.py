"""The form of everything that can be set, made of the chosen components' schemas."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import gradio as gr

from stylekit.errors import StylekitError
from stylekit.runs.config import SHORTHANDS, Layer
from stylekit_ui.catalogue import Installed, Piece, Slot
from stylekit_ui.messages import Failed
from stylekit_ui.status import failed
from stylekit_ui.widgets import control_for, parsed


class Form:
    """Draws the form, and writes what is changed into the settings.

    Args:
        kind: what the controls' names in the page begin with.
        settings: a state that holds what the user has stated, as a config would hold it.
        drawn: a state whose change draws the form anew.
    """

    def __init__(
        self, kind: str, installed: Installed, settings: gr.State, drawn: gr.State
    ) -> None:
        self._kind = kind
        self._installed = installed
        self._settings = settings
        self._drawn = drawn

    def draw(self, method: str, preset: str, settings: Layer) -> None:
        """Draw it, within `gr.render`; or why that cannot be done, if a plugin is broken."""
        try:
            pieces = self._installed.pieces(method, preset, settings)
            slots = self._installed.slots(method, preset, settings)
        except StylekitError as error:
            gr.HTML(failed(Failed(error.message, error.hint)), elem_classes="sk-html")
            return
        front = [
            (piece, name)
            for piece in pieces
            for name, schema in piece.fields.items()
            if name in SHORTHANDS and "enum" in schema
        ]
        if front:
            with gr.Row():
                for piece, name in front:
                    self._field(piece, name, brief=True)
        with gr.Accordion("All settings", open=any(x.name in settings for x in slots)):
            self._of_run(slots, settings)
            for piece in pieces:
                apart = [name for each, name in front if each is piece]
                if getattr(piece.component.spec, "frame_method", ""):
                    self._of_frames(piece)
                    apart.append("method")
                rest = [name for name in piece.fields if name not in apart]
                if rest:
                    gr.Markdown(f"**{piece.component.spec.name}** {piece.component.spec.summary}")
                with gr.Group():
                    for name in rest:
                        self._field(piece, name)

    def _of_run(self, slots: list[Slot], settings: Layer) -> None:
        choices = [slot for slot in slots if len(slot.choices) > 1]
        with gr.Row():
            for slot in choices:
                control = gr.Dropdown(
                    slot.choices,
                    value=slot.filled.id,
                    label=slot.name.replace("_", " ").capitalize(),
                    elem_id=f"{self._kind}-{slot.name}",
                    interactive=True,
                    min_width=140,
                )
                # Another component has another form.
                control.input(
                    partial(_chosen, slot.name),
                    [self._settings, self._drawn, control],
                    [self._settings, self._drawn],
                    show_progress="hidden",
                    key=control.elem_id,
                )
        with gr.Row():
            self._store(
                gr.Number(
                    settings.get("seed", 0),
                    label="Seed",
                    elem_id=f"{self._kind}-seed",
                    info="Another one is another picture, where chance takes part.",
                    precision=0,
                    minimum=0,
                    interactive=True,
                ),
                ("seed",),
                {"type": "integer"},
            )
            weights = settings.get("weights", "")
            self._store(
                gr.Textbox(
                    weights if isinstance(weights, str) else " ".join(weights),
                    label="Weights",
                    elem_id=f"{self._kind}-weights",
                    info="A name, or a file in the folder of runs; empty: what is available.",
                    interactive=True,
                ),
                ("weights",),
                {"type": "string"},
            )

    def _of_frames(self, piece: Piece) -> None:
        """Draw the choice of what makes the frames of a method for clips."""
        component = piece.component
        made_by = self._installed.component(piece.values.get("method", component.spec.frame_method))
        control = gr.Dropdown(
            self._installed.methods(clips=False),
            value=made_by.id,
            label=f"{component.spec.name.capitalize()}: frames by",
            elem_id=f"{self._kind}-frames",
            interactive=True,
        )
        # Another method has another form.
        control.input(
            partial(_framed, component.id),
            [self._settings, self._drawn, control],
            [self._settings, self._drawn],
            show_progress="hidden",
            key=control.elem_id,
        )

    def _field(self, piece: Piece, name: str, brief: bool = False) -> None:
        schema = piece.fields[name]
        elem_id = f"{self._kind}-{piece.component.spec.name}-{name}"
        control = control_for(name, schema, piece.values.get(name), elem_id, brief)
        self._store(control, (piece.component.id, name), schema)

    def _store(self, control: Any, path: tuple[str, ...], schema: Mapping[str, Any]) -> None:
        control.input(
            partial(_stated, path, schema),
            [self._settings, control],
            self._settings,
            show_progress="hidden",
            trigger_mode="always_last",
            # What is changed while the form is drawn anew still finds its way.
            key=control.elem_id,
        )


def _stated(
    path: tuple[str, ...], schema: Mapping[str, Any], settings: dict[str, Any], value: Any
) -> dict[str, Any]:
    """Return the settings with one more; what was emptied is stated no longer."""
    value = parsed(schema, value)
    if len(path) == 1:
        rest = {key: other for key, other in settings.items() if key != path[0]}
        return rest if value in ("", None) else {**rest, path[0]: value}
    table, name = path
    values = {key: other for key, other in settings.get(table, {}).items() if key != name}
    return {**settings, table: values if value is None else {**values, name: value}}


def _chosen(
    slot: str, settings: dict[str, Any], drawn: int, value: str
) -> tuple[dict[str, Any], int]:
    return {**settings, slot: value}, drawn + 1


def _framed(
    table: str, settings: dict[str, Any], drawn: int, value: str
) -> tuple[dict[str, Any], int]:
    return {**settings, table: {**settings.get(table, {}), "method": value}}, drawn + 1
