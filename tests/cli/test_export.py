"""`stylekit export`: other programs run the file and get the same result."""

import json
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from safetensors.torch import save_file
from tests.plugins.fast.conftest import TransformerNet

from stylekit import Frame, run
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


@pytest.fixture
def published() -> TransformerNet:
    """A network of pytorch/examples with 8 channels, of random parameters."""
    torch.manual_seed(4)
    network = TransformerNet(8)
    with torch.no_grad():
        network.deconv3.conv2d.bias += 120
        network.deconv3.conv2d.weight *= 40
    return network.eval()


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


def run_onnx(file: Path, image: torch.Tensor) -> torch.Tensor:
    session = onnxruntime.InferenceSession(str(file))
    return torch.from_numpy(session.run(None, {"content": image.numpy()})[0])


def test_arbitrary_in_one_style_is_one_network(stylekit, images) -> None:
    done = stylekit(
        *("export", "--method", "arbitrary", "--out", "swirls.pt2"),
        *("--style", "sample:swirls", "sample:waves*3"),
    )
    assert done.returncode == 0, done.stderr
    image = torch.rand(1, 3, *SIDES)
    result = torch.export.load(images / "swirls.pt2").module()(image)
    painted = run("arbitrary", content=Frame(image[0]), style=["sample:swirls", "sample:waves*3"])
    torch.testing.assert_close(result[0], painted.image.pixels, atol=1e-4, rtol=0)


@pytest.mark.slow
def test_onnx_runtime_paints_as_arbitrary_does(stylekit, images) -> None:
    command = (
        "export",
        "--method",
        "arbitrary",
        "--style",
        "sample:swirls",
        "--out",
        "swirls.onnx",
    )
    assert stylekit(*command).returncode == 0
    image = torch.rand(1, 3, *SIDES)
    painted = run("arbitrary", content=Frame(image[0]), style="sample:swirls")
    result = run_onnx(images / "swirls.onnx", image)
    torch.testing.assert_close(result[0], painted.image.pixels, atol=1e-4, rtol=0)


def test_a_network_for_one_painting_runs_elsewhere(stylekit, images, published) -> None:
    torch.save(published.state_dict(), images / "mosaic.pth")
    command = ("export", "--method", "fast", "--weights", "mosaic.pth", "--out")
    for out in ("again/mosaic.pth", "mosaic.onnx"):
        done = stylekit(*command, out)
        assert done.returncode == 0, done.stderr
    state = torch.load(images / "again/mosaic.pth", weights_only=True)
    # Their loader is strict.
    type(published)(8).load_state_dict(state)
    for name, tensor in published.state_dict().items():
        torch.testing.assert_close(state[name], tensor)
    image = torch.rand(1, 3, *SIDES)
    with torch.no_grad():
        painted = (published(image * 255) / 255).clamp(0, 1)
    torch.testing.assert_close(run_onnx(images / "mosaic.onnx", image), painted, atol=1e-4, rtol=0)


def test_a_network_with_other_layers_has_no_published_form(stylekit, assert_refused) -> None:
    done = stylekit(
        *("export", "--method", "arbitrary", "--style", "sample:waves", "--out", "waves.pth")
    )
    assert_refused(done, 2, "no form as .pth")


def test_styles_that_a_network_cannot_have(stylekit, assert_refused) -> None:
    command = ("export", "--out", "x.pt2", "--method")
    assert_refused(stylekit(*command, "arbitrary"), 2, "one style, or a blend")
    moment = (*command, "arbitrary", "--style", "sample:waves@2s")
    assert_refused(stylekit(*moment), 2, "no moments")
    mixed = (*command, "arbitrary", "--style", "sample:waves", "--set", "arbitrary.strength=0.5")
    assert_refused(stylekit(*mixed), 2, "mixes in a style")


def test_methods_and_formats_that_cannot_be_exported(stylekit, assert_refused, images) -> None:
    for method, out, problem in (("gatys", "g.onnx", "network"), ("cyclegan", "g.txt", "format")):
        done = stylekit("export", "--method", method, "--out", out)
        assert_refused(done, 2, problem)
