"""`stylekit export`: a generator as a file that other programs run."""

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
    """A small one, and its file `small.safetensors`."""
    torch.manual_seed(3)
    made = Generator(Architecture(base_channels=8, blocks=2, upsample=request.param)).eval()
    save_file(made.state_dict(), images / "small.safetensors")
    return made


def expected(generator: Generator, image: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        made: torch.Tensor = generator(image * 2 - 1)
    return (made + 1) / 2


def export(stylekit, out: str):
    command = ("export", "--method", "cyclegan", "--weights", "small.safetensors", "--out", out)
    return stylekit(*command)


def test_onnx_runtime_makes_the_same_of_another_size(stylekit, images, generator) -> None:
    done = export(stylekit, "small.onnx")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["small.onnx"]
    # One file, whatever the size of the network.
    assert sorted(path.name for path in images.glob("small*")) == [
        "small.onnx",
        "small.safetensors",
        "small.stylekit.json",
    ]
    image = torch.rand(1, 3, *SIDES)
    session = onnxruntime.InferenceSession(str(images / "small.onnx"))
    (made,) = session.run(None, {"content": image.numpy()})
    np.testing.assert_allclose(made, expected(generator, image).numpy(), atol=1e-5)
    record = json.loads((images / "small.stylekit.json").read_text())
    assert record["artifact"]["file"] == "small.onnx"
    assert record["weights"]["cyclegan-generator"]["file"] == "small.safetensors"


def test_torch_makes_the_same_without_stylekit(stylekit, images, generator) -> None:
    assert export(stylekit, "small.pt2").returncode == 0
    image = torch.rand(1, 3, *SIDES)
    made = torch.export.load(images / "small.pt2").module()(image)
    torch.testing.assert_close(made, expected(generator, image))


def test_what_cannot_be_exported(stylekit, assert_refused, images) -> None:
    for method, out, problem in (("gatys", "g.onnx", "network"), ("cyclegan", "g.pth", "format")):
        done = stylekit("export", "--method", method, "--out", out)
        assert_refused(done, 2, problem)
