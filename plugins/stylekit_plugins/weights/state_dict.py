"""VGG weights in state dicts with torchvision's keys: torchvision's own files and the user's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field

from stylekit.params import Params
from stylekit.protocols import LoadedWeights, Preprocessing
from stylekit.weights.tensor_files import read_state_dict
from stylekit_plugins.weights.vgg_layout import (
    CAFFE_AS_UNIT_RGB,
    CAFFE_BGR,
    IMAGENET_RGB,
    check_state,
)

PREPROCESSINGS: Mapping[str, Preprocessing] = {
    "torchvision": IMAGENET_RGB,
    "torchvision-features": CAFFE_AS_UNIT_RGB,
    "caffe": CAFFE_BGR,
}


class UserFileParams(Params):
    """Parameters of a user's file: the input that its network expects, which no file says."""

    preprocessing: Literal["torchvision", "torchvision-features", "caffe"] = Field(
        "torchvision",
        description="Input that the network expects: torchvision = RGB in [0, 1] with ImageNet's "
        "mean and deviation; torchvision-features = RGB in [0, 1] minus the mean, times 255; "
        "caffe = BGR 0-255 minus (103.939, 116.779, 123.68).",
    )


class _StateDict:
    """Decodes a file for one network; activations are measured when it is loaded."""

    network = ""
    preprocessing = IMAGENET_RGB

    def __init__(self, params: object) -> None:
        if isinstance(params, UserFileParams):
            self.preprocessing = PREPROCESSINGS[params.preprocessing]

    def decode(self, path: Path) -> LoadedWeights:
        """Read the state dict; see `stylekit.protocols.Weights.decode`."""
        state = check_state(read_state_dict(path), self.network, str(path))
        return LoadedWeights(state, self.preprocessing)


class TorchvisionVGG19(_StateDict):
    """torchvision.models.VGG19_Weights.IMAGENET1K_V1."""

    network = "vgg19"


class TorchvisionVGG16(_StateDict):
    """torchvision.models.VGG16_Weights.IMAGENET1K_FEATURES."""

    network = "vgg16"
    preprocessing = CAFFE_AS_UNIT_RGB


class UserVGG19(_StateDict):
    """A user's VGG-19."""

    network = "vgg19"


class UserVGG16(_StateDict):
    """A user's VGG-16."""

    network = "vgg16"
