"""A tab that makes images or videos: inputs and settings on the left, the result on the right."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import gradio as gr

from stylekit.errors import StylekitError
from stylekit.inputs.syntax import parse_style
from stylekit_ui import status
from stylekit_ui.batch import Batch, QueueItem
from stylekit_ui.catalogue import FormCatalogue
from stylekit_ui.image_input import ImageInput
from stylekit_ui.messages import Failure, LogLine, RunFinished, RunProgress, WorkerMessage
from stylekit_ui.record_input import RecordInput
from stylekit_ui.region import RegionInput
from stylekit_ui.result import ResultView
from stylekit_ui.run_config import FormValues, make_config
from stylekit_ui.run_manager import RunManager
from stylekit_ui.samples import SampleStrip, Thumbnails
from stylekit_ui.settings import SettingsInput
from stylekit_ui.storage import Source, Storage
from stylekit_ui.styles import StyleInputs

Trigger = Callable[..., Any]

Kind = Literal["image", "video"]

NO_CONTENT = {
    "image": Failure("There is no content yet.", "Add an image or click a sample."),
    "video": Failure("There is no content yet.", "Add a video."),
}

BUSY = Failure("This tab already has a run.", "Stop it first, or open another page.")

# A button that is hidden takes the keyboard's focus along; hand it to the one in its place.
_FOCUS = """() => {
  const next = "#NEXT";
  let tries = 40;
  const look = () => {
    const button = document.querySelector(next);
    if (button && button.offsetParent) button.focus({ preventScroll: true });
    else if (tries-- > 0) setTimeout(look, 50);
  };
  look();
}"""


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
        thumbnails: Thumbnails,
        argv: Sequence[str],
        opened: Trigger,
    ) -> None:
        self._kind: Kind = kind
        self._catalogue = catalogue
        self._run_manager = run_manager
        self._storage = storage
        self._argv = argv
        self._batches: dict[str, Batch] = {}
        """The latest queue of each open page."""
        with gr.Row(equal_height=False):
            with gr.Column(scale=5, min_width=320, elem_classes="sk-inputs"):
                self._draw_inputs(thumbnails, opened)
            with gr.Column(scale=6, min_width=320, elem_classes="sk-result"):
                self._run = gr.Button("Run", variant="primary", elem_id=f"{kind}-run")
                self._stop = gr.Button("Stop", visible=False, elem_id=f"{kind}-stop")
                self._status = gr.HTML(
                    status.line(""), elem_id=f"{kind}-status", elem_classes="sk-html"
                )
                self._view = ResultView(kind, storage)

    def _draw_inputs(self, thumbnails: Thumbnails, opened: Trigger) -> None:
        kind, catalogue, storage = self._kind, self._catalogue, self._storage
        video = kind == "video"
        with gr.Row():
            with gr.Column(min_width=150):
                label = "Video" if video else "Content"
                self._content = ImageInput(
                    label, storage, thumbnails, f"{kind}-content", video=video
                )
            self._styles = StyleInputs(kind, storage, thumbnails)
        self._styles.draw_more()
        self._settings = SettingsInput(kind, catalogue, opened)
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

    # -- events ---------------------------------------------------------------------------------

    def connect_events(self) -> None:
        """Connect all inputs and buttons."""
        self._content.connect_events(self._status)
        self._styles.connect_events(self._status)
        self._region.connect_events()
        self._settings.connect_events()
        self._record.connect_events(self)
        inputs = [
            *(self._more, self._content.source),
            *self._settings.inputs,
            *self._region.inputs,
            *self._styles.inputs,
        ]
        self._run.click(
            self._stylize,
            inputs,
            [self._run, self._stop, self._status, *self._view.outputs],
            concurrency_limit=None,
            show_progress="hidden",
        )
        self._run.click(None, js=_focus(f"{self._kind}-stop"))
        self._stop.click(self._request_stop, None, self._status, show_progress="hidden")
        self._stop.click(None, js=_focus(f"{self._kind}-run"))
        self._view.queue.delete(self._cancel, None, self._view.queue, show_progress="hidden")
        self._view.queue.select(self._show, None, self._view.outputs, show_progress="hidden")

    @property
    def strips(self) -> list[SampleStrip]:
        """The thumbnails of samples."""
        content = [] if self._content.strip is None else [self._content.strip]
        return [*content, *self._styles.strips]

    def _request_stop(self, request: gr.Request) -> str:
        if batch := self._batches.get(str(request.session_hash)):
            batch.cancel_all()
        return status.line("Stopping; the best result so far will be saved")

    def _cancel(self, request: gr.Request, event: gr.EventData) -> Any:
        batch = self._batches.get(str(request.session_hash))
        if batch is None:
            return gr.skip()
        batch.cancel(_index(event))
        return batch.html()

    def _show(self, request: gr.Request, event: gr.EventData) -> dict[Any, Any]:
        batch, index = self._batches.get(str(request.session_hash)), _index(event)
        if batch is None or not 0 <= index < len(batch.items):
            return {}
        item = batch.items[index]
        return {} if item.result is None else self._view.finished(batch, item)

    def close_page(self, page: str) -> None:
        """Stop the queue of a page that was closed."""
        if batch := self._batches.pop(page, None):
            batch.cancel_all()

    # -- runs -----------------------------------------------------------------------------------

    async def _stylize(
        self, request: gr.Request, more: list[str] | None, content: Source | None, *values: Any
    ) -> AsyncIterator[dict[Any, Any]]:
        page = str(request.session_hash)
        key = (page, self._kind)

        async def prepare(text: str) -> tuple[Source, dict[str, Any]] | Failure:
            source = content
            if source is None or source.text != text:
                read = await self._storage.read(text)
                if isinstance(read, Failure):
                    return read
                source = read
            return await self._prepare(source, values)

        contents = [*([] if content is None else [content.text]), *(more or [])]
        if not contents:
            yield {self._status: status.failure(NO_CONTENT[self._kind])}
            return
        if (current := self._batches.get(page)) is not None and current.is_active:
            yield {self._status: status.failure(BUSY)}
            return
        batch = self._batches[page] = Batch(contents, self._run_manager, key)
        started = False
        async for item, message in batch.stream(self._argv, prepare):
            # An error in the form of a single image leaves the latest result in view.
            if not started and (len(contents) > 1 or not isinstance(message, Failure)):
                started = True
                yield self._initial_updates(batch)
            yield self._updates_for(batch, item, message)
        yield {
            **{self._run: gr.Button(visible=True), self._stop: gr.Button(visible=False)},
            self._view.queue: batch.html(),
        }

    async def _prepare(
        self, content: Source, values: Sequence[Any]
    ) -> tuple[Source, dict[str, Any]] | Failure:
        try:
            # In a thread: copying uploads would block every page.
            return content, await asyncio.to_thread(self._config, content, values)
        except StylekitError as error:
            return Failure(error.message, error.hint)

    def _config(self, content: Source, values: Sequence[Any]) -> dict[str, Any]:
        first, second = len(self._settings.inputs), len(self._region.inputs)
        settings, region = values[:first], values[first : first + second]
        form = FormValues(
            content,
            *self._styles.config_values(values[first + second :]),
            is_video=self._kind == "video",
            region=self._region.config_values(region, content),
            **self._settings.config_values(settings),
        )
        return make_config(form, self._catalogue, self._storage)

    def _initial_updates(self, batch: Batch) -> dict[Any, Any]:
        """Return the page's updates at the start of a queue."""
        return {
            self._run: gr.Button(visible=False),
            self._stop: gr.Button("Stop" if len(batch.items) == 1 else "Stop all", visible=True),
            **self._view.cleared(batch),
        }

    def _updates_for(self, batch: Batch, item: QueueItem, message: WorkerMessage) -> dict[Any, Any]:
        """Return the page's updates for a message of a run."""
        if isinstance(message, LogLine):
            return {self._status: status.line(message.line, message.level)}
        if isinstance(message, RunProgress):
            bar = status.progress_bar(message)
            return {self._status: bar, **self._view.progress(batch, item, message)}
        if isinstance(message, Failure):
            return {self._status: status.failure(message), self._view.queue: batch.html()}
        assert isinstance(message, RunFinished)
        return {self._status: status.run_finished(message), **self._view.finished(batch, item)}

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


def _focus(button: str) -> str:
    return _FOCUS.replace("NEXT", button)


def _unless(missing: Sequence[str], source: str) -> str | None:
    return None if Path(source).name in missing else source


def _index(event: gr.EventData) -> int:
    """Return the index of the clicked item of a queue; -1: the page sent none."""
    text = str(event._data.get("value"))
    return int(text) if text.isdecimal() and len(text) < 5 else -1
