"""Classifiers see what is there, prepare pictures as in training, and refuse other weights."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.models import ResNet50_Weights, resnet50

from stylekit import Frame
from stylekit.errors import DamagedWeightsError, InputError
from stylekit.evaluation.classifier import LogitFunction
from stylekit.protocols import LoadedWeights, Preprocessing
from stylekit.weights.manager import WeightsManager
from stylekit_plugins.metrics.classifiers.class_list import read_class_list
from stylekit_plugins.metrics.classifiers.efficientnet import EfficientNetClassifier, cropped
from stylekit_plugins.metrics.classifiers.imagenet import imagenet_classes
from stylekit_plugins.metrics.classifiers.lite0 import EfficientNetLite0, SameConv
from stylekit_plugins.metrics.classifiers.resnet import ResNetClassifier
from stylekit_plugins.metrics.params import ResNetParams

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def lite0(weights: WeightsManager) -> LogitFunction:
    """With its trained weights, fetched once into the cache."""
    return EfficientNetClassifier(None).load(lambda network: weights.load(network), CPU)


# What the samples show, by name; of the likeliest five one must be it.
SHOWN = {
    "chelsea": {"tabby", "tiger cat", "Egyptian cat"},
    "coffee": {"espresso", "cup", "coffee mug"},
    "rocket": {"missile", "projectile"},
}


@pytest.mark.parametrize("sample", SHOWN)
def test_it_sees_what_the_samples_show(
    lite0: LogitFunction, read: Callable[[str], Frame], sample: str
) -> None:
    logits = lite0([read(f"sample:{sample}")])
    assert logits.shape == (1, 1000)
    names = {imagenet_classes()[int(index)].name for index in logits[0].topk(5).indices}
    assert names & SHOWN[sample], names


def test_images_in_a_batch_are_those_alone(
    lite0: LogitFunction, read: Callable[[str], Frame]
) -> None:
    frames = [read(f"sample:{name}") for name in SHOWN]
    together = lite0(frames)
    alone = torch.cat([lite0([frame]) for frame in frames])
    assert torch.allclose(together, alone, atol=1e-4)
    assert together.argmax(1).tolist() == alone.argmax(1).tolist()


@pytest.mark.parametrize("size", [(500, 333), (200, 320), (256, 256), (301, 257)])
def test_its_preparation_is_that_of_plain_pillow(size: tuple[int, int]) -> None:
    """Short side 256 bicubic, the middle 224: written again, without torchvision."""
    rng = np.random.default_rng(0)
    small = Image.fromarray(rng.integers(0, 256, (40, 50, 3), dtype=np.uint8))
    image = small.resize(size, Image.Resampling.BILINEAR)
    width, height = size
    if width <= height:
        wide, high = 256, int(256 * height / width)
    else:
        wide, high = int(256 * width / height), 256
    resized = image.resize((wide, high), Image.Resampling.BICUBIC)
    left, top = round((wide - 224) / 2), round((high - 224) / 2)
    expected = np.asarray(resized.crop((left, top, left + 224, top + 224)))
    assert np.array_equal(np.asarray(cropped(image)), expected)


def test_its_input_is_centered_and_scaled(read: Callable[[str], Frame]) -> None:
    """What reaches the network is (0-255 minus 127) / 128."""
    seen: list[torch.Tensor] = []
    state = EfficientNetLite0().state_dict()
    how = Preprocessing("RGB", 1.0, (127 / 255,) * 3, (128 / 255,) * 3)

    def note(module: torch.nn.Module, inputs: tuple[torch.Tensor]) -> None:
        if isinstance(module, EfficientNetLite0):
            seen.append(inputs[0])

    handle = torch.nn.modules.module.register_module_forward_pre_hook(note)
    try:
        logits = EfficientNetClassifier(None).load(lambda n: LoadedWeights(state, how), CPU)
        frame = read("sample:coffee")
        logits([frame])
    finally:
        handle.remove()
    expected = (np.asarray(cropped(frame.to_pil()), dtype=np.float64) - 127) / 128
    assert np.abs(seen[0][0].permute(1, 2, 0).numpy() - expected).max() < 1e-6


@pytest.mark.parametrize(
    ("side", "kernel", "stride"), [(224, 3, 2), (7, 3, 2), (8, 5, 2), (9, 5, 1)]
)
def test_padding_is_tensorflows(side: int, kernel: int, stride: int) -> None:
    """SAME: as many outputs as strides, and the odd pixel of padding after."""
    conv = SameConv(1, 1, kernel, stride, bias=False)
    with torch.no_grad():
        conv.weight.fill_(1)
        counted = conv(torch.ones(1, 1, side, side))[0, 0, 0]
    outputs = -(-side // stride)
    missing = max((outputs - 1) * stride + kernel - side, 0)
    rows = kernel - missing // 2
    for place in range(outputs):
        first = place * stride - missing // 2
        columns = len(set(range(first, first + kernel)) & set(range(side)))
        assert counted[place] == columns * rows
    assert len(counted) == outputs


def test_the_mapping_is_complete(weights: WeightsManager) -> None:
    """Every tensor of the file has its place, and every place a tensor."""
    parameters = weights.load("efficientnet-lite0")
    own = {k for k in EfficientNetLite0().state_dict() if not k.endswith("num_batches_tracked")}
    assert set(parameters.state) == own
    assert sum(tensor.numel() for tensor in parameters.state.values()) > 4_600_000


# -- ResNet-50, without trained weights, which need a network ----------------------------------


@pytest.fixture(scope="module")
def own_resnet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state dict with three classes, as a user would save it."""
    torch.manual_seed(0)
    network = resnet50(weights=None, num_classes=3)
    path = tmp_path_factory.mktemp("own") / "mine.pth"
    torch.save({"state_dict": {f"module.{k}": v for k, v in network.state_dict().items()}}, path)
    return path


