"""The left side of a tab: what a run is made of."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import gradio as gr

from stylekit.errors import StylekitError
from stylekit.inputs.syntax import parse_style
from stylekit_ui import status
from stylekit_ui.catalogue import FormCatalogue
from stylekit_ui.image_input import ImageInput
from stylekit_ui.messages import Failure
from stylekit_ui.record_input import RecordInput
from stylekit_ui.region import RegionInput
from stylekit_ui.run_config import FormValues, draft_config, make_config
from stylekit_ui.samples import SampleStrip, Thumbnails
from stylekit_ui.settings import SettingsInput
from stylekit_ui.storage import Source, Storage
from stylekit_ui.styles import StyleInputs

Kind = Literal["image", "video"]

Trigger = Callable[..., Any]


class TabInputs:
    """The inputs and settings of a tab; creating it draws them.

    Args:
        opened: event that fires when the tab is first shown.
    """

    def __init__(
        self,
        kind: Kind,
        catalogue: FormCatalogue,
        storage: Storage,
        thumbnails: Thumbnails,
        opened: Trigger,
    ) -> None:
        self._kind = kind
        self._catalogue = catalogue
        self._storage = storage
        video = kind == "video"
        with gr.Row():
            with gr.Column(min_width=150):
                label = "Video" if video else "Content"
                self._content = ImageInput(
                    label, storage, thumbnails, f"{kind}-content", video=video
                )
            self._styles = StyleInputs(kind, storage, thumbnails)
        self._styles.draw_more()
        self._settings = SettingsInput(kind, catalogue, storage, opened)
        with gr.Column(elem_classes="sk-folds"):
            with gr.Accordion("Region", open=False):
                self._region = RegionInput(kind, catalogue.blends(), self._content.source, storage)
            with gr.Accordion("More images", open=False, visible=not video):
                self._more = gr.File(
                    label="Drop images to paint with the same settings, one after the other",
                    file_count="multiple",
                    type="filepath",
                    height=130,
                    elem_id=f"{kind}-more",
                )
            with gr.Accordion("Run a record again", open=False):
                self._record = RecordInput(kind, catalogue, storage)
            with gr.Accordion("All settings", open=False):
                self._settings.draw_all()

    def connect_events(self, status_view: gr.HTML) -> None:
        """Connect the inputs with each other; errors go to `status_view`."""
        self._status = status_view
        self._content.connect_events(status_view)
        self._styles.connect_events(status_view)
        self._region.connect_events()
        self._settings.connect_events()
        self._record.connect_events(self)

    @property
    def settings(self) -> SettingsInput:
        """The settings of the run."""
        return self._settings

    @property
    def strips(self) -> list[SampleStrip]:
        """The thumbnails of samples."""
        content = [] if self._content.strip is None else [self._content.strip]
        return [*content, *self._styles.strips]

    @property
    def changes(self) -> list[Any]:
        """The events of another content, style or setting."""
        changes = [self._more.change, self._content.source.change]
        return [*changes, *self._styles.changes, *self._settings.changes]

    @property
    def components(self) -> list[Any]:
        """Further images, the content, and the components whose values `config` takes."""
        return [
            *(self._more, self._content.source),
            *self._settings.inputs,
            *self._region.inputs,
            *self._styles.inputs,
        ]

    def config(self, content: Source, values: Sequence[Any]) -> dict[str, Any]:
        """Return the configuration of a run.

        Raises:
            StylekitError: an input is missing or invalid.
        """
        settings, region, styles = self._split(values)
        chosen = self._region.config_values(region, content)
        form = self._form(content, settings, styles, chosen, self._storage.store)
        return make_config(form, self._catalogue, self._storage)

    async def estimated_config(
        self, more: list[str] | None, content: str, *values: Any
    ) -> dict[str, Any] | None:
        """Return a configuration for an estimate, which leaves no files.

        None: there is no readable content.

        Raises:
            StylekitError: an input is missing or invalid.
        """
        source = await self._storage.known(content) if content else None
        if not isinstance(source, Source):
            return None
        # In a thread: it loads the modules of components.
        return await asyncio.to_thread(self._estimated_config, source, more or [], values)

    def _estimated_config(
        self, content: Source, more: Sequence[str], values: Sequence[Any]
    ) -> dict[str, Any]:
        settings, _, styles = self._split(values)
        form = self._form(content, settings, styles, {}, str)
        config = draft_config(form, self._catalogue, self._storage)
        out = self._storage.scratch_folder / "estimate"
        config["content"] = [content.text, *more]
        config["out"] = str(out) if more else f"{out}{content.result_suffix}"
        return config

    def _split(self, values: Sequence[Any]) -> tuple[Sequence[Any], ...]:
        first = len(self._settings.inputs)
        second = first + len(self._region.inputs)
        return values[:first], values[first:second], values[second:]

    def _form(
        self,
        content: Source,
        settings: Sequence[Any],
        styles: Sequence[Any],
        region: Mapping[str, Any],
        store: Callable[[str], str],
    ) -> FormValues:
        return FormValues(
            content,
            *self._styles.config_values(styles, store),
            is_video=self._kind == "video",
            region=region,
            **self._settings.config_values(settings),
        )

    # -- settings of an earlier run -------------------------------------------------------------

    @property
    def restore_outputs(self) -> list[Any]:
        """The components that `restore` returns values for."""
        return [
            self._status,
            *self._settings.outputs,
            *self._content.outputs,
            *self._styles.outputs,
            *self._region.outputs,
        ]

    async def restore(self, config: dict[str, Any], missing: Sequence[str] = ()) -> list[Any]:
        """Return the values that show the settings of an earlier run.

        Args:
            config: as a run record holds it.
            missing: names of inputs that are not to be read.
        """
        try:
            self._catalogue.component_forms(config["method"], "", config)
            styles = [parse_style(text) for text in config.get("style", ())]
            content = config["content"][0]
        except (LookupError, StylekitError) as error:
            failure = Failure("This record has no content or method.")
            if isinstance(error, StylekitError):
                failure = Failure(error.message, error.hint)
            return [status.failure(failure), *(gr.skip() for _ in self.restore_outputs[1:])]
        shown_content, problem = await self._content.restore(_unless(missing, content))
        shown_styles, problems = await self._styles.restore(
            styles, str(config.get("interp", "linear")), missing
        )
        errors = [error for error in (problem, *problems) if error is not None]
        return [
            status.failure(errors[0]) if errors else status.line("Settings of an earlier run"),
            *self._settings.restore(config),
            *shown_content,
            *shown_styles,
            *self._region.restore(config),
        ]


def _unless(missing: Sequence[str], source: str) -> str | None:
    return None if Path(source).name in missing else source
