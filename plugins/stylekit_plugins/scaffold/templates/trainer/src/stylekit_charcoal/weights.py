"""Reads the files that the training writes."""

from __future__ import annotations

from pathlib import Path

from stylekit.errors import DamagedWeightsError
from stylekit.protocols import LoadedWeights, Preprocessing
from stylekit.weights.tensor_files import as_float32, read_state_dict

from stylekit_charcoal.network import CharcoalNetwork

UNIT_RGB = Preprocessing("RGB", 1.0, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))


class CharcoalFile:
    """Decodes a network."""

    def __init__(self, params: object) -> None:
        pass

    def decode(self, path: Path) -> LoadedWeights:
        """Read the network.

        Raises:
            DamagedWeightsError: the file is damaged, or holds another network.
        """
        loaded = read_state_dict(path)
        state = {name: as_float32(tensor, name, path) for name, tensor in loaded.items()}
        expected = CharcoalNetwork().state_dict()
        shapes = {name: tensor.shape for name, tensor in state.items()}
        if shapes != {name: tensor.shape for name, tensor in expected.items()}:
            raise DamagedWeightsError(f"{path} holds no network of charcoal.")
        return LoadedWeights(state, UNIT_RGB)
