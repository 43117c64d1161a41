"""From the values of the tab that trains to a request for a training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from stylekit.errors import UsageError
from stylekit.inputs.syntax import StyleSource
from stylekit_ui.catalogue import FormCatalogue
from stylekit_ui.edits import Held, settings_of
from stylekit_ui.messages import TrainRequest
from stylekit_ui.run_config import texts_in
from stylekit_ui.storage import Storage


class RequestMaker:
    """Makes requests for trainings.

    Args:
        argv: arguments of `stylekit ui`, for the worker processes.
    """

    def __init__(self, argv: Sequence[str], catalogue: FormCatalogue, storage: Storage) -> None:
        self._argv = argv
        self._catalogue = catalogue
        self._storage = storage

    def request(
        self,
        painting: str,
        photographs: Sequence[str] | None,
        minutes: float | None,
        name: str,
        method: str,
        settings: Held,
    ) -> TrainRequest:
        """Return the request for a training; uploads are copied to the folder of results.

        Copying takes time: do not call it in the thread that answers pages.

        Args:
            painting: as a config names it.
            name: of the folder that is made for the network; "": after the painting.

        Raises:
            StylekitError: an input is missing or invalid.
        """
        if not minutes:
            raise UsageError("The training has no time.", "Say how many minutes it may take.")
        tables = settings_of(settings, self._catalogue.training_schema)
        tables = {method: tables[method]} if method in tables else {}
        for text in (painting, *(photographs or ()), *texts_in(tables)):
            self._storage.check(text)
        config: dict[str, Any] = {
            "method": method,
            "style": [StyleSource(self._storage.store(painting)).text],
            "dataset": [self._storage.store(each) for each in photographs or ()],
            "minutes": float(minutes),
        }
        # Last, because it reserves the name.
        config["out"] = str(self._storage.new_output_folder(name, painting))
        return TrainRequest(self._argv, config, tables)
