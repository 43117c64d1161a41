"""The styles of a result: images, or trained networks where the method paints with those."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from stylekit.errors import UsageError
from stylekit.images.cutouts import filled
from stylekit.images.frames import Frame
from stylekit.inputs.syntax import StyleSource
from stylekit.methods.base import Style
from stylekit.registry.catalogue import Catalogue
from stylekit.specs import WeightsSpec
from stylekit.weights.manager import WeightsManager


def read_styles(
    group: Sequence[StyleSource],
    network: str,
    read_image: Callable[[str], Frame],
    weights: WeightsManager,
) -> tuple[Style, ...]:
    """Read the styles of a result; their weights then add up to 1.

    Args:
        network: the method's `network_of_styles`.

    Raises:
        InputError: an image or a file cannot be read.
        DamagedWeightsError: a file holds no such network.
    """
    total = sum(style.weight for style in group)

    def read(style: StyleSource) -> Style:
        share = style.weight / total
        if not network:
            return Style(filled(read_image(style.source)), share, style.at)
        gray = Frame(torch.full((3, 1, 1), 0.5), origin=style.source)
        return Style(gray, share, style.at, weights=weights.load_style(network, style.source))

    return tuple(map(read, group))


def check_trained(source: str, network: str, catalogue: Catalogue) -> None:
    """Refuse a style that cannot be a file of a network.

    Raises:
        UsageError: no file of the network has such a name.
    """
    specs = [each.spec for each in catalogue.all(WeightsSpec) if each.spec.network == network]
    by_user = [spec for spec in specs if spec.source.by_user]
    if not any(spec.source.accepts(Path(source)) for spec in by_user):
        raise UsageError(
            f"The style {source} is no trained network, and this method paints with nothing else.",
            " ".join(spec.source.advice() for spec in by_user) or None,
        )


def networks_to_load(networks: Sequence[str], network: str, has_styles: bool) -> tuple[str, ...]:
    """Return those of a plan's networks that do not come with its styles.

    Args:
        network: the method's `network_of_styles`.
    """
    return tuple(each for each in networks if not (has_styles and each == network))
