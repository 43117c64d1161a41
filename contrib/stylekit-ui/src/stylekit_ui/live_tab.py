"""The tab that paints a camera or a clip live: inputs on the left, the way to the stream right.

The stream has a page of its own, which `stylekit live` serves: it has the keys and the strength.
"""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator, Sequence
from html import escape
from typing import Any

import gradio as gr

from stylekit.errors import StylekitError
from stylekit_ui import status
from stylekit_ui.assets import asset
from stylekit_ui.catalogue import FormCatalogue
from stylekit_ui.image_input import ImageInput
from stylekit_ui.live_config import LiveRequestMaker
from stylekit_ui.messages import Failure, LiveEnded, LogLine, WorkerMessage
from stylekit_ui.run_manager import RunManager
from stylekit_ui.samples import SampleStrip, Thumbnails
from stylekit_ui.storage import Storage

KIND = "live"

SIZE = 320
"""Initial long side of the frames in pixels."""

HINT = "Choose a network or a painting, then press Start. A link to the stream appears here."

ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/\?token=[\w-]+")
"""The address of the stream's page, in the line that the command logs."""


class LiveTab:
    """Paints live; creating it draws it.

    Args:
        argv: arguments of `stylekit ui`, for the worker processes.
    """

    def __init__(
        self,
        catalogue: FormCatalogue,
        run_manager: RunManager,
        storage: Storage,
        thumbnails: Thumbnails,
        argv: Sequence[str],
    ) -> None:
        self._run_manager = run_manager
        self._storage = storage
        self._requests = LiveRequestMaker(argv, catalogue, storage)
        with gr.Row(equal_height=False):
            with gr.Column(scale=5, min_width=320, elem_classes="sk-inputs"):
                self._draw_inputs(storage, thumbnails)
            with gr.Column(scale=6, min_width=320, elem_classes="sk-result"):
                self._run = gr.Button("Start", variant="primary", elem_id=f"{KIND}-run")
                self._stop = gr.Button("Stop", visible=False, elem_id=f"{KIND}-stop")
                self._status = gr.HTML(
                    status.line(""), elem_id=f"{KIND}-status", elem_classes="sk-html"
                )
                self._notes = gr.HTML("", elem_id=f"{KIND}-notes", elem_classes="sk-html")
                self._stream = gr.HTML(
                    status.placeholder(HINT), elem_id=f"{KIND}-stream", elem_classes="sk-html"
                )

    def _draw_inputs(self, storage: Storage, thumbnails: Thumbnails) -> None:
        with gr.Row():
            with gr.Column(min_width=150):
                self._clip = ImageInput(
                    "Clip (none: the camera)", storage, thumbnails, f"{KIND}-clip", video=True
                )
            with gr.Column(min_width=150):
                self._painting = ImageInput(
                    "Painting", storage, thumbnails, f"{KIND}-style", painting=True
                )
        self._network = gr.Dropdown(
            self._network_choices(),
            value="",
            label="Trained network",
            info="Paints in place of the painting, and faster.",
            elem_id=f"{KIND}-network",
        )
        with gr.Row():
            self._camera = gr.Number(
                0, label="Camera", precision=0, minimum=0, elem_id=f"{KIND}-camera", min_width=80
            )
            self._size = gr.Number(
                SIZE,
                label="Size, px",
                precision=0,
                minimum=16,
                elem_id=f"{KIND}-size",
                min_width=80,
            )
            self._mirror = gr.Checkbox(False, label="Mirror", elem_id=f"{KIND}-mirror")

    @property
    def strips(self) -> list[SampleStrip]:
        """The thumbnails of samples."""
        return [] if self._painting.strip is None else [self._painting.strip]

    # -- events ---------------------------------------------------------------------------------

    def connect_events(self, tab: gr.Tab) -> None:
        """Connect all inputs and buttons; the networks are listed anew when the tab opens."""
        for each in (self._clip, self._painting):
            each.connect_events(self._status)
        tab.select(
            lambda: gr.Dropdown(choices=self._network_choices()),
            None,
            self._network,
            show_progress="hidden",
            queue=False,
        )
        inputs = [self._clip.source, self._camera, self._painting.source]
        self._run.click(
            self._paint,
            [*inputs, self._network, self._size, self._mirror],
            [self._run, self._stop, self._status, self._notes, self._stream],
            concurrency_limit=None,
            show_progress="hidden",
        )
        self._run.click(None, js=asset("focus.js").replace("KIND", KIND))
        self._stop.click(
            self._request_stop, None, self._status, show_progress="hidden", queue=False
        )

    def _network_choices(self) -> list[tuple[str, str]]:
        networks = self._requests.networks()
        return [("none" if networks else "none yet: the tab Train makes one", ""), *networks]

    def _request_stop(self, request: gr.Request) -> str:
        self._run_manager.stop((str(request.session_hash), KIND))
        return status.line("Stopping")

    # -- sessions -------------------------------------------------------------------------------

    async def _paint(self, request: gr.Request, *values: Any) -> AsyncIterator[dict[Any, Any]]:
        for text in (values[0], values[2]):
            source = await self._storage.known(text) if text else None
            if isinstance(source, Failure):
                yield {self._status: status.failure(source)}
                return
        try:
            live = self._requests.request(*values)
        except StylekitError as error:
            yield {self._status: status.failure(Failure(error.message, error.hint))}
            return
        yield {
            self._run: gr.Button(visible=False),
            self._stop: gr.Button(visible=True),
            self._status: status.line("Starting"),
            self._notes: "",
        }
        notes = ""
        async for message in self._run_manager.stream((str(request.session_hash), KIND), live):
            if isinstance(message, LogLine) and message.level >= logging.WARNING:
                notes += status.line(message.line, message.level)
                yield {self._notes: notes}
            else:
                yield self._updates_for(message)
        yield {
            self._run: gr.Button(visible=True),
            self._stop: gr.Button(visible=False),
            self._stream: status.placeholder(HINT),
        }

    def _updates_for(self, message: WorkerMessage) -> dict[Any, Any]:
        """Return the page's updates for a message of a session."""
        if isinstance(message, Failure):
            return {self._status: status.failure(message)}
        if isinstance(message, LiveEnded):
            return {self._status: status.line(message.summary)}
        assert isinstance(message, LogLine)
        if address := ADDRESS.search(message.line):
            return {self._status: status.line("Painting"), self._stream: _link(address[0])}
        return {self._status: status.line(message.line, message.level)}


def _link(address: str) -> str:
    """Return the way to the stream's page as HTML."""
    return (
        f'<div class="sk-empty"><a class="sk-open" href="{escape(address)}" target="_blank" '
        'rel="noopener noreferrer">Open the stream in another tab</a></div>'
    )
