"""The time that a run will take, shown before it starts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from html import escape
from typing import Any

import gradio as gr

from stylekit.errors import StylekitError
from stylekit_ui.assets import asset
from stylekit_ui.messages import EstimateReady, EstimateRequest
from stylekit_ui.process import WorkerProcess
from stylekit_ui.run_manager import wait_for_outcome

PAUSE_SECONDS = 0.5
"""Wait for further changes of the form, because an estimate loads networks."""

Configure = Callable[..., Awaitable[dict[str, Any] | None]]


class EstimateLine:
    """A line with the expected time; creating it draws it.

    The browser numbers the changes of the form and sends the number with the form's values,
    because requests can arrive in any order. Only the estimate of the latest change is shown.

    Attributes:
        number: takes the number of a request's change.
        view: shows the line.
    """

    def __init__(self, kind: str, argv: Sequence[str]) -> None:
        self._argv = argv
        self._latest: dict[str, int] = {}
        """The number of the change that each open page shows or waits for, or has run."""
        self.number = gr.Number(0, visible=False, precision=0)
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
        gr.on(list(triggers), None, None, self.view, js=f"() => {json.dumps(line(''))}")
        gr.on(
            list(triggers),
            self._estimator(configure),
            [self.number, *inputs],
            self.view,
            js=asset("number.js"),
            show_progress="hidden",
            trigger_mode="multiple",
            queue=False,
        )

    def drop(self, page: str, number: int) -> None:
        """Show no estimate of an earlier change than that of the run that starts now."""
        self._latest[page] = max(number, self._latest.get(page, 0))

    def close_page(self, page: str) -> None:
        """Stop the estimate of a page that was closed."""
        self._latest.pop(page, None)

    def _estimator(self, configure: Configure) -> Callable[..., Awaitable[Any]]:
        async def estimate(request: gr.Request, number: int, *values: Any) -> Any:
            page = str(request.session_hash)
            if number < self._latest.get(page, 0):
                return gr.skip()
            self._latest[page] = number
            await asyncio.sleep(PAUSE_SECONDS)

            def is_outdated() -> bool:
                return self._latest.get(page) != number

            if is_outdated():
                return gr.skip()
            try:
                config = await configure(*values)
            except StylekitError:
                # Run says what is wrong, once it is pressed.
                return gr.skip()
            if config is None or is_outdated():
                return gr.skip()
            worker = await asyncio.to_thread(WorkerProcess, EstimateRequest(self._argv, config))
            outcome = await wait_for_outcome(worker, is_outdated)
            return line(outcome.summary) if isinstance(outcome, EstimateReady) else gr.skip()

        return estimate


def line(text: str) -> str:
    """Return the line as HTML, which a screen reader says when it changes."""
    return f'<div class="sk-estimate" role="status">{escape(text)}</div>'
