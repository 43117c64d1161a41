"""Weights files of EfficientNet-Lite0, in timm's names or in those of the usual implementation.

timm groups blocks by stage and numbers convolutions by their order; what it holds is the same
network, converted from the same training in TensorFlow.
"""

from __future__ import annotations

import re
from pathlib import Path

from torch import Tensor

from stylekit import as_float32, read_state_dict
from stylekit.errors import DamagedWeightsError
from stylekit.protocols import LoadedWeights, Preprocessing

UNIT_RGB = Preprocessing("RGB", 1.0, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
"""RGB in [0, 1] minus a half, over a half, as timm prepares it."""

BLOCKS_BEFORE = (0, 1, 3, 5, 8, 11, 15)
"""Blocks before each of timm's stages."""

_OUTSIDE = {
    "conv_stem": "_conv_stem",
    "bn1": "_bn0",
    "conv_head": "_conv_head",
    "bn2": "_bn1",
    "classifier": "_fc",
}
_NARROWING = {"conv_dw": "_depthwise_conv", "conv_pw": "_project_conv"}
_WIDENING = {
    "conv_pw": "_expand_conv",
    "conv_dw": "_depthwise_conv",
    "conv_pwl": "_project_conv",
}
_IN_BLOCK = re.compile(r"blocks\.(\d+)\.(\d+)\.(\w+)\.(\w+)")


class Lite0Weights:
    """Decodes a state dict in either naming."""

    def __init__(self, params: object) -> None:
        pass

    def decode(self, path: Path) -> LoadedWeights:
        """Read the tensors; see `stylekit.protocols.Weights.decode`."""
        state = {
            usual_name(name): as_float32(tensor, name, path)
            for name, tensor in read_state_dict(path).items()
            if isinstance(tensor, Tensor)
        }
        for name, shape in (
            ("_conv_stem.weight", (32, 3, 3, 3)),
            ("_blocks.10._depthwise_conv.weight", (672, 1, 5, 5)),
            ("_fc.weight", (1000, 1280)),
        ):
            found = tuple(state[name].shape) if name in state else "nothing"
            if found != shape:
                raise DamagedWeightsError(
                    f"{path} is no EfficientNet-Lite0: '{name}' must have shape {shape}, "
                    f"found {found}."
                )
        return LoadedWeights(state, UNIT_RGB)


def usual_name(name: str) -> str:
    """Return the usual implementation's name of one of timm's tensors; others stay as they are."""
    found = _IN_BLOCK.fullmatch(name)
    if found is None or int(found[1]) >= len(BLOCKS_BEFORE):
        owner, _, kind = name.rpartition(".")
        return f"{_OUTSIDE.get(owner, owner)}.{kind}"
    stage, number = int(found[1]), int(found[2])
    # The first stage does not widen, so that its convolutions are one fewer.
    names, first = (_WIDENING, 0) if stage else (_NARROWING, 1)
    part = found[3]
    if re.fullmatch(r"bn\d", part):
        part = f"_bn{int(part[2:]) - 1 + first}"
    else:
        part = names.get(part, part)
    return f"_blocks.{BLOCKS_BEFORE[stage] + number}.{part}.{found[4]}"
