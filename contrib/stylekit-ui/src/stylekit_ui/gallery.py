"""What was made: the folder of runs, newest first, each with its record."""

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

from stylekit_ui.status import duration, empty, losses
from stylekit_ui.storage import Shelf

if TYPE_CHECKING:
    from stylekit_ui.stylize_tab import Desk

LARGEST = 10_000_000
"""Bytes of a record."""

MOST = 200
"""Runs that are shown; older ones are in the folder all the same."""

SUFFIX = ".stylekit.json"


@dataclass(frozen=True)
class Past:
    """An earlier run."""

    image: Path
    path: Path
    record: Mapping[str, Any]

    @property
    def kind(self) -> str:
        """The desk it was made at."""
        return "clip" if "frames" in self.record else "picture"


def past_runs(folder: Path) -> list[Past]:
    """Return the runs of a folder whose picture is there, newest first.

    What only looks like a record, leads elsewhere, or cannot be read is passed over.
    """
    ages: dict[Path, float] = {}
    for path in folder.glob(f"[!.]*{SUFFIX}"):
        with suppress(OSError):
            status = path.lstat()
            # Another program's pipe would be waited for.
            if stat.S_ISREG(status.st_mode) and status.st_size <= LARGEST:
                ages[path] = status.st_mtime
    newest = sorted(ages, key=lambda path: ages[path], reverse=True)[:MOST]
    return [past for path in newest if (past := _past(path)) is not None]


def _past(path: Path) -> Past | None:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        past = Past(path.with_name(Path(record["artifact"]["file"]).name), path, record)
        facts(past)
        there = past.image.is_file() and not past.image.is_symlink()
    except (ArithmeticError, AttributeError, LookupError, OSError, RecursionError):
        return None
    except (TypeError, ValueError):
        return None
    return past if there else None


def facts(past: Past) -> str:
    """Return what a record says, for people."""
    record, config = past.record, past.record["config"]
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


class Gallery:
    """Shows them; drawn where it is made."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._pasts = gr.State([])
        self._chosen = gr.State(None)
        self._empty = gr.HTML(empty("Nothing has been made yet."), elem_classes="sk-html")
        with gr.Row():
            with gr.Column(scale=6, min_width=320):
                self._wall = gr.Gallery(
                    height="auto",
                    allow_preview=False,
                    show_label=False,
                    elem_id="gallery-wall",
                    buttons=[],
                    visible=False,
                )
            with gr.Column(scale=5, min_width=320, visible=False) as self._side:
                self._image = gr.Image(
                    show_label=False,
                    interactive=False,
                    height=320,
                    buttons=["fullscreen"],
                    elem_id="gallery-picture",
                )
                self._clip = gr.Video(show_label=False, interactive=False, visible=False)
                self._facts = gr.HTML("", elem_classes="sk-html sk-facts", elem_id="gallery-facts")
                self._again = gr.Button(
                    "Use these settings again", variant="primary", elem_id="gallery-again"
                )
                with gr.Row():
                    self._file = gr.DownloadButton("Download")
                    self._record = gr.DownloadButton("Download record")

    def listen(self, tab: gr.Tab, tabs: gr.Tabs, desks: Mapping[str, Desk]) -> None:
        """Look into the folder when the tab is opened; show what is chosen."""
        tab.select(
            self._refreshed,
            None,
            [self._pasts, self._wall, self._empty],
            show_progress="hidden",
        )
        self._wall.select(
            self._opened,
            self._pasts,
            [
                *(self._chosen, self._side, self._image, self._clip),
                *(self._facts, self._file, self._record),
            ],
            show_progress="hidden",
        )
        for kind, desk in desks.items():
            self._restore(kind, desk, tabs)

    def _restore(self, kind: str, desk: Desk, tabs: gr.Tabs) -> None:
        async def restored(past: Past | None) -> list[Any]:
            if past is None or past.kind != kind:
                return [gr.skip() for _ in (tabs, *desk.restorable)]
            return [gr.Tabs(selected=kind), *await desk.restored(past.path)]

        self._again.click(restored, self._chosen, [tabs, *desk.restorable], show_progress="minimal")

    def _refreshed(self) -> tuple[list[Past], Any, Any]:
        pasts = past_runs(self._shelf.folder)
        images = [(self._shelf.offer(past.image), past.image.stem) for past in pasts]
        return (
            pasts,
            gr.Gallery(images, visible=bool(pasts)),
            gr.HTML(visible=not pasts),
        )

    def _opened(self, pasts: list[Past], event: gr.SelectData) -> tuple[Any, ...]:
        past = pasts[event.index]
        clip = past.kind == "clip"
        path = str(past.image)
        return (
            past,
            gr.Column(visible=True),
            gr.Image(None if clip else path, visible=not clip),
            gr.Video(path if clip else None, visible=clip),
            facts(past),
            gr.DownloadButton(value=path),
            gr.DownloadButton(value=self._shelf.offer(past.path)),
        )
