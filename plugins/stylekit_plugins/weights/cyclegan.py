"""CycleGAN generators from several kinds of files.

- The authors' repository (`latest_net_G_A.pth`): a bare state dict `model.N...`. Running statistics
  of normalizations are left out: the authors' `test.py` takes those of the image.
- The package vintagify, and PyTorch-GAN: residual blocks hold `block` where the repository has
  `conv_block`.
- stylekit's own checkpoints, which hold both generators, and its exports, which hold one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from stylekit.errors import DamagedWeightsError
from stylekit.protocols import LoadedWeights, Preprocessing
from stylekit.weights.tensor_files import as_float32, read_state_dict
from stylekit_plugins.weights.resemblance import resemblance

SIGNED_RGB = Preprocessing("RGB", 1.0, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
"""RGB in [-1, 1]."""

_RUNNING = re.compile(r"\.(running_mean|running_var|num_batches_tracked)$")
_BLOCK = re.compile(r"^(model\.\d+)\.block\.")


class CycleGANGenerator:
    """Decodes one generator, or both of a checkpoint under `a2b/` and `b2a/`."""

    def __init__(self, params: object) -> None:
        pass

    def decode(self, path: Path) -> LoadedWeights:
        """Read the generators; see `stylekit.protocols.Weights.decode`."""
        loaded = read_state_dict(path)
        networks = _networks(loaded)
        state: dict[str, Tensor] = {}
        for prefix, network in networks.items():
            published = _published(network)
            if "model.1.weight" not in published:
                raise DamagedWeightsError(
                    f"{path} holds no CycleGAN generator{resemblance(loaded)}: 'model.1.weight' "
                    "is missing.",
                    "Give a *_net_G*.pth of the authors' repository, or a checkpoint of stylekit.",
                )
            for name, tensor in published.items():
                state[prefix + name] = as_float32(tensor, name, path)
        return LoadedWeights(state, SIGNED_RGB)


def _networks(loaded: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the generators of a file by the prefix for their tensors' names."""
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
        # Names written on several GPUs begin with `module.`.
        _BLOCK.sub(r"\1.conv_block.", name.removeprefix("module.")): tensor
        for name, tensor in state.items()
        if isinstance(tensor, Tensor) and isinstance(name, str) and not _RUNNING.search(name)
    }
