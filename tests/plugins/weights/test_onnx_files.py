"""ONNX files: tensors are read from the file itself, and from no other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from stylekit.errors import DamagedWeightsError
from stylekit_plugins.weights.magenta import MagentaPredict
from stylekit_plugins.weights.onnx_vgg import OnnxVGG16

FIRST = "functional_1/block1_conv1_1/convolution/ReadVariableOp:0"


def save(tensor: TensorProto, path: Path) -> None:
    onnx.save(helper.make_model(helper.make_graph([], "g", [], [], [tensor])), path)


def external_data(path: Path) -> None:
    (path.parents[1] / "secret").write_bytes(bytes(4 * 64 * 27))
    tensor = numpy_helper.from_array(np.zeros((64, 3, 3, 3), np.float32), FIRST)
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../secret")
    save(tensor, path)


def missing_numbers(path: Path) -> None:
    tensor = numpy_helper.from_array(np.zeros((2, 3), np.float32), FIRST)
    tensor.dims[0] = 1 << 40
    save(tensor, path)


def unknown_type(path: Path) -> None:
    tensor = numpy_helper.from_array(np.zeros((2, 3), np.float32), FIRST)
    tensor.data_type = 99
    save(tensor, path)


@pytest.mark.parametrize(
    ("write", "words"),
    [(external_data, "in another file"), (missing_numbers, FIRST), (unknown_type, FIRST)],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_tensor_that_is_not_in_the_file_is_refused(
    write: Callable[[Path], None], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model" / "net.onnx"
    path.parent.mkdir()
    write(path)
    monkeypatch.chdir(path.parent)
    with pytest.raises(DamagedWeightsError, match=words):
        OnnxVGG16(None).decode(path)
    with pytest.raises(DamagedWeightsError):
        MagentaPredict(None).decode(path)
