"""The right side of a tab: the result, its files, and the queue."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from stylekit_ui import status
from stylekit_ui.assets import asset
from stylekit_ui.batch import Batch, QueueItem
from stylekit_ui.compare import compare_view, comparison
from stylekit_ui.messages import RunFinished, RunProgress
from stylekit_ui.samples import file_url
from stylekit_ui.storage import Source, Storage

HINTS = {
    "image": "Choose an image and a painting, then press Run.",
    "video": "Choose a video and a painting, then press Run.",
}


class ResultView:
    """Shows a run while it works, and its result; creating it draws it.

    Attributes:
        queue: the list of a queue; its events are `select` and `delete`, with the index.
    """

    def __init__(self, kind: str, storage: Storage) -> None:
        self._kind = kind
        self._storage = storage
        self._stage = compare_view(HINTS[kind], f"{kind}-stage")
        # Wipes are for images; a video plays.
        self._player = gr.Video(
            label="Result", visible=False, interactive=False, elem_id=f"{kind}-result"
        )
        with gr.Row(visible=False) as self._downloads:
            self._file = gr.DownloadButton(
                f"Download {kind}", elem_id=f"{kind}-download", size="sm"
            )
            self._record = gr.DownloadButton(
                "Download record", elem_id=f"{kind}-download-record", size="sm"
            )
        self.queue = gr.HTML(
            "",
            js_on_load=asset("actions.js"),
            apply_default_css=False,
            elem_id=f"{kind}-queue",
            elem_classes="sk-html",
        )

    @property
    def outputs(self) -> list[Any]:
        """The components that the updates are for."""
        return [self._stage, self._player, self._downloads, self._file, self._record, self.queue]

    def cleared(self, batch: Batch) -> dict[Any, Any]:
        """Return the updates at the start of a queue."""
        return {
            self._stage: gr.HTML(status.placeholder("The preview will appear here."), visible=True),
            self._player: gr.Video(visible=False),
            self._downloads: gr.Row(visible=False),
            self.queue: batch.html(),
        }

    def progress(self, batch: Batch, item: QueueItem, progress: RunProgress) -> dict[Any, Any]:
        """Return the updates for a preview."""
        assert item.source is not None
        before = None if item.source.is_video else file_url(item.source.preview)
        image = self._comparison(item.source, before, status.preview_url(progress.preview))
        return {
            self._stage: gr.HTML(image, visible=True),
            self._player: gr.Video(visible=False),
            self._downloads: gr.Row(visible=False),
            self.queue: batch.html(),
        }

    def finished(self, batch: Batch, item: QueueItem) -> dict[Any, Any]:
        """Return the updates that show the result of an item."""
        result, source = item.result, item.source
        assert result is not None
        assert source is not None
        path = self._storage.publish(result.image)
        updates = {
            self._downloads: gr.Row(visible=True),
            self._file: gr.DownloadButton(value=path),
            self._record: gr.DownloadButton(value=self._storage.publish(result.record)),
            self.queue: batch.html(),
        }
        if source.is_video:
            player = gr.Video(value=path, visible=True)
            return {**updates, self._stage: gr.HTML(visible=False), self._player: player}
        before = None if result.before is None else file_url(self._before(result))
        image = self._comparison(source, before, file_url(result.image))
        return {**updates, self._stage: gr.HTML(image, visible=True)}

    def _before(self, result: RunFinished) -> Path:
        path = self._storage.scratch_folder / f"{result.image.stem}-before.jpg"
        if result.before is not None:
            path.write_bytes(result.before)
        return path

    def _comparison(self, source: Source, before: str | None, after: str) -> str:
        return comparison(before, after, source.width, source.height, f"{self._kind}-view")
