"""The time that a run will take, shown before it starts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from html import escape
from typing import Any

import gradio as gr

from stylekit.errors import StylekitError
from stylekit_ui.messages import EstimateReady, EstimateRequest
from stylekit_ui.process import WorkerProcess
from stylekit_ui.run_manager import wait_for_outcome

PAUSE_SECONDS = 0.5
"""Wait for further changes of the form, because an estimate loads networks."""

Configure = Callable[..., dict[str, Any] | None]


class EstimateLine:
    """A line with the expected time; creating it draws it.

    Attributes:
        view: shows the line.
    """

    def __init__(self, kind: str, argv: Sequence[str]) -> None:
        self._argv = argv
        self._latest: dict[str, int] = {}
        """The number of the latest change on each open page."""
        self.view = gr.HTML(
            line(""), elem_id=f"{kind}-estimate", elem_classes="sk-html", apply_default_css=False
        )

    def connect_events(
        self, triggers: Sequence[Any], inputs: Sequence[Any], configure: Configure
    ) -> None:
        """Estimate anew when the form changes.

        Args:
            configure: makes the configuration from the values of the inputs, without side effects;
                None: something is missing.
        """
        gr.on(list(triggers), self._begin, None, self.view, show_progress="hidden", queue=False)
        gr.on(
            list(triggers),
            self._estimator(configure),
            list(inputs),
            self.view,
            show_progress="hidden",
            trigger_mode="always_last",
        )

    def _begin(self, request: gr.Request) -> str:
        self.drop(str(request.session_hash))
        return line("")

    def drop(self, page: str) -> None:
        """Show no estimate that began before now, because the form has changed or runs."""
        self._latest[page] = self._latest.get(page, 0) + 1

    def close_page(self, page: str) -> None:
        """Forget a page that was closed."""
        self._latest.pop(page, None)

    def _estimator(self, configure: Configure) -> Callable[..., Awaitable[Any]]:
        async def estimate(request: gr.Request, *values: Any) -> Any:
            page = str(request.session_hash)
            await asyncio.sleep(PAUSE_SECONDS)
            latest = self._latest.get(page)
            try:
                config = await asyncio.to_thread(configure, *values)
            except StylekitError:
                # Run says what is wrong, once it is pressed.
                return line("")
            if config is None:
                return line("")
            worker = await asyncio.to_thread(WorkerProcess, EstimateRequest(self._argv, config))
            outcome = await wait_for_outcome(worker)
            if self._latest.get(page) != latest:
                return gr.skip()
            return line(outcome.summary if isinstance(outcome, EstimateReady) else "")

        return estimate


def line(text: str) -> str:
    """Return the line as HTML, which a screen reader says when it changes."""
    return f'<div class="sk-estimate" role="status">{escape(text)}</div>'
