"""A tab that makes images or videos: inputs and settings on the left, the result on the right."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import gradio as gr

from stylekit.errors import StylekitError
from stylekit.inputs.syntax import parse_style
from stylekit_ui import status
from stylekit_ui.catalogue import FormCatalogue
from stylekit_ui.form import Form
from stylekit_ui.image_input import ImageInput
from stylekit_ui.messages import (
    Failure,
    LogLine,
    RunFinished,
    RunProgress,
    StylizeRequest,
    WorkerMessage,
)
from stylekit_ui.region import RegionInput
from stylekit_ui.run_config import FormValues, make_config
from stylekit_ui.run_manager import RunManager
from stylekit_ui.storage import Source, Storage
from stylekit_ui.styles import StyleInputs

Trigger = Callable[..., Any]

Kind = Literal["image", "video"]

SIZES = {"image": 512, "video": 320}
"""Initial longest side in pixels."""

HINTS = {
    "image": "Add an image and a painting on the left, then press Run.",
    "video": "Add a video and a painting on the left, then press Run.",
}


class StylizeTab:
    """Makes images or videos; creating it draws it.

    Args:
        argv: arguments of `stylekit ui`, for the worker processes.
        opened: event that fires when the tab is first shown.
    """

    def __init__(
        self,
        kind: Kind,
        catalogue: FormCatalogue,
        run_manager: RunManager,
        storage: Storage,
        argv: Sequence[str],
        opened: Trigger,
    ) -> None:
        self._kind: Kind = kind
        self._catalogue = catalogue
        self._run_manager = run_manager
        self._storage = storage
        self._argv = argv
        self._opened = opened
        self._settings = gr.State({})
        self._revision = gr.State(0)
        with gr.Row(equal_height=False):
            with gr.Column(scale=5, min_width=320):
                self._draw_inputs()
            with gr.Column(scale=6, min_width=320):
                self._draw_result()

    def _draw_inputs(self) -> None:
        kind, catalogue = self._kind, self._catalogue
        video = kind == "video"
        samples = catalogue.samples()
        with gr.Row():
            with gr.Column(min_width=150):
                self._content = ImageInput(
                    "Video" if video else "Content",
                    self._storage,
                    samples,
                    f"{kind}-content",
                    video=video,
                )
            self._styles = StyleInputs(kind, self._storage, samples)
        self._styles.draw_more()
        self._region = RegionInput(kind, catalogue.blends(), self._content.source, self._storage)
        with gr.Row():
            self._preset = gr.Dropdown(
                [("none", ""), *catalogue.presets()],
                value="",
                label="Preset",
                elem_id=f"{kind}-preset",
                min_width=120,
            )
            methods = catalogue.methods(for_video=video)
            default = methods[0][1] if video else catalogue.method_of("")
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
        form = Form(kind, catalogue, self._settings, self._revision)
        render = gr.render(
            inputs=[self._method, self._preset, self._settings],
            triggers=[
                self._opened,
                self._method.change,
                self._preset.change,
                self._revision.change,
            ],
            show_progress="hidden",
        )
        render(form.draw)

    def _draw_result(self) -> None:
        kind = self._kind
        self._run = gr.Button("Run", variant="primary", elem_id=f"{kind}-run")
        self._stop = gr.Button("Stop", visible=False, elem_id=f"{kind}-stop")
        self._preview = gr.HTML(
            status.placeholder(HINTS[kind]), elem_id=f"{kind}-stage", elem_classes="sk-html"
        )
        self._result: Any
        if kind == "image":
            self._result = gr.ImageSlider(
                label="Before and after",
                visible=False,
                interactive=False,
                type="filepath",
                elem_id=f"{kind}-result",
                buttons=["fullscreen"],
                max_height=560,
            )
        else:
            self._result = gr.Video(
                label="Result", visible=False, interactive=False, elem_id=f"{kind}-result"
            )
        self._status = gr.HTML("", elem_id=f"{kind}-status", elem_classes="sk-html")
        with gr.Row(visible=False) as self._downloads:
            self._file = gr.DownloadButton(
                f"Download {kind}", elem_id=f"{kind}-download", variant="secondary"
            )
            self._record = gr.DownloadButton(
                "Download record", elem_id=f"{kind}-download-record", variant="secondary"
            )

    # -- events ---------------------------------------------------------------------------------

    def connect_events(self) -> None:
        """Connect all inputs and buttons."""
        self._content.connect_events(self._status)
        self._styles.connect_events(self._status)
        self._region.connect_events()

        def select_preset(preset: str) -> tuple[Any, dict[str, Any]]:
            method = self._catalogue.method_of(preset) if preset else ""
            return method or gr.skip(), {}

        self._preset.input(
            select_preset, self._preset, [self._method, self._settings], show_progress="hidden"
        )
        inputs = [
            *(self._content.source, self._preset, self._method, self._size, self._settings),
            *self._region.inputs,
            *self._styles.inputs,
        ]
        self._run.click(
            self._stylize,
            inputs,
            [
                *(self._run, self._stop, self._status, self._preview),
                *(self._result, self._downloads, self._file, self._record),
            ],
            concurrency_limit=None,
            show_progress="hidden",
        )
        self._stop.click(self._request_stop, None, self._status, show_progress="hidden")

    def _request_stop(self, request: gr.Request) -> str:
        self._run_manager.stop((str(request.session_hash), self._kind))
        return status.line("Stopping; the best result so far will be saved")

    async def _stylize(self, request: gr.Request, *values: Any) -> AsyncIterator[dict[Any, Any]]:
        try:
            # In a thread: copying uploads would block every page.
            config = await asyncio.to_thread(self._config, *values)
        except StylekitError as error:
            yield {self._status: status.failure(Failure(error.message, error.hint))}
            return
        yield self._initial_updates()
        key = (str(request.session_hash), self._kind)
        async for message in self._run_manager.stream(key, StylizeRequest(self._argv, config)):
            yield self._updates_for(message)

    def _config(
        self,
        content: Source | None,
        preset: str,
        method: str,
        size: int | None,
        settings: dict[str, Any],
        *rest: Any,
    ) -> dict[str, Any]:
        region_inputs = len(self._region.inputs)
        values = FormValues(
            content,
            *self._styles.config_values(rest[region_inputs:]),
            is_video=self._kind == "video",
            region=self._region.config_values(rest[:region_inputs], content),
            preset=preset,
            method=method,
            size=size,
            settings=settings,
        )
        return make_config(values, self._catalogue, self._storage)

    def _initial_updates(self) -> dict[Any, Any]:
        """Return the page's updates at the start of a run."""
        return {
            self._run: gr.Button(visible=False),
            self._stop: gr.Button(visible=True),
            self._status: status.line("Starting"),
            self._preview: gr.HTML(
                status.placeholder("The preview will appear here."), visible=True
            ),
            self._result: type(self._result)(visible=False),
            self._downloads: gr.Row(visible=False),
        }

    def _updates_for(self, message: WorkerMessage) -> dict[Any, Any]:
        """Return the page's updates for a worker's message."""
        if isinstance(message, LogLine):
            return {self._status: status.line(message.line, message.level)}
        if isinstance(message, RunProgress):
            return {
                self._status: status.progress_bar(message),
                self._preview: status.preview(message),
            }
        idle = {self._run: gr.Button(visible=True), self._stop: gr.Button(visible=False)}
        if isinstance(message, Failure):
            return {**idle, self._status: status.failure(message)}
        assert isinstance(message, RunFinished)
        return {**idle, **self._result_updates(message)}

    def _result_updates(self, result: RunFinished) -> dict[Any, Any]:
        path = self._storage.publish(result.image)
        value: Any = path
        if result.before is not None:
            before = self._storage.scratch_folder / f"{result.image.stem}-before.jpg"
            before.write_bytes(result.before)
            value = (str(before), path)
        return {
            self._status: status.run_finished(result),
            self._preview: gr.HTML(visible=False),
            self._result: type(self._result)(value=value, visible=True),
            self._downloads: gr.Row(visible=True),
            self._file: gr.DownloadButton(value=path),
            self._record: gr.DownloadButton(value=self._storage.publish(result.record)),
        }

    # -- settings of an earlier run -------------------------------------------------------------

    @property
    def restore_outputs(self) -> list[Any]:
        """The components that `restore` returns values for."""
        return [
            *(self._preset, self._method, self._size, self._settings, self._revision, self._status),
            *self._content.outputs,
            *self._styles.outputs,
            *self._region.outputs,
        ]

    async def restore(self, record: Path) -> list[Any]:
        """Return the values that show the settings of an earlier run.

        Args:
            record: the run record's file.
        """
        try:
            config = self._catalogue.read_config(record)
            self._catalogue.component_forms(config["method"], "", config)
            styles = [parse_style(text) for text in config["style"]]
        except StylekitError as error:
            problem = status.failure(Failure(error.message, error.hint))
            return [problem if x is self._status else gr.skip() for x in self.restore_outputs]
        content, content_error = await self._content.restore(config["content"][0])
        shown, style_errors = await self._styles.restore(
            styles, str(config.get("interp", "linear"))
        )
        errors = [error for error in (content_error, *style_errors) if error is not None]
        return [
            "",
            config["method"],
            config.get("size"),
            dict(config),
            # Any other value than before redraws the form.
            time.time_ns(),
            status.failure(errors[0]) if errors else status.line("Settings of an earlier run"),
            *content,
            *shown,
            *self._region.restore(config),
        ]
