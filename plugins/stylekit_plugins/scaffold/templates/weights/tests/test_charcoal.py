"""The decoder keeps its promises to stylekit, and refuses what it should."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from stylekit.errors import DamagedWeightsError
from stylekit.testing import WeightsSuite

from stylekit_charcoal.weights import CharcoalWeights


def archive(path: Path, **more: np.ndarray) -> Path:
    kernel = np.random.default_rng(0).normal(size=(8, 3, 3, 3))
    np.savez(path, **{"features.0.weight": kernel, "features.0.bias": np.zeros(8), **more})
    return path


class TestCharcoal(WeightsSuite):
    component = "charcoal:charcoal"

    @pytest.fixture
    def weights_file(self, tmp_path: Path) -> Path:
        return archive(tmp_path / "small.npz")


def test_classifiers_are_left_out(tmp_path: Path):
    path = archive(tmp_path / "whole.npz", **{"classifier.0.weight": np.zeros((2, 2))})
    assert set(CharcoalWeights(None).decode(path).state) == {
        "features.0.weight",
        "features.0.bias",
    }


def test_values_that_are_not_finite_are_refused(tmp_path: Path):
    path = archive(tmp_path / "bad.npz", **{"features.2.bias": np.array([1, np.nan])})
    with pytest.raises(DamagedWeightsError, match="finite"):
        CharcoalWeights(None).decode(path)
