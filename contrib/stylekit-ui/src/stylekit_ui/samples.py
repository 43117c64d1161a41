"""Thumbnails of the sample images to click."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Sequence
from html import escape
from pathlib import Path
from urllib.parse import quote

import gradio as gr

from stylekit.files.atomic import atomic_write
from stylekit.weights.cache import cache_dir
from stylekit_ui.assets import asset
from stylekit_ui.catalogue import Sample
from stylekit_ui.messages import PreviewReady, PreviewRequest
from stylekit_ui.process import WorkerProcess
from stylekit_ui.run_manager import wait_for_outcome
from stylekit_ui.storage import Storage

SIDE = 160
"""Longest side of a thumbnail in pixels; the page shows it at half of that."""


class Thumbnails:
    """Small images of the samples, drawn once for each user: drawing the paintings takes seconds.

    Args:
        argv: arguments of `stylekit ui`, for the worker process.
    """

    def __init__(self, samples: Sequence[Sample], storage: Storage, argv: Sequence[str]) -> None:
        self.samples = samples
        self._storage = storage
        self._argv = argv
        self._folder = storage.scratch_folder / "thumbnails"
        self._lock = asyncio.Lock()

    def path(self, sample: Sample) -> Path | None:
        """Return the file of a thumbnail that the page may load; None: it is not drawn yet."""
        path = self._folder / f"{sample.name}.jpg"
        if path.is_file():
            return path
        cached = _cached(sample)
        if not cached.is_file():
            return None
        self._folder.mkdir(exist_ok=True)
        shutil.copyfile(cached, path)
        return path

    async def draw(self) -> AsyncIterator[Sample]:
        """Draw the missing thumbnails, and yield each sample that has got one."""
        async with self._lock:
            for sample in self.samples:
                if self.path(sample) is None and await self._draw(sample):
                    yield sample

    async def _draw(self, sample: Sample) -> bool:
        path = self._folder / f"{sample.name}.jpg"
        self._folder.mkdir(exist_ok=True)
        request = PreviewRequest(self._argv, sample.source, path, SIDE)
        worker = await asyncio.to_thread(WorkerProcess, request)
        if not isinstance(await wait_for_outcome(worker), PreviewReady):
            return False
        cached = _cached(sample)
        try:
            cached.parent.mkdir(parents=True, exist_ok=True)
            with atomic_write(cached) as draft:
                shutil.copyfile(path, draft)
        except OSError:
            # A cache that cannot be written only costs time at the next start.
            return True
        return True


def _cached(sample: Sample) -> Path:
    name = f"{sample.component.replace(':', '-')}-{sample.version}-{sample.name}-{SIDE}.jpg"
    return cache_dir().parent / "thumbnails" / name


class SampleStrip:
    """The thumbnails beside an input; creating it draws it.

    Attributes:
        elem_id: id of the strip on the page.
        view: its event is `select`; the browser's `skClicked[elem_id]` is the source of the clicked
            sample.
    """

    def __init__(
        self, thumbnails: Thumbnails, label: str, elem_id: str, paintings_first: bool
    ) -> None:
        self._thumbnails = thumbnails
        self._label = label
        # Photographs come first among the samples.
        self._samples = thumbnails.samples[::-1] if paintings_first else thumbnails.samples
        self.elem_id = f"{elem_id}-samples"
        self.view = gr.HTML(
            self.html(),
            js_on_load=asset("actions.js"),
            apply_default_css=False,
            elem_id=self.elem_id,
            elem_classes="sk-html",
        )

    def html(self) -> str:
        """Return the thumbnails as HTML, names in place of those that are not drawn yet."""
        buttons = "".join(self._button(sample) for sample in self._samples)
        return (
            f'<div class="sk-samples" role="group" aria-label="{escape(self._label)}">'
            f"{buttons}</div>"
        )

    def _button(self, sample: Sample) -> str:
        name, path = escape(sample.name), self._thumbnails.path(sample)
        shown = f"<span>{name}</span>"
        if path is not None:
            shown = f'<img src="{file_url(path)}" alt="">'
        return (
            f'<button type="button" data-action="select" data-value="{escape(sample.source)}" '
            f'title="{name}" aria-label="Sample {name}">{shown}</button>'
        )


def file_url(path: Path) -> str:
    """Return the address of a file, relative to the page, as a proxy may add a path."""
    return f"gradio_api/file={quote(str(path))}"
