"""Generators of CycleGAN, out of files of several kinds.

- The authors' repository (`latest_net_G_A.pth`): a bare state dict `model.N...`. Old files hold
  running statistics of instance normalisation, which were never used; they are left out.
- The package vintagify: the same network with trained scales in its normalisations; its residual
  blocks hold `block` where the repository has `conv_block`.
- stylekit's own checkpoints, which hold both generators, and its exports, which hold one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from stylekit.errors import DamagedWeightsError
from stylekit.protocols import Parameters, Preprocessing
from stylekit_plugins.weights.state_dict import read_state_dict

SIGNED_RGB = Preprocessing("RGB", 1.0, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
"""RGB in [-1, 1]."""

_RUNNING = re.compile(r"\.(running_mean|running_var|num_batches_tracked)$")
_BLOCK = re.compile(r"^(model\.\d+)\.block\.")


class CycleGANGenerator:
    """Decodes one generator, or both of a checkpoint under `a2b/` and `b2a/`."""

    def __init__(self, params: object) -> None:
        pass

    def decode(self, path: Path) -> Parameters:
        """Read the generators; see `stylekit.protocols.Weights.decode`."""
        loaded = read_state_dict(path)
        both = _networks(loaded)
        state = {
            f"{prefix}{name}": tensor
            for prefix, network in both.items()
            for name, tensor in _published(network).items()
        }
        for prefix in both:
            if f"{prefix}model.1.weight" not in state:
                raise DamagedWeightsError(
                    f"{path} holds no CycleGAN generator: 'model.1.weight' is missing.",
                    "Give a *_net_G*.pth of the authors' repository, or a checkpoint of stylekit.",
                )
        for name, tensor in state.items():
            if not tensor.isfinite().all():
                raise DamagedWeightsError(f"{path}: '{name}' has values that are not finite.")
        return Parameters(state, SIGNED_RGB)


def _networks(loaded: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the generators of a file by the prefix that their tensors get."""
    networks: Any = loaded
    for key in ("state", "trainer", "networks"):
        networks = networks.get(key) if isinstance(networks, Mapping) else None
    if not isinstance(networks, Mapping):
        return {"": loaded}
    return {f"{way}/": networks.get(f"generator_{way}", {}) for way in ("a2b", "b2a")}


def _published(state: Mapping[str, Any]) -> dict[str, Tensor]:
    """Return a generator's tensors under the names of the authors' repository, as float32."""
    return {
        # `module.` stands before names that were written on several GPUs.
        _BLOCK.sub(r"\1.conv_block.", name.removeprefix("module.")): _widened(tensor)
        for name, tensor in state.items()
        if isinstance(tensor, Tensor) and not _RUNNING.search(name)
    }


def _widened(tensor: Tensor) -> Tensor:
    return tensor.to(torch.float32) if tensor.is_floating_point() else tensor
