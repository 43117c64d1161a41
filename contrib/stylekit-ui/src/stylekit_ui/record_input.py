"""An input for a run record, to run it again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import gradio as gr

from stylekit.errors import StylekitError
from stylekit_ui import status
from stylekit_ui.catalogue import FormCatalogue
from stylekit_ui.messages import Failure
from stylekit_ui.record_files import missing_message
from stylekit_ui.storage import Storage


class Restorable(Protocol):
    """A tab that can show the settings of an earlier run."""

    @property
    def restore_outputs(self) -> list[Any]:
        """The components that `restore` returns values for."""

    async def restore(self, config: dict[str, Any], missing: Sequence[str] = ()) -> list[Any]:
        """Return the values that show a configuration."""


class RecordInput:
    """Takes a record and its inputs; creating it draws it."""

    def __init__(self, kind: str, catalogue: FormCatalogue, storage: Storage) -> None:
        self._catalogue = catalogue
        self._storage = storage
        self._files = gr.File(
            label="Drop NAME.stylekit.json, and its inputs if they are elsewhere",
            file_count="multiple",
            type="filepath",
            height=130,
            elem_id=f"{kind}-record-file",
        )
        self._message = gr.HTML("", elem_id=f"{kind}-record-status", elem_classes="sk-html")

    def connect_events(self, tab: Restorable) -> None:
        """Show the settings of an uploaded record in a tab."""
        outputs = [self._message, *tab.restore_outputs]

        async def read(paths: list[str] | None) -> list[Any]:
            unchanged = [gr.skip() for _ in tab.restore_outputs]
            if not paths:
                return ["", *unchanged]
            try:
                record = await asyncio.to_thread(
                    self._catalogue.read_uploaded, [Path(path) for path in paths], self._storage
                )
            except StylekitError as error:
                return [status.failure(Failure(error.message, error.hint)), *unchanged]
            missing = [each.name for each in record.missing]
            restored = await tab.restore(record.config, missing)
            if missing:
                return [status.failure(Failure(*missing_message(record))), *restored]
            return [status.line(f"{record.name} is read. Press Run to run it again."), *restored]

        self._files.change(read, self._files, outputs, show_progress="minimal", queue=False)
