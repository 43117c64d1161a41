"""The arbitrary-style networks with their real weights, against the published ONNX files."""

from __future__ import annotations

import functools
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from stylekit import Host
from stylekit.errors import DamagedWeightsError, UsageError
from stylekit.frames import Clip, Frame
from stylekit.protocols import Job, Style
from stylekit.specs import WeightsSpec
from stylekit.weights import WeightsManager
from stylekit_plugins.arbitrary.method import Arbitrary, predicted_size
from stylekit_plugins.arbitrary.params import ArbitraryParams
from stylekit_plugins.arbitrary.predict import Predict
from stylekit_plugins.arbitrary.transform import Transform, repaint
from stylekit_plugins.weights.magenta import MagentaPredict

NUMBERS = "mobilenet_conv/Conv/BiasAdd"


class Loaded:
    """Loads each network once for all tests."""

    def __init__(self, weights: WeightsManager) -> None:
        self.load = functools.cache(weights.load)


@pytest.fixture(scope="module")
def loaded(weights: WeightsManager) -> Loaded:
    return Loaded(weights)


@pytest.fixture(scope="module")
def picture(host: Host) -> Frame:
    from stylekit.sources import Sources

    return Sources(host.catalogue, {}).read_picture("sample:astronaut").resized(256, 256)


@pytest.fixture(scope="module")
def waves(host: Host) -> Frame:
    from stylekit.sources import Sources

    return Sources(host.catalogue, {}).read_picture("sample:waves").resized(256, 256)


@pytest.fixture(scope="module")
def predict(loaded: Loaded) -> Predict:
    return Predict(loaded.load("magenta-predict").state)


@pytest.fixture(scope="module")
def transform(loaded: Loaded) -> Transform:
    return Transform(loaded.load("magenta-transform").state)


def published(weights: WeightsManager, network: str, in_floats: bool) -> Any:
    """The published graph in onnxruntime; in floats: without rounding activations to 8 bits."""
    import onnx
    import onnxruntime

    model = onnx.load(str(weights.choose(network).path))
    if in_floats:
        stored = {tensor.name for tensor in model.graph.initializer}
        for node in model.graph.node:
            rounds = node.op_type == "QuantizeLinear"
            rounds |= node.op_type == "DequantizeLinear" and node.input[0] not in stored
            if rounds:
                node.op_type = "Identity"
                del node.input[1:]
        del model.graph.value_info[:]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    # Optimised, the 8-bit kernels of some processors saturate: the file would mean another network.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


def nhwc(image: Tensor) -> np.ndarray[Any, Any]:
    return image.permute(0, 2, 3, 1).contiguous().numpy()


@pytest.fixture(scope="module")
def both(picture: Frame, waves: Frame, predict: Predict, transform: Transform) -> dict[str, Tensor]:
    """What the networks make of one pair: the content, the style's numbers, the result."""
    content = picture.resized(384, 384).pixels[None]
    with torch.inference_mode():
        numbers = predict(waves.pixels[None])
        return {"content": content, "numbers": numbers, "result": transform(content, numbers)}


def test_prediction_equals_onnxruntime(
    weights: WeightsManager, waves: Frame, both: dict[str, Tensor]
) -> None:
    style = nhwc(waves.pixels[None])
    (expected,) = published(weights, "magenta-predict", True).run(None, {"style_image": style})
    np.testing.assert_allclose(nhwc(both["numbers"]), expected, atol=1e-3, rtol=0)
    # The published form differs by the noise of its 8-bit activations, a step of which is 0.02.
    (rounded,) = published(weights, "magenta-predict", False).run(None, {"style_image": style})
    assert float(np.abs(nhwc(both["numbers"]) - rounded).mean()) < 0.02


def test_transfer_equals_onnxruntime(weights: WeightsManager, both: dict[str, Tensor]) -> None:
    inputs = {"content_image": nhwc(both["content"]), NUMBERS: nhwc(both["numbers"])}
    (expected,) = published(weights, "magenta-transform", True).run(None, inputs)
    np.testing.assert_allclose(nhwc(both["result"]), expected, atol=1e-3, rtol=0)
    (rounded,) = published(weights, "magenta-transform", False).run(None, inputs)
    assert float(np.abs(nhwc(both["result"]) - rounded).mean()) < 0.05


@pytest.mark.parametrize(("height", "width"), [(1, 1), (3, 200), (7, 8), (61, 45), (64, 97)])
def test_every_size_is_kept(
    height: int, width: int, picture: Frame, transform: Transform, both: dict[str, Tensor]
) -> None:
    image = picture.resized(width, height).pixels[None]
    with torch.inference_mode():
        result = repaint(transform, image, both["numbers"])
    assert result.shape == image.shape
    assert result.isfinite().all()
    assert 0 <= float(result.min()) <= float(result.max()) <= 1


