"""Weights files of EfficientNet-Lite0, in timm's names or in those of the usual implementation.

timm groups blocks by stage and numbers convolutions by their order. Its file is the same network,
converted from the same training in TensorFlow.
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
_NOT_EXPANDING = {"conv_dw": "_depthwise_conv", "conv_pw": "_project_conv"}
_EXPANDING = {
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
            actual = tuple(state[name].shape) if name in state else "nothing"
            if actual != shape:
                raise DamagedWeightsError(
                    f"{path} is no EfficientNet-Lite0: '{name}' must have shape {shape}, "
                    f"found {actual}."
                )
        return LoadedWeights(state, UNIT_RGB)


def usual_name(name: str) -> str:
    """Return the usual implementation's name of one of timm's tensors; others stay as they are."""
    match = _IN_BLOCK.fullmatch(name)
    if match is None or int(match[1]) >= len(BLOCKS_BEFORE):
        owner, _, kind = name.rpartition(".")
        return f"{_OUTSIDE.get(owner, owner)}.{kind}"
    stage, number = int(match[1]), int(match[2])
    # The first stage does not expand, so it has one convolution fewer.
    names, first = (_EXPANDING, 0) if stage else (_NOT_EXPANDING, 1)
    part = match[3]
    if re.fullmatch(r"bn\d", part):
        part = f"_bn{int(part[2:]) - 1 + first}"
    else:
        part = names.get(part, part)
    return f"_blocks.{BLOCKS_BEFORE[stage] + number}.{part}.{match[4]}"
