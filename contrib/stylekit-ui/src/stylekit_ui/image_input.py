"""An input for an image or video: upload, paste, or click a sample."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from stylekit_ui.messages import Failure
from stylekit_ui.samples import SampleStrip, Thumbnails
from stylekit_ui.status import failure
from stylekit_ui.storage import Source, Storage

HEIGHT = 180
"""Of the input in CSS pixels."""


def _path(payload: Any) -> str | None:
    return None if payload is None else str(payload.path)


class ImageInput:
    """An input for one source; creating it draws it.

    Attributes:
        source: state with the current source, or None.
    """

    def __init__(
        self,
        label: str,
        storage: Storage,
        thumbnails: Thumbnails,
        elem_id: str,
        *,
        video: bool = False,
        painting: bool = False,
    ) -> None:
        self._storage = storage
        self.source = gr.State(None)
        self.view: Any
        if video:
            self.view = gr.Video(
                label=label, height=HEIGHT, sources=["upload"], elem_id=elem_id, buttons=[]
            )
        else:
            self.view = gr.Image(
                label=label,
                height=HEIGHT,
                type="filepath",
                image_mode=None,
                sources=["upload", "clipboard"],
                elem_id=elem_id,
                buttons=[],
            )
        # Keep the uploaded file: Gradio would decode it and show its own errors.
        self.view.preprocess = _path
        self._video = video
        self.strip = None
        if thumbnails.samples and not video:
            self.strip = SampleStrip(
                thumbnails, f"Samples: {label.lower()}", elem_id, paintings_first=painting
            )

    def connect_events(self, status: gr.HTML) -> None:
        """Read what the user puts in; errors go to `status`."""
        outputs = [self.view, self.source, status]
        if self._video:
            events = [self.view.upload, self.view.clear]
            gr.on(events, self._read, [self.view, self.source], outputs)
        else:
            self.view.input(
                self._read,
                [self.view, self.source],
                outputs,
                show_progress="minimal",
                show_progress_on=self.view,
            )
        if self.strip is not None:
            strip = self.strip

            async def select(current: Source | None, event: gr.EventData) -> tuple[Any, Any, Any]:
                return await self._read(strip.selected(event), current)

            strip.view.select(
                select, self.source, outputs, show_progress="minimal", show_progress_on=self.view
            )

    @property
    def outputs(self) -> list[Any]:
        """The components that `restore` returns values for."""
        return [self.view, self.source]

    async def restore(self, text: str | None) -> tuple[list[Any], Failure | None]:
        """Return the values that show a source, and the error if it cannot be read.

        Args:
            text: the source as a config names it; None clears the input.
        """
        source = None if text is None else await self._storage.read(text)
        if not isinstance(source, Source):
            return [None, None], source
        shown = self._storage.publish(Path(source.text)) if self._video else str(source.preview)
        return [shown, source], None

    async def _read(self, text: str | None, current: Source | None) -> tuple[Any, Any, Any]:
        # A second click on a sample must not clear a newer status.
        if current is not None and text == current.text:
            return gr.skip(), gr.skip(), gr.skip()
        if not text:
            return gr.skip(), None, ""
        source = await self._storage.read(text)
        if isinstance(source, Failure):
            return None, None, failure(source)
        # A video is shown as uploaded; an image as stylekit reads it, whatever its format.
        return gr.skip() if self._video else str(source.preview), source, ""
