"""The graph and the tensors of an ONNX file.

An ONNX file may refer to other files on the machine that hold its tensors: none is opened.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from stylekit.errors import DamagedWeightsError


def read_graph(path: Path) -> tuple[Any, dict[str, Any]]:
    """Read the graph, and its initializers by name.

    Raises:
        DamagedWeightsError: it is no ONNX file, or keeps tensors outside of itself.
    """
    import onnx
    from google.protobuf.message import DecodeError

    try:
        graph = onnx.load(str(path), load_external_data=False).graph
    except (DecodeError, OSError, ValueError) as error:
        raise DamagedWeightsError(f"{path} is not an ONNX file: {error}") from error
    for tensor in graph.initializer:
        if tensor.data_location == onnx.TensorProto.EXTERNAL:
            raise DamagedWeightsError(f"{path} keeps '{tensor.name}' in another file.")
    return graph, {tensor.name: tensor for tensor in graph.initializer}


def array_of(stored: Mapping[str, Any], name: str, path: Path) -> np.ndarray[Any, Any]:
    """Decode one stored tensor.

    Raises:
        DamagedWeightsError: it is missing, or its numbers do not fill its shape.
    """
    from onnx import numpy_helper

    if name not in stored:
        raise DamagedWeightsError(f"{path} has no initializer '{name}'.")
    try:
        return np.array(numpy_helper.to_array(stored[name]))
    except (KeyError, TypeError, ValueError) as error:
        raise DamagedWeightsError(f"{path}: '{name}' is damaged: {error}") from error
