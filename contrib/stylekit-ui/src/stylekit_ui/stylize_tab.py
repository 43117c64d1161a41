"""A desk: content, styles and settings on one side, what comes of them on the other."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import gradio as gr

from stylekit.errors import StylekitError
from stylekit.inputs.syntax import parse_style
from stylekit_ui import status
from stylekit_ui.catalogue import Installed
from stylekit_ui.form import Form
from stylekit_ui.image_input import Easel
from stylekit_ui.messages import Failed, Made, Make, Progress, Report, Told
from stylekit_ui.region import Region
from stylekit_ui.run_config import Wanted, config_of
from stylekit_ui.run_manager import Runs
from stylekit_ui.storage import Shelf, Source
from stylekit_ui.styles import Styles

Trigger = Callable[..., Any]

Kind = Literal["picture", "clip"]

SIZES = {"picture": 512, "clip": 320}
"""Long side at first, in pixels."""

HINTS = {
    "picture": "Put a picture and a painting on the left, then Run.",
    "clip": "Put a clip and a painting on the left, then Run.",
}


class Desk:
    """Makes pictures, or clips. It is drawn where it is made.

    Args:
        words: those of the command, for the processes that work.
        opened: the event with which it is seen for the first time.
    """

    def __init__(
        self,
        kind: Kind,
        installed: Installed,
        runs: Runs,
        shelf: Shelf,
        words: Sequence[str],
        opened: Trigger,
    ) -> None:
        self._kind: Kind = kind
        self._installed = installed
        self._runs = runs
        self._shelf = shelf
        self._words = words
        self._opened = opened
        self._settings = gr.State({})
        self._drawn = gr.State(0)
        with gr.Row(equal_height=False):
            with gr.Column(scale=5, min_width=320):
                self._draw_inputs()
            with gr.Column(scale=6, min_width=320):
                self._draw_result()

    def _draw_inputs(self) -> None:
        kind, installed = self._kind, self._installed
        clip = kind == "clip"
        samples = installed.samples()
        with gr.Row():
            with gr.Column(min_width=150):
                self._content = Easel(
                    "Clip" if clip else "Content",
                    self._shelf,
                    samples,
                    f"{kind}-content",
                    clip=clip,
                )
            self._styles = Styles(kind, self._shelf, samples)
        self._styles.draw_more()
        self._region = Region(kind, installed.blends(), self._content.source, self._shelf)
        with gr.Row():
            self._preset = gr.Dropdown(
                [("none", ""), *installed.presets()],
                value="",
                label="Preset",
                elem_id=f"{kind}-preset",
                min_width=120,
            )
            methods = installed.methods(clip)
            usual = methods[0][1] if clip else installed.method_of("")
            self._method = gr.Dropdown(
                methods,
                value=usual if any(usual == each for _, each in methods) else methods[0][1],
                label="Method",
                elem_id=f"{kind}-method",
                min_width=120,
            )
            self._size = gr.Number(
                SIZES[kind],
                label="Size",
                precision=0,
                minimum=16,
                elem_id=f"{kind}-size",
                min_width=80,
            )
        form = Form(kind, installed, self._settings, self._drawn)
        chosen = [self._method, self._preset, self._settings]

        drawing = gr.render(
            inputs=chosen,
            triggers=[
                self._opened,
                self._method.change,
                self._preset.change,
                self._drawn.change,
            ],
            show_progress="hidden",
        )
        drawing(form.draw)

    def _draw_result(self) -> None:
        kind = self._kind
        self._run = gr.Button("Run", variant="primary", elem_id=f"{kind}-run")
        self._stop = gr.Button("Stop", visible=False, elem_id=f"{kind}-stop")
        self._stage = gr.HTML(
            status.empty(HINTS[kind]), elem_id=f"{kind}-stage", elem_classes="sk-html"
        )
        self._result: Any
        if kind == "picture":
            self._result = gr.ImageSlider(
                label="Before and after",
                visible=False,
                interactive=False,
                type="filepath",
                elem_id=f"{kind}-result",
                buttons=["fullscreen"],
                max_height=560,
            )
        else:
            self._result = gr.Video(
                label="Result", visible=False, interactive=False, elem_id=f"{kind}-result"
            )
        self._status = gr.HTML("", elem_id=f"{kind}-status", elem_classes="sk-html")
        with gr.Row(visible=False) as self._downloads:
            self._image = gr.DownloadButton(
                f"Download {kind}", elem_id=f"{kind}-download", variant="secondary"
            )
            self._record = gr.DownloadButton(
                "Download record", elem_id=f"{kind}-download-record", variant="secondary"
            )

    # -- what happens ---------------------------------------------------------------------------

    def listen(self) -> None:
        """Do what is asked for."""
        self._content.listen(self._status)
        self._styles.listen(self._status)
        self._region.listen()

        def follow_preset(preset: str) -> tuple[Any, dict[str, Any]]:
            wanted = self._installed.method_of(preset) if preset else ""
            return wanted or gr.skip(), {}

        self._preset.input(
            follow_preset, self._preset, [self._method, self._settings], show_progress="hidden"
        )
        inputs = [
            *(self._content.source, self._preset, self._method, self._size, self._settings),
            *self._region.inputs,
            *self._styles.inputs,
        ]
        self._run.click(
            self._work,
            inputs,
            [
                *(self._run, self._stop, self._status, self._stage),
                *(self._result, self._downloads, self._image, self._record),
            ],
            concurrency_limit=None,
            show_progress="hidden",
        )
        self._stop.click(self._interrupt, None, self._status, show_progress="hidden")

    def _interrupt(self, request: gr.Request) -> str:
        self._runs.stop((str(request.session_hash), self._kind))
        return status.line("Stopping; the best so far is kept")

    async def _work(self, request: gr.Request, *values: Any) -> AsyncIterator[dict[Any, Any]]:
        try:
            # Uploads are copied, which would hold up every page.
            config = await asyncio.to_thread(self._config, *values)
        except StylekitError as error:
            yield {self._status: status.failed(Failed(error.message, error.hint))}
            return
        yield self._begun()
        key = (str(request.session_hash), self._kind)
        async for report in self._runs.follow(key, Make(self._words, config)):
            yield self._heard(report)

    def _config(
        self,
        content: Source | None,
        preset: str,
        method: str,
        size: int | None,
        settings: dict[str, Any],
        *rest: Any,
    ) -> dict[str, Any]:
        parts = len(self._region.inputs)
        wanted = Wanted(
            content,
            *self._styles.stated(rest[parts:]),
            clip=self._kind == "clip",
            region=self._region.stated(rest[:parts], content),
            preset=preset,
            method=method,
            size=size,
            settings=settings,
        )
        return config_of(wanted, self._installed, self._shelf)

    def _begun(self) -> dict[Any, Any]:
        return {
            self._run: gr.Button(visible=False),
            self._stop: gr.Button(visible=True),
            self._status: status.line("Getting ready"),
            self._stage: gr.HTML(
                status.empty("The picture appears here while it grows."), visible=True
            ),
            self._result: type(self._result)(visible=False),
            self._downloads: gr.Row(visible=False),
        }

    def _heard(self, report: Report) -> dict[Any, Any]:
        """Return what the page shows of a report."""
        if isinstance(report, Told):
            return {self._status: status.line(report.line, report.level)}
        if isinstance(report, Progress):
            return {
                self._status: status.working(report),
                self._stage: status.preview(report),
            }
        idle = {self._run: gr.Button(visible=True), self._stop: gr.Button(visible=False)}
        if isinstance(report, Failed):
            return {**idle, self._status: status.failed(report)}
        assert isinstance(report, Made)
        return {**idle, **self._shown(report)}

    def _shown(self, made: Made) -> dict[Any, Any]:
        image = self._shelf.offer(made.image)
        value: Any = image
        if made.before is not None:
            before = self._shelf.scratch / f"{made.image.stem}-before.jpg"
            before.write_bytes(made.before)
            value = (str(before), image)
        return {
            self._status: status.made(made),
            self._stage: gr.HTML(visible=False),
            self._result: type(self._result)(value=value, visible=True),
            self._downloads: gr.Row(visible=True),
            self._image: gr.DownloadButton(value=image),
            self._record: gr.DownloadButton(value=self._shelf.offer(made.record)),
        }

    # -- once more ------------------------------------------------------------------------------

    @property
    def restorable(self) -> list[Any]:
        """The components that `restored` has values for."""
        return [
            *(self._preset, self._method, self._size, self._settings, self._drawn, self._status),
            *self._content.outputs,
            *self._styles.outputs,
            *self._region.outputs,
        ]

    async def restored(self, record: Path) -> list[Any]:
        """Return what shows the settings of an earlier run, as its record holds them."""
        try:
            config = self._installed.config_of(record)
            self._installed.pieces(config["method"], "", config)
            styles = [parse_style(text) for text in config["style"]]
        except StylekitError as missing:
            problem = status.failed(Failed(missing.message, missing.hint))
            return [problem if x is self._status else gr.skip() for x in self.restorable]
        content, error = await self._content.restored(config["content"][0])
        shown, errors = await self._styles.restored(styles, str(config.get("interp", "linear")))
        bad = next((x for x in (error, *errors) if x is not None), None)
        return [
            "",
            config["method"],
            config.get("size"),
            dict(config),
            # Any other value than before has the form drawn.
            time.time_ns(),
            status.line("Settings of an earlier run") if bad is None else status.failed(bad),
            *content,
            *shown,
            *self._region.restored(config),
        ]
