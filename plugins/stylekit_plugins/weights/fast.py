"""Networks of the method `fast`: stylekit's own, and TransformerNet of pytorch/examples."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor

from stylekit.errors import DamagedWeightsError
from stylekit.protocols import LoadedWeights
from stylekit.weights.tensor_files import as_float32, read_state_dict
from stylekit_plugins.networks.transformer_net import SIGNATURE, from_transformer_net
from stylekit_plugins.weights.magenta import UNIT_RGB
from stylekit_plugins.weights.resemblance import resemblance

_OURS = "body.contract.0.weight"


class FastNetworkFile:
    """Decodes a network to the names of stylekit."""

    def __init__(self, params: object) -> None:
        pass

    def decode(self, path: Path) -> LoadedWeights:
        """Read the network; see `stylekit.protocols.Weights.decode`."""
        loaded = read_state_dict(path)
        named = {
            # Names written on several GPUs begin with `module.`.
            str(name).removeprefix("module."): tensor
            for name, tensor in loaded.items()
            if isinstance(tensor, Tensor)
        }
        if SIGNATURE not in named and _OURS not in named:
            raise DamagedWeightsError(
                f"{path} holds no network of fast{resemblance(loaded)}.",
                "Give a file that `stylekit train --method fast` wrote, or one of pytorch/examples'"
                " fast_neural_style.",
            )
        state = {name: as_float32(tensor, name, path) for name, tensor in named.items()}
        if SIGNATURE in state:
            state = from_transformer_net(state)
        return LoadedWeights(state, UNIT_RGB)
