"""The gallery: the results in the folder, newest first, each with its record."""

from __future__ import annotations

import json
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from stylekit.errors import StylekitError
from stylekit_ui.catalogue import FormCatalogue
from stylekit_ui.messages import Failure
from stylekit_ui.samples import file_url
from stylekit_ui.status import duration, failure, losses, placeholder
from stylekit_ui.storage import Storage

if TYPE_CHECKING:
    from stylekit_ui.stylize_tab import StylizeTab

MAX_RECORD_BYTES = 10_000_000

MAX_ITEMS = 200
"""Results that the page shows; older ones stay in the folder."""

SUFFIX = ".stylekit.json"


@dataclass(frozen=True)
class GalleryItem:
    """A result with its record.

    Attributes:
        image: the image or video.
        path: the record's file.
    """

    image: Path
    path: Path
    record: Mapping[str, Any]

    @property
    def kind(self) -> str:
        """The tab that the result belongs to."""
        return "video" if "frames" in self.record else "image"


def gallery_items(folder: Path) -> list[GalleryItem]:
    """Return the results of a folder, newest first.

    Records that are invalid, unreadable, or without their result are skipped.
    """
    times: dict[Path, float] = {}
    for path in folder.glob(f"[!.]*{SUFFIX}"):
        with suppress(OSError):
            status = path.lstat()
            # Reading a named pipe would block.
            if stat.S_ISREG(status.st_mode) and status.st_size <= MAX_RECORD_BYTES:
                times[path] = status.st_mtime
    newest = sorted(times, key=lambda path: times[path], reverse=True)[:MAX_ITEMS]
    return [item for path in newest if (item := _read_item(path)) is not None]


def _read_item(path: Path) -> GalleryItem | None:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        item = GalleryItem(path.with_name(Path(record["artifact"]["file"]).name), path, record)
        facts_table(item)
        exists = item.image.is_file() and not item.image.is_symlink()
    except (ArithmeticError, AttributeError, LookupError, OSError, RecursionError):
        return None
    except (TypeError, ValueError):
        return None
    return item if exists else None


def facts_table(item: GalleryItem) -> str:
    """Return the main facts of a record as an HTML table."""
    record, config = item.record, item.record["config"]
    rows = {
        "Method": config["method"],
        "Content": ", ".join(Path(source).name for source in config["content"]),
        "Style": ", ".join(Path(source).name for source in config["style"]),
        "Size": " × ".join(str(side) for side in record["size"]),
        "Steps": record["steps"],
        "Time": duration(sum(record["seconds"].values())),
        "Losses": losses({k: v for k, v in record["losses"].items() if v is not None}),
        "Seed": config["seed"],
        "Weights": ", ".join(used["name"] for used in record["weights"].values()),
        "Stopped early": "yes" if record["interrupted"] else "",
    }
    cells = "".join(
        f"<tr><td>{name}</td><td>{escape(str(value))}</td></tr>"
        for name, value in rows.items()
        if value != ""
    )
    return f"<table>{cells}</table>"


def _image(item: GalleryItem) -> str:
    """Return the image of a result as HTML, with a link to its full size."""
    url, name = escape(file_url(item.image)), escape(item.image.name)
    return (
        f'<a class="sk-picture" href="{url}" target="_blank" rel="noopener">'
        f'<img src="{url}" alt="{name}, open at full size"></a>'
    )


class Gallery:
    """Shows the results; creating it draws it."""

    def __init__(self, storage: Storage, catalogue: FormCatalogue) -> None:
        self._catalogue = catalogue
        self._storage = storage
        self._items = gr.State([])
        self._selected = gr.State(None)
        self._placeholder = gr.HTML(placeholder("No results yet."), elem_classes="sk-html")
        with gr.Row():
            with gr.Column(scale=6, min_width=320):
                self._grid = gr.Gallery(
                    height="auto",
                    allow_preview=False,
                    show_label=False,
                    elem_id="gallery-grid",
                    buttons=[],
                    visible=False,
                )
            with gr.Column(scale=5, min_width=320, visible=False) as self._details:
                self._image = gr.HTML("", elem_classes="sk-html", elem_id="gallery-image")
                self._video = gr.Video(show_label=False, interactive=False, visible=False)
                self._facts = gr.HTML("", elem_classes="sk-html sk-facts", elem_id="gallery-facts")
                self._reuse = gr.Button(
                    "Use these settings again", variant="primary", elem_id="gallery-again"
                )
                with gr.Row():
                    self._file = gr.DownloadButton("Download")
                    self._record = gr.DownloadButton("Download record")

    def connect_events(
        self, tab: gr.Tab, tabs: gr.Tabs, stylize_tabs: Mapping[str, StylizeTab]
    ) -> None:
        """Read the folder when the tab opens; show the selected result."""
        tab.select(
            self._refresh,
            None,
            [self._items, self._grid, self._placeholder],
            show_progress="hidden",
            queue=False,
        )
        self._grid.select(
            self._show_item,
            self._items,
            [
                *(self._selected, self._details, self._image, self._video),
                *(self._facts, self._file, self._record),
            ],
            show_progress="hidden",
            queue=False,
        )
        for kind, stylize_tab in stylize_tabs.items():
            self._connect_reuse(kind, stylize_tab, tabs)

    def _connect_reuse(self, kind: str, stylize_tab: StylizeTab, tabs: gr.Tabs) -> None:
        outputs = [tabs, *stylize_tab.inputs.restore_outputs]

        async def restore(item: GalleryItem | None) -> list[Any]:
            if item is None or item.kind != kind:
                return [gr.skip() for _ in outputs]
            try:
                config = self._catalogue.read_config(item.path)
            except StylekitError as error:
                problem = failure(Failure(error.message, error.hint))
                rest = [gr.skip() for _ in stylize_tab.inputs.restore_outputs[1:]]
                return [gr.Tabs(selected=kind), problem, *rest]
            return [gr.Tabs(selected=kind), *await stylize_tab.inputs.restore(config)]

        self._reuse.click(restore, self._selected, outputs, show_progress="minimal", queue=False)

    def _refresh(self) -> tuple[list[GalleryItem], Any, Any]:
        items = gallery_items(self._storage.folder)
        images = [(self._storage.publish(item.image), item.image.stem) for item in items]
        return (
            items,
            gr.Gallery(images, visible=bool(items)),
            gr.HTML(visible=not items),
        )

    def _show_item(self, items: list[GalleryItem], event: gr.SelectData) -> tuple[Any, ...]:
        item = items[event.index]
        video = item.kind == "video"
        path = self._storage.publish(item.image)
        return (
            item,
            gr.Column(visible=True),
            gr.HTML(_image(item), visible=not video),
            gr.Video(path if video else None, visible=video),
            facts_table(item),
            gr.DownloadButton(value=path),
            gr.DownloadButton(value=self._storage.publish(item.path)),
        )
