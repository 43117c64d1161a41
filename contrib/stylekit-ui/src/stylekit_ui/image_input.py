"""Where a picture or clip is put: dropped, pasted, or one of the samples."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from stylekit_ui.messages import Failed
from stylekit_ui.status import failed
from stylekit_ui.storage import Shelf, Source


def _path(payload: Any) -> str | None:
    return None if payload is None else str(payload.path)


class Easel:
    """A place for one source, drawn where it is made.

    Attributes:
        source: a state with what is there, or None.
    """

    def __init__(
        self,
        label: str,
        shelf: Shelf,
        samples: list[tuple[str, str]],
        elem_id: str,
        *,
        clip: bool = False,
        height: int = 200,
    ) -> None:
        self._shelf = shelf
        self.source = gr.State(None)
        self.view: Any
        if clip:
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
        # The file as it was uploaded: Gradio would open it, and its errors are not for people.
        self.view.preprocess = _path
        self._clip = clip
        self.sample = None
        if samples and not clip:
            self.sample = gr.Dropdown(
                [("or a sample", ""), *samples],
                value="",
                show_label=False,
                container=False,
                elem_id=f"{elem_id}-sample",
                min_width=100,
            )

    def listen(self, status: gr.HTML) -> None:
        """Take what is put there; what cannot be read is told in `status`."""

        outputs = [self.view, self.source, status]
        if self._clip:
            changed = [self.view.upload, self.view.clear]
            gr.on(changed, self._take, [self.view, self.source], outputs)
        else:
            self.view.input(
                self._take,
                [self.view, self.source],
                outputs,
                show_progress="minimal",
                show_progress_on=self.view,
            )
        if self.sample is not None:
            self.sample.input(
                self._take,
                [self.sample, self.source],
                outputs,
                show_progress="minimal",
                show_progress_on=self.view,
            )
            self.view.input(lambda: "", None, self.sample, show_progress="hidden")

    @property
    def outputs(self) -> list[Any]:
        """The components that `restored` has values for."""
        return [self.view, self.source, *([] if self.sample is None else [self.sample])]

    async def restored(self, text: str | None) -> tuple[list[Any], Failed | None]:
        """Return what shows a source, and why it cannot be shown; None empties the place."""
        rest = [] if self.sample is None else [""]
        found = None if text is None else await self._shelf.read(text)
        if not isinstance(found, Source):
            return [None, None, *rest], found
        shown = self._shelf.offer(Path(found.text)) if self._clip else str(found.shown)
        return [shown, found, *rest], None

    async def _take(self, text: str | None, present: Source | None) -> tuple[Any, Any, Any]:
        # A choice from a list comes twice: the second time must not wipe out what was told since.
        if present is not None and text == present.text:
            return gr.skip(), gr.skip(), gr.skip()
        if not text:
            return gr.skip(), None, ""
        found = await self._shelf.read(text)
        if isinstance(found, Failed):
            return None, None, failed(found)
        # A clip is shown as it is; a picture as stylekit reads it, whatever its format.
        return gr.skip() if self._clip else str(found.shown), found, ""
