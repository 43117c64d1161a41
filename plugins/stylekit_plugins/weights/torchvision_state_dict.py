"""State dicts of torchvision's networks as they are, for components that know the layers."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor

from stylekit.errors import DamagedWeightsError
from stylekit.protocols import LoadedWeights
from stylekit.weights.tensor_files import as_float32, read_state_dict
from stylekit_plugins.weights.vgg_layout import IMAGENET_RGB


class TorchvisionStateDict:
    """Decodes a state dict with torchvision's keys, for RGB with ImageNet's mean and deviation."""

    def __init__(self, params: object) -> None:
        pass

    def decode(self, path: Path) -> LoadedWeights:
        """Read the tensors; see `stylekit.protocols.Weights.decode`."""
        state = {
            # Names written on several GPUs begin with `module.`.
            name.removeprefix("module."): as_float32(tensor, name, path)
            for name, tensor in read_state_dict(path).items()
            if isinstance(tensor, Tensor)
        }
        if not state:
            raise DamagedWeightsError(f"{path} holds no tensors.")
        return LoadedWeights(state, IMAGENET_RGB)
