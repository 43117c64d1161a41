"""An input for an image or video: upload, paste, or pick a sample."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from stylekit_ui.messages import Failure
from stylekit_ui.status import failure
from stylekit_ui.storage import Source, Storage


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
        samples: list[tuple[str, str]],
        elem_id: str,
        *,
        video: bool = False,
        height: int = 200,
    ) -> None:
        self._storage = storage
        self.source = gr.State(None)
        self.view: Any
        if video:
            self.view = gr.Video(
                label=label, height=height, sources=["upload"], elem_id=elem_id, buttons=[]
            )
        else:
            self.view = gr.Image(
                label=label,
                height=height,
                type="filepath",
                image_mode=None,
                sources=["upload", "clipboard"],
                elem_id=elem_id,
                buttons=[],
            )
        # Keep the uploaded file: Gradio would decode it and show its own errors.
        self.view.preprocess = _path
        self._video = video
        self.sample = None
        if samples and not video:
            self.sample = gr.Dropdown(
                [("or a sample", ""), *samples],
                value="",
                show_label=False,
                container=False,
                elem_id=f"{elem_id}-sample",
                min_width=100,
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
        if self.sample is not None:
            self.sample.input(
                self._read,
                [self.sample, self.source],
                outputs,
                show_progress="minimal",
                show_progress_on=self.view,
            )
            self.view.input(lambda: "", None, self.sample, show_progress="hidden")

    @property
    def outputs(self) -> list[Any]:
        """The components that `restore` returns values for."""
        return [self.view, self.source, *([] if self.sample is None else [self.sample])]

    async def restore(self, text: str | None) -> tuple[list[Any], Failure | None]:
        """Return the values that show a source, and the error if it cannot be read.

        Args:
            text: the source as a config names it; None clears the input.
        """
        rest = [] if self.sample is None else [""]
        source = None if text is None else await self._storage.read(text)
        if not isinstance(source, Source):
            return [None, None, *rest], source
        shown = self._storage.publish(Path(source.text)) if self._video else str(source.preview)
        return [shown, source, *rest], None

    async def _read(self, text: str | None, current: Source | None) -> tuple[Any, Any, Any]:
        # Gradio sends a choice from a list twice; the second one must not clear a newer status.
        if current is not None and text == current.text:
            return gr.skip(), gr.skip(), gr.skip()
        if not text:
            return gr.skip(), None, ""
        source = await self._storage.read(text)
        if isinstance(source, Failure):
            return None, None, failure(source)
        # A video is shown as uploaded; an image as stylekit reads it, whatever its format.
        return gr.skip() if self._video else str(source.preview), source, ""
