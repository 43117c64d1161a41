"""The backbone with real weights, against a plain forward pass and against its promises."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from stylekit_lite0.backbone import PHOTOGRAPHS, Lite0Backbone, _photograph
from stylekit_lite0.layers import AS_IN_VGG, LAYERS
from stylekit_lite0.params import Lite0Params
from stylekit_lite0.weights import BLOCKS_BEFORE, Lite0Weights, usual_name
from torch import Tensor
from torch.nn import functional as F

import stylekit
from stylekit.errors import DamagedWeightsError, UsageError
from stylekit.inputs.sources import Sources
from stylekit.protocols import Backbone, LoadedWeights
from stylekit.specs import BackboneSpec, WeightsSpec
from stylekit.weights.manager import WeightsManager


@pytest.fixture(scope="module")
def parameters() -> LoadedWeights:
    manager = WeightsManager(stylekit.Host().catalogue, {})
    return manager.load("efficientnet-lite0", "efficientnet-lite0-imagenet")


@pytest.fixture(scope="module")
def backbone(parameters: LoadedWeights) -> Lite0Backbone:
    return Lite0Backbone(Lite0Params(), parameters)


def photograph(name: str, size: int = 96) -> Tensor:
    frame = Sources(stylekit.Host().catalogue, {}).read_image(f"sample:{name}")
    return frame.resized(size, size).pixels[None]


def plain(state: dict[str, Tensor], x: Tensor) -> dict[str, Tensor]:
    """Return the raw layers, with separate normalizations and TensorFlow's padding."""

    def step(x: Tensor, convolution: str, norm: str, stride: int, groups: int = 1) -> Tensor:
        weight = state[f"{convolution}.weight"]
        kernel = weight.shape[-1]
        missing = [
            max((-(-side // stride) - 1) * stride + kernel - side, 0) for side in x.shape[-2:]
        ]
        x = F.pad(x, [part for m in reversed(missing) for part in (m // 2, m - m // 2)])
        kinds = ("running_mean", "running_var", "weight", "bias")
        x = F.conv2d(x, weight, None, stride, groups=groups)
        return F.batch_norm(x, *(state[f"{norm}.{kind}"] for kind in kinds), eps=1e-3)

    layers = {"stem": F.relu6(step(x, "_conv_stem", "_bn0", 2))}
    x = layers["stem"]
    strided = (1, 3, 5)
    for number in range(11):
        key, begun = f"_blocks.{number}.", x
        if number:
            x = F.relu6(step(x, f"{key}_expand_conv", f"{key}_bn0", 1))
            layers[f"wide{number}"] = x
        stride = 2 if number in strided else 1
        x = F.relu6(step(x, f"{key}_depthwise_conv", f"{key}_bn1", stride, x.shape[1]))
        layers[f"deep{number}"] = x
        x = step(x, f"{key}_project_conv", f"{key}_bn2", 1)
        x = x + begun if x.shape == begun.shape else x
    return layers


@pytest.mark.parametrize("enlarge", [1, 2])
def test_features_are_those_of_a_plain_pass_apart_from_scale(parameters, enlarge):
    backbone = Lite0Backbone(Lite0Params(enlarge=enlarge), parameters)
    image = photograph("coffee")
    enlarged = F.interpolate(image, scale_factor=enlarge, mode="bilinear")
    raw = plain(dict(parameters.state), parameters.preprocessing.apply(enlarged))
    for layer, value in backbone.features(image, LAYERS).items():
        gain = backbone.get_buffer(f"{layer}_gain")
        expected = raw[layer] * gain + backbone.get_buffer(f"{layer}_offset")
        torch.testing.assert_close(value, expected, atol=5e-3, rtol=1e-3)


def test_channels_have_mean_one_and_at_most_deviation_two_over_natural_images(backbone):
    values: dict[str, list[Tensor]] = {}
    for name in PHOTOGRAPHS:
        image = _photograph(name)
        for layer, value in backbone.features(image, ("stem", "wide4", "wide9")).items():
            values.setdefault(layer, []).append(value[0].flatten(1))
    for layer, each in values.items():
        means = torch.stack([x.mean(dim=1) for x in each]).mean(dim=0)
        squares = torch.stack([x.square().mean(dim=1) for x in each]).mean(dim=0)
        assert float((means - 1).abs().max()) < 0.05, layer
        assert float((squares - means.square()).max()) < 4.1, layer
        assert float((squares - means.square()).mean()) > 2, layer


def test_vgg_names_mean_layers_of_the_same_stride(backbone):
    image = photograph("chelsea", 64)
    both = backbone.features(image, (*LAYERS, *AS_IN_VGG))
    for alias, layer in AS_IN_VGG.items():
        assert torch.equal(both[alias], both[layer])
        # relu5_1 is at half of its stride there: a layer at 16 sees more than strokes.
        assert backbone.stride(alias) == min(8, 2 ** (int(alias[4]) - 1))
    for layer in LAYERS:
        assert both[layer].shape[-1] == 64 // backbone.stride(layer)


@pytest.mark.parametrize("size", [(64, 48), (61, 47)])
def test_the_image_and_returned_features_are_never_changed(backbone, size):
    image = photograph("coffee", 64)[:, :, : size[1], : size[0]]
    before = image.clone()
    whole = backbone.features(image, LAYERS)
    assert torch.equal(image, before)
    for layer in ("stem", "wide3", "deep8"):
        torch.testing.assert_close(backbone.features(image, [layer])[layer], whole[layer])
        assert whole[layer].shape[-2:] == tuple(x // backbone.stride(layer) for x in size[::-1])


@pytest.mark.parametrize("enlarge", [1, 2])
@pytest.mark.parametrize("layer", ["stem", "wide2", "wide4", "deep5"])
def test_a_feature_sees_as_far_as_its_reach_and_no_further(parameters, enlarge, layer):
    backbone = Lite0Backbone(Lite0Params(enlarge=enlarge), parameters)
    image = (0.5 + 0.2 * torch.randn(1, 3, 160, 160)).clamp(0, 1).requires_grad_()
    stride, reach = backbone.stride(layer), backbone.reach([layer])
    at = 80 // stride
    value = backbone.features(image, [layer])[layer][0, :, at, at].square().sum()
    (gradient,) = torch.autograd.grad(value, image)
    touched = (gradient[0] != 0).any(dim=0).nonzero()
    begin, end = at * stride, at * stride + stride - 1
    assert int(touched.min()) >= begin - reach
    assert int(touched.max()) <= end + reach
    # ReLU6 may hide the outermost pixels; the estimate is not much too large.
    assert int(touched.max()) >= end + reach - max(3, reach // 3)


def test_the_gradient_matches_finite_differences(backbone):
    torch.manual_seed(0)
    image = photograph("chelsea", 48).contiguous().requires_grad_()

    def value(x: Tensor) -> Tensor:
        return backbone.features(x, ["wide4"])["wide4"].square().mean()

    value(image).backward()
    gradient = image.grad
    assert gradient is not None
    # L-BFGS needs it so.
    assert gradient.is_contiguous()
    direction = gradient / gradient.norm()
    with torch.no_grad():
        slope = (value(image + 5e-3 * direction) - value(image - 5e-3 * direction)) / 1e-2
    assert float(slope) == pytest.approx(float((gradient * direction).sum()), rel=0.05)


@pytest.mark.parametrize("layers", [("stem", "wide2"), tuple(AS_IN_VGG)])
def test_memory_is_within_its_estimate(backbone, layers):
    """The tensors that are saved for backward, by their storage."""
    saved: dict[int, int] = {}

    def pack(x: Tensor) -> Tensor:
        saved[x.untyped_storage().data_ptr()] = x.untyped_storage().nbytes()
        return x

    weights = {x.untyped_storage().data_ptr() for x in backbone.state_dict().values()}
    weights |= {x.untyped_storage().data_ptr() for x in backbone.parameters()}
    image = photograph("chelsea", 128).requires_grad_()
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda x: x):
        features = backbone.features(image, layers)
    held = sum(size for place, size in saved.items() if place not in weights)
    # And the features themselves, which a loss keeps.
    held += sum(value.untyped_storage().nbytes() for value in features.values())
    estimate = backbone.bytes_per_pixel(layers) * 128**2
    assert estimate / 3 < held < estimate


def in_timms_names(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Rename a state dict by timm's own numbering, which is written out here, not inverted."""
    outside = {"_conv_stem": "conv_stem", "_bn0": "bn1", "_conv_head": "conv_head"}
    outside |= {"_bn1": "bn2", "_fc": "classifier"}
    widening = {
        "_expand_conv": "conv_pw",
        "_depthwise_conv": "conv_dw",
        "_project_conv": "conv_pwl",
    }
    widening |= {"_bn0": "bn1", "_bn1": "bn2", "_bn2": "bn3"}
    narrowing = {"_depthwise_conv": "conv_dw", "_project_conv": "conv_pw"}
    narrowing |= {"_bn1": "bn1", "_bn2": "bn2"}
    renamed = {}
    for name, tensor in state.items():
        parts = name.split(".")
        if parts[0] != "_blocks":
            renamed[".".join((outside[parts[0]], parts[1]))] = tensor
            continue
        number = int(parts[1])
        stage = max(s for s, before in enumerate(BLOCKS_BEFORE) if before <= number)
        part = (widening if stage else narrowing)[parts[2]]
        renamed[f"blocks.{stage}.{number - BLOCKS_BEFORE[stage]}.{part}.{parts[3]}"] = tensor
    return renamed


def test_timms_names_are_recognized(parameters, backbone, tmp_path):
    path = tmp_path / "lite0.pth"
    renamed = in_timms_names(dict(parameters.state))
    # Names as timm has them.
    assert {"blocks.0.0.conv_dw.weight", "blocks.0.0.bn2.bias", "conv_stem.weight"} <= set(renamed)
    assert {"blocks.6.0.conv_pwl.weight", "blocks.1.1.bn3.running_var"} <= set(renamed)
    torch.save(renamed, path)
    decoded = Lite0Weights(None).decode(path)
    assert set(decoded.state) == set(parameters.state)
    for name, tensor in parameters.state.items():
        assert torch.equal(decoded.state[name], tensor)
        assert usual_name(name) == name
    image = photograph("coffee", 64)
    read = Lite0Backbone(Lite0Params(), decoded).features(image, ["wide4"])["wide4"]
    # The two prepare pictures almost alike: minus 127.5 over 127.5, and minus 127 over 128.
    ours = backbone.features(image, ["wide4"])["wide4"]
    assert float((read - ours).abs().mean()) < 0.1


@pytest.mark.parametrize("content", [b"no weights", None])
def test_other_files_are_refused(tmp_path: Path, content: bytes | None):
    path = tmp_path / "other.pth"
    if content is None:
        torch.save({"conv_stem.weight": torch.zeros(8, 3, 3, 3)}, path)
    else:
        path.write_bytes(content)
    with pytest.raises(DamagedWeightsError):
        Lite0Weights(None).decode(path)


def test_gatys_uses_it_without_settings():
    result = stylekit.Host().run(
        "gatys",
        backbone="lite0",
        content="sample:coffee",
        style="sample:chelsea",
        size=64,
        device="cpu",
        config={"gatys": {"steps": 4}},
    )
    assert result.losses["total"] > 0
    assert bool(result.image.pixels.isfinite().all())


def test_an_unknown_layer_is_refused():
    with pytest.raises(UsageError, match="has no layer 'wide77'"):
        stylekit.Host().run(
            backbone="lite0", config={"gatys": {"style_layers": {"wide77": 1}}}, size=64
        )


def test_the_host_finds_backbone_and_weights(backbone):
    catalogue = stylekit.Host().catalogue
    component = catalogue.find(BackboneSpec, "lite0:lite0")
    assert set(component.spec.layers) == {*LAYERS, *AS_IN_VGG}
    online = catalogue.find(WeightsSpec, "lite0:efficientnet-lite0-timm")
    assert online.spec.source.url.endswith(f"-{online.spec.sha256}.pth")
    checked: Backbone = backbone
    assert checked.bytes_per_pixel(["stem"]) > 0


def test_the_manifest_loads_neither_torch_nor_pydantic():
    code = "import sys, stylekit_lite0; print({'torch', 'pydantic'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