@pytest.fixture(scope="module")
def own_parameters(own_resnet: Path, weights: WeightsManager) -> LoadedWeights:
    return weights.load("resnet50", str(own_resnet))


@pytest.fixture
def three(tmp_path: Path) -> str:
    path = tmp_path / "classes.txt"
    path.write_text("n02123045 tabby\n\nteapot\nn01440764\n")
    return str(path)


def test_a_list_of_classes(three: str, tmp_path: Path) -> None:
    classes = read_class_list(Path(three))
    assert [(c.index, c.name, c.key) for c in classes] == [
        (0, "tabby", "n02123045"),
        (1, "teapot", ""),
        (2, "n01440764", "n01440764"),
    ]
    with pytest.raises(InputError, match="No such list of classes"):
        read_class_list(tmp_path / "none.txt")


@pytest.mark.parametrize(("recipe", "entry"), [("v1", "IMAGENET1K_V1"), ("auto", "IMAGENET1K_V2")])
def test_a_network_of_ones_own_is_torchvisions(
    own_resnet: Path,
    own_parameters: LoadedWeights,
    three: str,
    read: Callable[[str], Frame],
    recipe: str,
    entry: str,
) -> None:
    """The same logits as torchvision's network with torchvision's own transforms of a file."""
    params = ResNetParams.model_validate({"classes": three, "preprocessing": recipe})
    classifier = ResNetClassifier(params)
    frame = read("sample:chelsea")
    found = classifier.load(lambda network: own_parameters, CPU)([frame])
    network = resnet50(weights=None, num_classes=3).eval()
    state = torch.load(own_resnet, weights_only=True)["state_dict"]
    network.load_state_dict({k.removeprefix("module."): v for k, v in state.items()})
    prepared = ResNet50_Weights[entry].transforms()(frame.to_pil())
    with torch.inference_mode():
        expected = network(prepared[None])
    assert torch.allclose(found, expected, atol=1e-5)


def test_weights_say_which_recipe_they_are_of(own_parameters: LoadedWeights) -> None:
    from dataclasses import replace

    classifier = ResNetClassifier(ResNetParams())
    first = replace(own_parameters, name="weights:resnet50-imagenet1k-v1")
    assert classifier._recipe(first) is ResNet50_Weights.IMAGENET1K_V1
    assert classifier._recipe(own_parameters) is ResNet50_Weights.IMAGENET1K_V2


def test_classes_and_outputs_must_be_as_many(own_parameters: LoadedWeights) -> None:
    with pytest.raises(DamagedWeightsError, match="3 classes, but 1000 are listed"):
        ResNetClassifier(ResNetParams()).load(lambda network: own_parameters, CPU)


def test_another_network_is_refused(own_parameters: LoadedWeights, three: str) -> None:
    classifier = ResNetClassifier(ResNetParams(classes=three))
    state = {k: v for k, v in own_parameters.state.items() if k != "layer1.0.conv1.weight"}
    part = LoadedWeights(state, own_parameters.preprocessing)
    with pytest.raises(DamagedWeightsError, match=r"layer1\.0\.conv1"):
        classifier.load(lambda network: part, CPU)
    nothing = LoadedWeights({"weight": torch.zeros(1)}, own_parameters.preprocessing)
    with pytest.raises(DamagedWeightsError, match=r"no 'fc\.weight'"):
        classifier.load(lambda network: nothing, CPU)
