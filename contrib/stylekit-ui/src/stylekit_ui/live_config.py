"""From the values of the tab that paints live to a request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stylekit.errors import UsageError
from stylekit.inputs.syntax import StyleSource
from stylekit_ui.catalogue import Choices, FormCatalogue
from stylekit_ui.messages import LiveRequest
from stylekit_ui.storage import Storage
from stylekit_ui.trained import network_choices

COMMAND = "live"
"""The command that paints live, from whichever plugin offers it."""


class LiveRequestMaker:
    """Makes requests to paint live.

    Args:
        argv: arguments of `stylekit ui`, for the worker processes.
    """

    def __init__(self, argv: Sequence[str], catalogue: FormCatalogue, storage: Storage) -> None:
        self._argv = argv
        self._catalogue = catalogue
        self._storage = storage

    def networks(self) -> Choices:
        """Return the trained networks in the folder of results."""
        return list(dict.fromkeys(choice for _, choice in self._found()))

    def request(
        self,
        clip: str,
        camera: float | None,
        painting: str,
        network: str,
        size: float | None,
        mirror: bool,
    ) -> LiveRequest:
        """Return the request to paint a clip, or a camera where there is none.

        Args:
            clip, painting: as a config names them; "": none.
            network: path of a trained network, which paints in place of the painting's style.
            size: long side of the frames in pixels; None: that of the command.

        Raises:
            UsageError: neither a painting nor a network is chosen, or a file lies elsewhere.
        """
        for text in (clip, painting, network):
            self._storage.check(text)
        if network:
            painter = [f"--method={self._method_of(network)}", f"--weights={network}"]
        elif painting:
            painter = [f"--style={StyleSource(painting).text}"]
        else:
            raise UsageError(
                "There is nothing to paint with.", "Choose a trained network, or add a painting."
            )
        source = [f"--content={clip}", "--loop"] if clip else [f"--camera={int(camera or 0)}"]
        command = [COMMAND, "--port=0", *source, *painter]
        if size:
            command.append(f"--size={int(size)}")
        if mirror:
            command.append("--mirror")
        return LiveRequest(self._argv, command)

    def _found(self) -> Iterator[tuple[str, tuple[str, str]]]:
        """Yield each method with its networks, which have a name and a path."""
        for _, method in self._catalogue.trainers():
            for choice in network_choices(self._storage.folder, method):
                yield method, choice

    def _method_of(self, network: str) -> str:
        for method, (_, path) in self._found():
            if path == network:
                return method
        raise UsageError(f"There is no network {network} any more.", "Choose another one.")
