"""Weights with one fault each. See `faults`."""

from __future__ import annotations

import hashlib
import pickle
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import torch
from tests.helpers.faulty_components import fault

import stylekit
from stylekit.errors import DamagedWeightsError
from stylekit.protocols import LoadedWeights, Preprocessing
from stylekit.specs import WeightsSpec
from stylekit.testing import WeightsSuite
from stylekit.weights import Online, UserFile


def _write() -> Path:
    folder = Path(tempfile.mkdtemp())
    generator = torch.Generator().manual_seed(0)
    torch.save({"kernel": torch.randn(4, 3, 3, 3, generator=generator)}, folder / "small.pth")
    return folder / "small.pth"


FILE = _write()
SHA256 = hashlib.sha256(FILE.read_bytes()).hexdigest()
SOURCE = Online(url="https://example.org/small.pth")


class StateDict:
    """Decodes a state dict."""

    def __init__(self, params):
        pass

    def decode(self, path):
        try:
            state = torch.load(path, map_location="cpu", weights_only=True)
        except (RuntimeError, pickle.UnpicklingError, EOFError) as error:
            raise DamagedWeightsError(f"{path}: {error}") from error
        return LoadedWeights(state, Preprocessing())


class WithFile(WeightsSuite):
    """Finds the file."""

    @pytest.fixture
    def weights_file(self):
        return FILE


SPEC = {"network": "small", "license": "MIT", "source": SOURCE, "sha256": SHA256}


@fault(WithFile, **SPEC)
class Sound(StateDict):
    pass


@fault(WithFile, **SPEC | {"source": UserFile(suffixes=(".pth",)), "sha256": None})
class SoundOfTheUser(StateDict):
    pass


@fault(WithFile, "test_file_is_pinned", "sha256", **SPEC | {"sha256": None})
class HasNoChecksum(StateDict):
    pass


@fault(
    WithFile,
    "test_source_is_safe",
    "https",
    **SPEC | {"source": Online(url="http://example.org/small.pth")},
)
class IsNotEncrypted(StateDict):
    pass


@fault(WithFile, "test_license_is_declared", "license", **SPEC | {"license": "unknown"})
class HasNoLicense(StateDict):
    pass


@fault(WithFile, "test_authors_are_named", "names of the", **SPEC | {"license": "CC-BY-4.0"})
class NamesNoAuthors(StateDict):
    pass


class TwoTrainings:
    """Offers two sets of weights of one network, and none is the default."""

    @stylekit.hookimpl
    def register_weights(self):
        for name, sha256 in (("faulty", SHA256), ("rival", "0" * 64)):
            yield WeightsSpec(
                name=name,
                summary="One of two.",
                factory=f"{__name__}:HasARival",
                **SPEC | {"sha256": sha256},
            )


@fault(
    WithFile,
    "test_network_has_one_default",
    "Set `default=True`",
    attributes={"plugin": TwoTrainings()},
    **SPEC,
)
class HasARival(StateDict):
    pass


@dataclass(frozen=True, kw_only=True)
class Nowhere(Online):
    def describe(self):
        return ""


@fault(
    WithFile,
    "test_source_is_described",
    "return the place",
    **SPEC | {"source": Nowhere(url=SOURCE.url)},
)
class HidesItsSource(StateDict):
    pass


@fault(WithFile, "test_file_is_the_pinned_one", "change `sha256`", **SPEC | {"sha256": "0" * 64})
class HasTheWrongChecksum(StateDict):
    pass


@fault(WithFile, "test_tensors_are_finite", "not finite", **SPEC)
class HoldsNoNumbers(StateDict):
    def decode(self, path):
        decoded = super().decode(path)
        decoded.state["kernel"][0, 0, 0, 0] = torch.nan
        return decoded


@fault(WithFile, "test_preprocessing_is_declared", "above 0", **SPEC)
class DividesByZero(StateDict):
    def decode(self, path):
        return replace(super().decode(path), preprocessing=Preprocessing(std=(0, 1, 1)))


@fault(WithFile, "test_activations_are_positive", "layers are divided", **SPEC)
class HasASilentLayer(StateDict):
    def decode(self, path):
        return replace(super().decode(path), activations={"relu1": 0.0})


@fault(WithFile, "test_garbage_is_refused", "not ValueError", **SPEC)
class LetsGarbageThrough(StateDict):
    def decode(self, path):
        if path.read_bytes()[:2] != b"PK":
            raise ValueError("no archive")
        return super().decode(path)


@fault(WithFile, "test_half_a_file_is_refused", "nothing was raised", **SPEC)
class IsContentWithHalf(StateDict):
    def decode(self, path):
        content = path.read_bytes()
        if content[:2] == b"PK" and len(content) < FILE.stat().st_size:
            return LoadedWeights({"kernel": torch.zeros(1)}, Preprocessing())
        return super().decode(path)