def test_what_is_cut_off_does_not_change_the_rest(
    picture: Frame, transform: Transform, both: dict[str, Tensor]
) -> None:
    image = picture.resized(128, 128).pixels[None]
    with torch.inference_mode():
        whole = repaint(transform, image, both["numbers"])
        cut = repaint(transform, image[..., :127, :126], both["numbers"])
    assert float((whole[..., :100, :100] - cut[..., :100, :100]).abs().mean()) < 0.02


def job(content: Frame, weights: Loaded, *styles: tuple[Frame, float]) -> Job:
    return Job(
        content=Clip((content,), "here"),
        styles=tuple(Style(frame, weight) for frame, weight in styles),
        components={},
        device=torch.device("cpu"),
        seed=0,
        memory=1 << 32,
        read_picture=lambda source: content,
        weights=weights.load,
    )


def painted(job: Job, **params: Any) -> Frame:
    """The result, of exactly one stage and one step."""
    events = Arbitrary(ArbitraryParams(**params)).stylize(job)
    stage, step = next(events), next(events)
    with pytest.raises(StopIteration) as stop:
        next(events)
    result: Clip = stop.value.value
    assert stage.steps == stage.total_steps == step.index == 1
    assert step.snapshot() is result
    return result.picture


def test_strength_goes_from_the_contents_own_style_to_the_styles(
    picture: Frame, waves: Frame, loaded: Loaded
) -> None:
    task = job(picture, loaded, (waves, 1.0))
    none, half, full = (painted(task, strength=value).pixels for value in (0, 0.5, 1))
    torch.testing.assert_close(none, painted(job(picture, loaded, (picture, 1.0))).pixels)
    distances = [float((p - picture.pixels).abs().mean()) for p in (none, half, full)]
    assert distances == sorted(distances)
    assert distances[0] < 0.6 * distances[2]


def test_styles_are_mixed_by_weight(picture: Frame, waves: Frame, loaded: Loaded) -> None:
    small = picture.resized(96, 96)
    other = replace(waves, pixels=waves.pixels.flip(0))
    one, two = (painted(job(small, loaded, (style, 1.0))).pixels for style in (waves, other))
    mixed = painted(job(small, loaded, (waves, 0.5), (other, 0.5))).pixels
    apart = (one - two).abs().mean()
    assert float((mixed - one).abs().mean()) < float(apart)
    assert float((mixed - two).abs().mean()) < float(apart)
    same = painted(job(small, loaded, (waves, 0.3), (waves, 0.7))).pixels
    torch.testing.assert_close(same, one, atol=1e-4, rtol=0)


def test_opacity_is_kept_and_the_result_is_an_ordinary_tensor(
    picture: Frame, waves: Frame, loaded: Loaded
) -> None:
    alpha = torch.rand(50, 70, generator=torch.Generator().manual_seed(0))
    content = replace(picture.resized(70, 50), alpha=alpha)
    result = painted(job(content, loaded, (waves, 1.0)))
    assert result.alpha is not None
    assert torch.equal(result.alpha, alpha)
    assert not result.pixels.is_inference()


def test_styles_are_looked_at_in_their_own_shape() -> None:
    assert predicted_size(500, 500, 256) == (256, 256)
    assert predicted_size(1600, 1200, 256) == (288, 224)
    assert predicted_size(10, 9000, 256) == (128, 512)
    assert predicted_size(1, 1, 64) == (64, 64)


def test_end_to_end_with_a_record_of_both_networks(host: Host, tmp_path: Path) -> None:
    def run(name: str) -> Any:
        return host.run(
            "arbitrary",
            content="sample:chelsea",
            style="sample:waves",
            size=256,
            out=str(tmp_path / name),
        )

    result, again = run("one.png"), run("two.png")
    assert max(result.clips[0].picture.width, result.clips[0].picture.height) == 256
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
    assert result.steps == again.steps == 1
    recorded = result.record["weights"]
    for network in ("magenta-predict", "magenta-transform"):
        spec = host.catalogue.find(WeightsSpec, f"{network}-lite").spec
        assert recorded[network]["sha256"] == spec.sha256
        assert recorded[network]["licence"] == spec.licence


def test_a_strength_out_of_range_is_refused(host: Host) -> None:
    with pytest.raises(UsageError, match="strength"):
        host.run(
            "arbitrary", content="sample:chelsea", style="sample:waves", arbitrary={"strength": 2}
        )


def test_another_file_is_refused(weights: WeightsManager, tmp_path: Path) -> None:
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no graph")
    with pytest.raises(DamagedWeightsError, match="no ONNX file"):
        MagentaPredict(None).decode(broken)
    with pytest.raises(DamagedWeightsError, match="MobilenetV2/Conv/weights"):
        MagentaPredict(None).decode(weights.choose("magenta-transform").path)


def test_weights_of_one_network_can_be_named(host: Host) -> None:
    result = host.run(
        "arbitrary",
        content="sample:chelsea",
        style="sample:waves",
        size=64,
        weights="magenta-predict-lite",
    )
    assert {entry["name"] for entry in result.record["weights"].values()} == {
        "weights:magenta-predict-lite",
        "weights:magenta-transform-lite",
    }
