"""A tab that makes images or videos: inputs and settings on the left, the result on the right."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import gradio as gr

from stylekit.errors import StylekitError
from stylekit_ui import status
from stylekit_ui.assets import asset
from stylekit_ui.batch import Batch, QueueItem
from stylekit_ui.catalogue import FormCatalogue
from stylekit_ui.estimate import EstimateLine, line
from stylekit_ui.inputs import Kind, TabInputs, Trigger
from stylekit_ui.messages import Failure, LogLine, RunFinished, RunProgress, WorkerMessage
from stylekit_ui.result import ResultView
from stylekit_ui.run_manager import RunManager
from stylekit_ui.samples import Thumbnails
from stylekit_ui.storage import Source, Storage

NO_CONTENT = {
    "image": Failure("There is no content yet.", "Add an image or click a sample."),
    "video": Failure("There is no content yet.", "Add a video."),
}

BUSY = Failure("This tab already has a run.", "Stop it first, or open another page.")


class StylizeTab:
    """Makes images or videos; creating it draws it.

    Args:
        argv: arguments of `stylekit ui`, for the worker processes.
        opened: event that fires when the tab is first shown.

    Attributes:
        inputs: the left side.
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
        self._run_manager = run_manager
        self._storage = storage
        self._argv = argv
        self._batches: dict[str, Batch] = {}
        """The latest queue of each open page."""
        with gr.Row(equal_height=False):
            with gr.Column(scale=5, min_width=320, elem_classes="sk-inputs"):
                self.inputs = TabInputs(kind, catalogue, storage, thumbnails, opened)
            with gr.Column(scale=6, min_width=320, elem_classes="sk-result"):
                self._run = gr.Button("Run", variant="primary", elem_id=f"{kind}-run")
                self._stop = gr.Button("Stop", visible=False, elem_id=f"{kind}-stop")
                self._estimate = EstimateLine(kind, argv)
                self._status = gr.HTML(
                    status.line(""), elem_id=f"{kind}-status", elem_classes="sk-html"
                )
                self._view = ResultView(kind, storage)

    # -- events ---------------------------------------------------------------------------------

    def connect_events(self) -> None:
        """Connect all inputs and buttons."""
        self.inputs.connect_events(self._status)
        components = self.inputs.components
        self._run.click(
            self._stylize,
            [self._estimate.number, *components],
            [self._run, self._stop, self._status, self._estimate.view, *self._view.outputs],
            js=asset("number.js"),
            concurrency_limit=None,
            show_progress="hidden",
        )
        self._run.click(None, js=asset("focus.js").replace("KIND", self._kind))
        self._estimate.connect_events(self.inputs.changes, components, self.inputs.estimated_config)
        at_once: dict[str, Any] = {"show_progress": "hidden", "queue": False}
        self._stop.click(self._request_stop, None, self._status, **at_once)
        self._view.queue.delete(self._cancel, None, self._view.queue, **at_once)
        self._view.queue.select(self._show, None, self._view.outputs, **at_once)

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
        self._estimate.close_page(page)
        if batch := self._batches.pop(page, None):
            batch.cancel_all()

    # -- runs -----------------------------------------------------------------------------------

    async def _stylize(
        self,
        request: gr.Request,
        number: int,
        more: list[str] | None,
        content: str,
        *values: Any,
    ) -> AsyncIterator[dict[Any, Any]]:
        page = str(request.session_hash)
        key = (page, self._kind)

        async def prepare(text: str) -> tuple[Source, dict[str, Any]] | Failure:
            source = await self._storage.known(text)
            return source if isinstance(source, Failure) else await self._prepare(source, values)

        contents = [*([content] if content else []), *(more or [])]
        if not contents:
            yield {self._status: status.failure(NO_CONTENT[self._kind])}
            return
        if (current := self._batches.get(page)) is not None and current.is_active:
            yield {self._status: status.failure(BUSY)}
            return
        self._estimate.drop(page, number)
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
            return content, await asyncio.to_thread(self.inputs.config, content, values)
        except StylekitError as error:
            return Failure(error.message, error.hint)

    def _initial_updates(self, batch: Batch) -> dict[Any, Any]:
        """Return the page's updates at the start of a queue."""
        return {
            self._run: gr.Button(visible=False),
            self._stop: gr.Button("Stop" if len(batch.items) == 1 else "Stop all", visible=True),
            self._estimate.view: line(""),
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


def _index(event: gr.EventData) -> int:
    """Return the index of the clicked item of a queue; -1: the page sent none."""
    text = str(event._data.get("value"))
    return int(text) if text.isdecimal() and len(text) < 5 else -1
