"""`stylekit export`: other programs run the file and get the same result."""

import json
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from safetensors.torch import save_file

from stylekit_plugins.cyclegan.architecture import Architecture
from stylekit_plugins.cyclegan.generator import Generator

SIDES = (120, 88)


@pytest.fixture(params=["transposed", "nearest"])
def generator(request: pytest.FixtureRequest, images: Path) -> Generator:
    """A small generator, saved as `small.safetensors`."""
    torch.manual_seed(3)
    small = Generator(Architecture(base_channels=8, blocks=2, upsample=request.param)).eval()
    save_file(small.state_dict(), images / "small.safetensors")
    return small


def expected(generator: Generator, image: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        result: torch.Tensor = generator(image * 2 - 1)
    return (result + 1) / 2


def export(stylekit, out: str):
    command = ("export", "--method", "cyclegan", "--weights", "small.safetensors", "--out", out)
    return stylekit(*command)


def test_onnx_runtime_computes_the_same_at_another_size(stylekit, images, generator) -> None:
    done = export(stylekit, "small.onnx")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["small.onnx"]
    # One file: ONNX would put large weights beside it.
    assert sorted(path.name for path in images.glob("small*")) == [
        "small.onnx",
        "small.safetensors",
        "small.stylekit.json",
    ]
    image = torch.rand(1, 3, *SIDES)
    session = onnxruntime.InferenceSession(str(images / "small.onnx"))
    (result,) = session.run(None, {"content": image.numpy()})
    np.testing.assert_allclose(result, expected(generator, image).numpy(), atol=1e-5)
    record = json.loads((images / "small.stylekit.json").read_text())
    assert record["artifact"]["file"] == "small.onnx"
    assert record["weights"]["cyclegan-generator"]["file"] == "small.safetensors"


def test_torch_computes_the_same_without_stylekit(stylekit, images, generator) -> None:
    assert export(stylekit, "small.pt2").returncode == 0
    image = torch.rand(1, 3, *SIDES)
    result = torch.export.load(images / "small.pt2").module()(image)
    torch.testing.assert_close(result, expected(generator, image))


def test_methods_and_formats_that_cannot_be_exported(stylekit, assert_refused, images) -> None:
    for method, out, problem in (("gatys", "g.onnx", "network"), ("cyclegan", "g.pth", "format")):
        done = stylekit("export", "--method", method, "--out", out)
        assert_refused(done, 2, problem)
