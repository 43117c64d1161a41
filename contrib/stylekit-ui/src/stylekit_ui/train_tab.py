"""The tab that trains a network for a painting: inputs on the left, the latest sheet right."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from html import escape
from typing import Any

import gradio as gr

from stylekit.errors import StylekitError
from stylekit_ui import status
from stylekit_ui.assets import asset
from stylekit_ui.catalogue import FormCatalogue
from stylekit_ui.edits import Held
from stylekit_ui.messages import (
    Failure,
    LogLine,
    RunProgress,
    SampleSheet,
    TrainingFinished,
    TrainRequest,
    WorkerMessage,
)
from stylekit_ui.run_manager import RunManager
from stylekit_ui.samples import Thumbnails, file_url
from stylekit_ui.settings import SettingsInput
from stylekit_ui.storage import Storage
from stylekit_ui.train_config import RequestMaker
from stylekit_ui.train_inputs import TrainInputs

KIND = "train"

NO_PAINTING = Failure("There is no painting yet.", "Add one or click a sample.")

HINT = "Choose a painting, then press Train. What the network paints appears here."

CAPTION = "Photographs, and below them what the network makes of them"


class TrainTab:
    """Trains networks; creating it draws it.

    Args:
        argv: arguments of `stylekit ui`, for the worker processes.
        opened: event that fires when the tab is first shown.

    Attributes:
        inputs: the left side.
    """

    def __init__(
        self,
        catalogue: FormCatalogue,
        run_manager: RunManager,
        storage: Storage,
        thumbnails: Thumbnails,
        argv: Sequence[str],
        opened: Callable[..., Any],
    ) -> None:
        self._run_manager = run_manager
        self._storage = storage
        self._requests = RequestMaker(argv, catalogue, storage)
        self._finished = gr.State(None)
        with gr.Row(equal_height=False):
            with gr.Column(scale=5, min_width=320, elem_classes="sk-inputs"):
                self.inputs = TrainInputs(catalogue, storage, thumbnails, opened)
            with gr.Column(scale=6, min_width=320, elem_classes="sk-result"):
                self._run = gr.Button("Train", variant="primary", elem_id=f"{KIND}-run")
                self._stop = gr.Button("Stop", visible=False, elem_id=f"{KIND}-stop")
                self._status = gr.HTML(
                    status.line(""), elem_id=f"{KIND}-status", elem_classes="sk-html"
                )
                self._notes = gr.HTML("", elem_id=f"{KIND}-notes", elem_classes="sk-html")
                self._paint = gr.Button(
                    "Paint with it", variant="primary", visible=False, elem_id=f"{KIND}-paint"
                )
                self._sheet = gr.HTML(
                    status.placeholder(HINT), elem_id=f"{KIND}-sheet", elem_classes="sk-html"
                )
                with gr.Row(visible=False) as self._downloads:
                    self._network = gr.DownloadButton(
                        "Download network", elem_id=f"{KIND}-download", size="sm"
                    )
                    self._record = gr.DownloadButton(
                        "Download record", elem_id=f"{KIND}-download-record", size="sm"
                    )

    # -- events ---------------------------------------------------------------------------------

    def connect_events(self, tabs: gr.Tabs, *users: SettingsInput) -> None:
        """Connect all inputs and buttons.

        Args:
            users: settings with a choice of trained networks; the first are those of the tab that
                paints with a new one.
        """
        self.inputs.connect_events(self._status)
        redrawn = {each.revision: each for each in users}
        outputs = [
            *(self._run, self._stop, self._status, self._notes, self._paint, self._sheet),
            *(self._downloads, self._network, self._record, self._finished, *redrawn),
        ]

        async def train(request: gr.Request, *values: Any) -> AsyncIterator[dict[Any, Any]]:
            async for updates in self._train(str(request.session_hash), *values):
                yield updates
                if self._finished in updates:
                    yield {view: settings.redrawn() for view, settings in redrawn.items()}

        self._run.click(
            train,
            self.inputs.components,
            outputs,
            concurrency_limit=None,
            show_progress="hidden",
        )
        self._run.click(None, js=asset("focus.js").replace("KIND", KIND))
        at_once: dict[str, Any] = {"show_progress": "hidden", "queue": False}
        self._stop.click(self._request_stop, None, self._status, **at_once)
        first = users[0]

        def paint(finished: TrainingFinished | None, held: Held) -> list[Any]:
            if finished is None:
                return [gr.skip(), *(gr.skip() for _ in first.network_outputs)]
            shown = first.with_network(finished.method, str(finished.network), held)
            return [gr.Tabs(selected="image"), *shown]

        self._paint.click(
            paint,
            [self._finished, first.held],
            [tabs, *first.network_outputs],
            **at_once,
        )

    def _request_stop(self, request: gr.Request) -> str:
        self._run_manager.stop((str(request.session_hash), KIND))
        return status.line("Stopping; the network so far will be saved")

    # -- trainings ------------------------------------------------------------------------------

    async def _train(self, page: str, painting: str, *values: Any) -> AsyncIterator[dict[Any, Any]]:
        request = await self._prepare(painting, values)
        if isinstance(request, Failure):
            yield {self._status: status.failure(request)}
            return
        started, steps, notes = False, False, ""
        async for message in self._run_manager.stream((page, KIND), request):
            if not started and not isinstance(message, Failure):
                started = True
                yield self._initial_updates()
            steps = steps or isinstance(message, RunProgress)
            # Progress would replace them at once: warnings, and why a training ends early.
            if isinstance(message, LogLine) and (steps or message.level >= logging.WARNING):
                notes += status.line(message.line, message.level)
                yield {self._notes: notes}
            else:
                yield self._updates_for(message)
        yield {self._run: gr.Button(visible=True), self._stop: gr.Button(visible=False)}

    async def _prepare(self, painting: str, values: Sequence[Any]) -> TrainRequest | Failure:
        if not painting:
            return NO_PAINTING
        source = await self._storage.known(painting)
        if isinstance(source, Failure):
            return source
        try:
            # In a thread: copying uploads would block every page.
            return await asyncio.to_thread(self._requests.request, painting, *values)
        except StylekitError as error:
            return Failure(error.message, error.hint)

    def _initial_updates(self) -> dict[Any, Any]:
        """Return the page's updates at the start of a training."""
        return {
            self._run: gr.Button(visible=False),
            self._stop: gr.Button(visible=True),
            self._status: status.line("Starting"),
            self._notes: "",
            self._paint: gr.Button(visible=False),
            self._sheet: status.placeholder("What the network paints will appear here."),
            self._downloads: gr.Row(visible=False),
        }

    def _updates_for(self, message: WorkerMessage) -> dict[Any, Any]:
        """Return the page's updates for a message of a training."""
        if isinstance(message, LogLine):
            return {self._status: status.line(message.line, message.level)}
        if isinstance(message, RunProgress):
            return {self._status: status.progress_bar(message)}
        if isinstance(message, SampleSheet):
            return {self._sheet: _sheet(status.preview_url(message.image), message.step)}
        if isinstance(message, Failure):
            return {self._status: status.failure(message)}
        assert isinstance(message, TrainingFinished)
        return self._finished_updates(message)

    def _finished_updates(self, result: TrainingFinished) -> dict[Any, Any]:
        updates = {
            self._finished: result,
            self._status: status.training_finished(result),
            self._paint: gr.Button(visible=True),
            self._downloads: gr.Row(visible=True),
            self._network: gr.DownloadButton(value=self._storage.publish(result.network)),
            self._record: gr.DownloadButton(value=self._storage.publish(result.record)),
        }
        # The latest sheet of a stopped training is older than its network.
        if result.sheet is not None and not result.interrupted:
            self._storage.publish(result.sheet)
            updates[self._sheet] = _sheet(file_url(result.sheet), result.steps)
        return updates


def _sheet(url: str, step: int) -> str:
    """Return a sheet as HTML, with a caption."""
    return (
        f'<figure class="sk-sheet"><img src="{escape(url)}" alt="{CAPTION}">'
        f"<figcaption>{CAPTION} after step {step}.</figcaption></figure>"
    )
