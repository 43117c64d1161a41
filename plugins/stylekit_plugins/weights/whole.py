"""State dicts of torchvision's networks as they are: who loads them knows their layers."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor

from stylekit.errors import DamagedWeightsError
from stylekit.protocols import Parameters
from stylekit_plugins.weights.layout import IMAGENET_RGB
from stylekit_plugins.weights.state_dict import read_state_dict


class TorchvisionStateDict:
    """Decodes a state dict with torchvision's keys, for RGB with ImageNet's mean and deviation."""

    def __init__(self, params: object) -> None:
        pass

    def decode(self, path: Path) -> Parameters:
        """Read the tensors; see `stylekit.protocols.Weights.decode`."""
        state = {
            # `module.` stands before names that were written on several GPUs.
            name.removeprefix("module."): tensor
            for name, tensor in read_state_dict(path).items()
            if isinstance(tensor, Tensor)
        }
        if not state:
            raise DamagedWeightsError(f"{path} holds no tensors.")
        for name, tensor in state.items():
            if not tensor.isfinite().all():
                raise DamagedWeightsError(f"{path}: '{name}' has values that are not finite.")
        return Parameters(
            {name: t.float() if t.is_floating_point() else t for name, t in state.items()},
            IMAGENET_RGB,
        )
