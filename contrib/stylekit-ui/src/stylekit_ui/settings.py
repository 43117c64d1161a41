"""The settings of a run: method, size, main parameters, and all others folded away."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import gradio as gr

from stylekit_ui.assets import asset
from stylekit_ui.catalogue import FormCatalogue
from stylekit_ui.edits import Held, held, settings_of
from stylekit_ui.form import Form
from stylekit_ui.run_config import TRAINED, with_trained_network
from stylekit_ui.storage import Storage

SIZES = {"image": 512, "video": 320}
"""Initial longest side in pixels."""


class SettingsInput:
    """The settings; creating it draws the main ones.

    Args:
        opened: event that fires when the tab is first shown.
    """

    def __init__(
        self, kind: str, catalogue: FormCatalogue, storage: Storage, opened: Callable[..., Any]
    ) -> None:
        self._kind = kind
        self._catalogue = catalogue
        self._opened = opened
        # The browser holds both, and sends them with each request that needs them.
        self._settings = gr.JSON(held({}), visible=False)
        self._revision = gr.Number(0, visible=False, precision=0)
        self._presets = catalogue.presets()
        self._preset = gr.Dropdown(
            [("none", ""), *self._presets],
            value="",
            label="Preset",
            info="Settings of a paper or another tool.",
            elem_id=f"{kind}-preset",
            render=False,
        )
        methods = catalogue.methods(for_video=kind == "video")
        default = methods[0][1] if kind == "video" else catalogue.method_of("")
        with gr.Row():
            self._method = gr.Dropdown(
                methods,
                value=default if any(default == each for _, each in methods) else methods[0][1],
                label="Method",
                elem_id=f"{kind}-method",
                min_width=120,
            )
            self._size = gr.Number(
                SIZES[kind],
                label="Size, px",
                precision=0,
                minimum=16,
                elem_id=f"{kind}-size",
                min_width=80,
            )
        self._form = Form(kind, catalogue, storage, self._settings, self._revision)
        self._draw_anew(self._form.draw_main)

    def draw_all(self) -> None:
        """Draw all other settings."""
        self._preset.render()  # type: ignore[no-untyped-call, unused-ignore]
        self._draw_anew(self._form.draw_all)

    def _draw_anew(self, draw: Callable[[str, str, Held], None]) -> None:
        """Draw a part of the form now, and again when other components are chosen."""
        triggers = [
            *(self._opened, self._method.change, self._preset.change, self._revision.change)
        ]
        inputs = [self._method, self._preset, self._settings]
        # One after the other: two at once would change Gradio's list of a page's events while the
        # other reads it, which fails.
        gr.render(
            inputs, triggers, show_progress="hidden", concurrency_id="form", concurrency_limit=1
        )(draw)

    def connect_events(self) -> None:
        """Let a preset choose its method, in place of all changes."""
        methods = {preset: self._catalogue.method_of(preset) for _, preset in self._presets}
        self._preset.input(
            None,
            [self._preset, self._method],
            [self._method, self._settings],
            js=asset("preset.js")
            .replace("METHODS", json.dumps(methods))
            .replace("SETTINGS", json.dumps(held({}))),
        )

    @property
    def changes(self) -> list[Any]:
        """The events of another setting."""
        return [each.change for each in self.inputs]

    @property
    def inputs(self) -> list[Any]:
        """The components whose values `config_values` takes."""
        return [self._preset, self._method, self._size, self._settings]

    def config_values(self, values: Sequence[Any]) -> dict[str, Any]:
        """Return the values by their names in `FormValues`."""
        preset, method, size, settings = values
        settings = settings_of(settings, self._catalogue.schema)
        return {"preset": preset, "method": method, "size": size, "settings": settings}

    @property
    def outputs(self) -> list[Any]:
        """The components that `restore` returns values for."""
        return [*self.inputs, self._revision]

    def restore(self, config: Mapping[str, Any]) -> list[Any]:
        """Return the values that show the settings of an earlier run."""
        settings = held(with_trained_network(config, self._catalogue))
        return ["", config["method"], config.get("size"), settings, _new_revision()]

    # -- trained networks -----------------------------------------------------------------------

    @property
    def revision(self) -> gr.Number:
        """The component that `redrawn` returns the value for."""
        return self._revision

    def redrawn(self) -> int:
        """Return the value that redraws the form, as when there is another trained network."""
        return _new_revision()

    @property
    def held(self) -> gr.JSON:
        """The component whose value `with_network` takes."""
        return self._settings

    @property
    def network_outputs(self) -> list[Any]:
        """The components that `with_network` returns values for."""
        return [self._preset, self._method, self._settings, self._revision]

    def with_network(self, method: str, network: str, held: Held) -> list[Any]:
        """Return the values that choose a trained network; the other settings stay."""
        changes = {**held["changes"], f"{TRAINED}/{method}": network}
        return ["", method, {**held, "changes": changes}, _new_revision()]


def _new_revision() -> int:
    """Return another revision than before, which redraws the form."""
    return round(1000 * time.time())
