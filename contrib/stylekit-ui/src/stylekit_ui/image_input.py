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


UPLOADED = '(view) => (view?.video ?? view)?.path ?? ""'
CLICKED = "() => window.skClicked['STRIP']"
WITHOUT_UNREADABLE = """(source, shown) =>
    shown && !shown.readable && shown.source === source ? "" : { __type__: "update" }"""
"""Leaves a readable source alone: its value may be older than what the user clicked since."""


class ImageInput:
    """An input for one source; creating it draws it.

    The browser notes at once what the user chooses, so that Run has it although the server may
    still read it.

    Attributes:
        source: the chosen source as a config names it; empty: none.
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
        self.source = gr.Textbox("", visible=False)
        self._shown = gr.JSON(None, visible=False)
        """The source that was read last, and whether it is readable."""
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
        self._video = video
        self.strip = None
        if thumbnails.samples and not video:
            self.strip = SampleStrip(
                thumbnails, f"Samples: {label.lower()}", elem_id, paintings_first=painting
            )

    def connect_events(self, status: gr.HTML) -> None:
        """Read what the user puts in; errors go to `status`."""
        uploads = [self.view.upload, self.view.clear] if self._video else [self.view.input]
        gr.on(uploads, None, self.view, self.source, js=UPLOADED)
        if self.strip is not None:
            clicked = CLICKED.replace("STRIP", self.strip.elem_id)
            self.strip.view.select(None, None, self.source, js=clicked)
        # Once the source has its new value; right after the click it may still have the old one.
        self.source.change(
            self._read,
            [self.source, self._shown],
            [self.view, self._shown, status],
            show_progress="hidden" if self._video else "minimal",
            show_progress_on=self.view,
            trigger_mode="always_last",
            queue=False,
        ).then(None, [self.source, self._shown], self.source, js=WITHOUT_UNREADABLE)

    @property
    def outputs(self) -> list[Any]:
        """The components that `restore` returns values for."""
        return [self.view, self.source, self._shown]

    async def restore(self, text: str | None) -> tuple[list[Any], Failure | None]:
        """Return the values that show a source, and the error if it cannot be read.

        Args:
            text: the source as a config names it; None clears the input.
        """
        source = None if text is None else await self._storage.read(text)
        if not isinstance(source, Source):
            return [None, "", None], source
        shown = self._storage.publish(Path(source.text)) if self._video else str(source.preview)
        return [shown, source.text, _shown(source.text)], None

    async def _read(self, text: str, shown: dict[str, Any] | None) -> tuple[Any, Any, Any]:
        if shown == _shown(text):
            return gr.skip(), gr.skip(), gr.skip()
        unreadable = shown is not None and not shown["readable"]
        if not text:
            # An error stays until something else is read.
            return gr.skip(), gr.skip() if unreadable else None, gr.skip()
        # Only the error of what was read before: the status may be that of a run by now.
        cleared = "" if unreadable else gr.skip()
        source = await self._storage.read(text)
        if isinstance(source, Failure):
            return None, _shown(text, readable=False), failure(source)
        # A video is shown as uploaded; an image as stylekit reads it, whatever its format.
        return gr.skip() if self._video else str(source.preview), _shown(text), cleared


def _shown(source: str, readable: bool = True) -> dict[str, Any]:
    return {"source": source, "readable": readable}
