"""The trained networks in the folder of results, by the names of their paintings."""

from __future__ import annotations

from pathlib import Path

from stylekit.errors import StylekitError
from stylekit.records.trained import TrainedNetwork, trained_in
from stylekit_ui.catalogue import Choices
from stylekit_ui.storage import stem_of


def network_choices(folder: Path, method: str) -> Choices:
    """Return the networks in a folder that a method may load, each with the text of its path.

    Those without a record are among them, as nothing says what they are for.

    Args:
        method: full id.
    """
    try:
        networks = trained_in(folder)
    except StylekitError:
        # The folder is made with the first result.
        return []
    fitting = [each for each in networks if each.method in (None, method)]
    return [(_label(each, folder), str(each.path)) for each in sorted(fitting, key=_order)]


def _order(network: TrainedNetwork) -> tuple[bool, bool, int, str]:
    """Sort those with a record first, and best ones behind the last ones of all trainings."""
    return network.method is None, network.is_best, len(network.path.parts), str(network.path)


def _label(network: TrainedNetwork, folder: Path) -> str:
    """Return the names of the paintings, and the place if it says more."""
    place = network.path.parent.relative_to(folder)
    if network.method is None or not network.styles:
        return str(place / network.path.name)
    paintings = " + ".join(stem_of(style.partition("*")[0]) for style in network.styles)
    if place == Path():
        return f"{paintings} ({network.path.name})"
    return paintings if str(place) == paintings else f"{paintings} ({place})"
