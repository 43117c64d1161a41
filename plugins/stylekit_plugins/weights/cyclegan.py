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

from torch import Tensor

from stylekit.errors import DamagedWeightsError
from stylekit.protocols import Parameters, Preprocessing
from stylekit.tensor_files import as_float32, read_state_dict
from stylekit_plugins.weights.other_generators import other_generator

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
        state: dict[str, Tensor] = {}
        for prefix, network in both.items():
            published = _published(network)
            other = other_generator(published)
            if other or "model.1.weight" not in published:
                why = f"it is of {other}." if other else "'model.1.weight' is missing."
                raise DamagedWeightsError(
                    f"{path} holds no CycleGAN generator: {why}",
                    "Give a *_net_G*.pth of the authors' repository, or a checkpoint of stylekit.",
                )
            for name, tensor in published.items():
                state[prefix + name] = as_float32(tensor, name, path)
        return Parameters(state, SIGNED_RGB)


def _networks(loaded: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the generators of a file by the prefix that their tensors get."""
    networks: Any = loaded
    for key in ("state", "trainer", "networks"):
        networks = networks.get(key) if isinstance(networks, Mapping) else None
    if not isinstance(networks, Mapping):
        return {"": loaded}
    each = {f"{way}/": networks.get(f"generator_{way}") for way in ("a2b", "b2a")}
    return {prefix: net if isinstance(net, Mapping) else {} for prefix, net in each.items()}


def _published(state: Mapping[str, Any]) -> dict[str, Tensor]:
    """Return a generator's tensors under the names of the authors' repository."""
    return {
        # `module.` stands before names that were written on several GPUs.
        _BLOCK.sub(r"\1.conv_block.", name.removeprefix("module.")): tensor
        for name, tensor in state.items()
        if isinstance(tensor, Tensor) and isinstance(name, str) and not _RUNNING.search(name)
    }
