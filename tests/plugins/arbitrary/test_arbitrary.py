"""The arbitrary-style networks with their real weights, against the published ONNX files."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from stylekit import Host
from stylekit.errors import DamagedWeightsError, UsageError
from stylekit.images.frames import Clip, Frame
from stylekit.inputs.sources import Sources
from stylekit.methods.base import Job, Style
from stylekit.specs import WeightsSpec
from stylekit.weights.manager import WeightsManager
from stylekit_plugins.arbitrary.method import WIDTH, Arbitrary, prediction_size
from stylekit_plugins.arbitrary.params import ArbitraryParams
from stylekit_plugins.arbitrary.predict import Predict
from stylekit_plugins.networks.strip_body import bytes_whole
from stylekit_plugins.networks.style_transform import Transform, stylize
from stylekit_plugins.weights.magenta import MagentaPredict

EMBEDDING = "mobilenet_conv/Conv/BiasAdd"

PEAK = """
import pathlib, psutil, re, sys, torch
from stylekit import Host
from stylekit.images.frames import Clip, Frame
from stylekit.methods.base import Job, Style
from stylekit.weights.manager import WeightsManager
from stylekit_plugins.arbitrary.method import Arbitrary
from stylekit_plugins.arbitrary.params import ArbitraryParams
width, height, style_size, memory = map(int, sys.argv[1:])
load = WeightsManager(Host().catalogue, {}).load
load("magenta-predict"), load("magenta-transform")
content, style = Frame(torch.rand(3, height, width)), Frame(torch.rand(3, 600, 600))
job = Job(Clip((content,)), (Style(style),), {}, torch.device("cpu"), 0, memory, None, load)
pathlib.Path("/proc/self/clear_refs").write_text("5")
before = psutil.Process().memory_info().rss
list(Arbitrary(ArbitraryParams(style_size=style_size)).stylize(job))
peak = re.search(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())
print(int(peak[1]) * 1024 - before)
"""


@pytest.fixture(scope="module")
def sources(host: Host) -> Sources:
    return Sources(host.catalogue, {})


@pytest.fixture(scope="module")
def photograph(sources: Sources) -> Frame:
    return sources.read_image("sample:astronaut").resized(256, 256)


@pytest.fixture(scope="module")
def waves(sources: Sources) -> Frame:
    return sources.read_image("sample:waves").resized(256, 256)


@pytest.fixture(scope="module")
def predict(weights: WeightsManager) -> Predict:
    return Predict(weights.load("magenta-predict").state)


@pytest.fixture(scope="module")
def transform(weights: WeightsManager) -> Transform:
    return Transform(weights.load("magenta-transform").state)


def published(weights: WeightsManager, network: str, without_rounding: bool) -> Any:
    """The published graph in onnxruntime, optionally without rounding activations to 8 bits."""
    import onnx
    import onnxruntime

    model = onnx.load(str(weights.select(network).path))
    if without_rounding:
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
    # The optimized 8-bit kernels of some processors saturate.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


def nhwc(image: Tensor) -> np.ndarray[Any, Any]:
    return image.permute(0, 2, 3, 1).contiguous().numpy()


def outputs_for(
    content: Frame, style: Frame, predict: Predict, transform: Transform
) -> dict[str, Tensor]:
    """Inputs of both networks at the published sizes, the embedding and the result."""
    content_image = content.resized(384, 384).pixels[None]
    style_image = style.resized(256, 256).pixels[None]
    with torch.inference_mode():
        embedding = predict(style_image)
        result = transform(content_image, embedding)
    return {
        "content": content_image,
        "style": style_image,
        "embedding": embedding,
        "result": result,
    }


@pytest.fixture(scope="module")
def pairs(
    sources: Sources, photograph: Frame, waves: Frame, predict: Predict, transform: Transform
) -> list[dict[str, Tensor]]:
    """Several inputs: photographs with paintings, a painting with a photograph, and noise."""
    noise = Frame(torch.rand(3, 384, 384, generator=torch.Generator().manual_seed(0)))
    cat, coffee, mosaic, poppies = (
        sources.read_image(f"sample:{name}") for name in ("chelsea", "coffee", "mosaic", "poppies")
    )
    selected = [(photograph, waves), (cat, mosaic), (coffee, poppies)]
    selected += [(poppies, cat), (noise, coffee), (cat, noise)]
    return [outputs_for(*pair, predict, transform) for pair in selected]


@pytest.fixture(scope="module")
def both(pairs: list[dict[str, Tensor]]) -> dict[str, Tensor]:
    return pairs[0]


def test_prediction_equals_onnxruntime(
    weights: WeightsManager, pairs: list[dict[str, Tensor]]
) -> None:
    """To 1e-3 without the published file's rounding; with it, within the rounding noise."""
    floats = published(weights, "magenta-predict", True)
    rounded = published(weights, "magenta-predict", False)
    for pair in pairs:
        style, ours = {"style_image": nhwc(pair["style"])}, nhwc(pair["embedding"])
        np.testing.assert_allclose(ours, floats.run(None, style)[0], atol=1e-3, rtol=0)
        # A step of the 8-bit activations is 0.02 here.
        assert float(np.abs(ours - rounded.run(None, style)[0]).mean()) < 0.02


def test_transfer_equals_onnxruntime(
    weights: WeightsManager, pairs: list[dict[str, Tensor]]
) -> None:
    """To 1e-3 without the published file's rounding; with it, only on average."""
    floats = published(weights, "magenta-transform", True)
    rounded = published(weights, "magenta-transform", False)
    for pair in pairs:
        inputs = {"content_image": nhwc(pair["content"]), EMBEDDING: nhwc(pair["embedding"])}
        ours = nhwc(pair["result"])
        np.testing.assert_allclose(ours, floats.run(None, inputs)[0], atol=1e-3, rtol=0)
        # Single values differ by up to 0.7.
        assert float(np.abs(ours - rounded.run(None, inputs)[0]).mean()) < 0.06


@pytest.mark.parametrize(("height", "width"), [(1, 1), (3, 200), (7, 8), (61, 45), (64, 97)])
def test_every_size_is_kept(
    height: int, width: int, photograph: Frame, transform: Transform, both: dict[str, Tensor]
) -> None:
    image = photograph.resized(width, height).pixels[None]
    with torch.inference_mode():
        result = stylize(transform, image, both["embedding"])
    assert result.shape == image.shape
    assert result.isfinite().all()
    assert 0 <= float(result.min()) <= float(result.max()) <= 1


def test_cropping_hardly_changes_the_rest(
    photograph: Frame, transform: Transform, both: dict[str, Tensor]
) -> None:
    image = photograph.resized(128, 128).pixels[None]
    with torch.inference_mode():
        whole = stylize(transform, image, both["embedding"])
        cut = stylize(transform, image[..., :127, :126], both["embedding"])
    assert float((whole[..., :100, :100] - cut[..., :100, :100]).abs().mean()) < 0.02


def job(content: Frame, weights: WeightsManager, *styles: tuple[Frame, float]) -> Job:
    job_styles, cpu = tuple(Style(*style) for style in styles), torch.device("cpu")
    clip = Clip((content,), "here")
    return Job(clip, job_styles, {}, cpu, 0, 1 << 32, lambda source: content, weights.load)


def stylized(job: Job, **params: Any) -> Frame:
    """The result, of exactly one stage and one step."""
    events = Arbitrary(ArbitraryParams(**params)).stylize(job)
    stage, step = next(events), next(events)
    with pytest.raises(StopIteration) as stop:
        next(events)
    result: Clip = stop.value.value
    assert stage.steps == stage.total_steps == step.index == 1
    assert step.snapshot() is result
    return result.image


def test_strength_goes_from_the_contents_own_style_to_the_styles(
    photograph: Frame, waves: Frame, weights: WeightsManager
) -> None:
    task = job(photograph, weights, (waves, 1.0))
    none, half, full = (stylized(task, strength=value).pixels for value in (0, 0.5, 1))
    torch.testing.assert_close(none, stylized(job(photograph, weights, (photograph, 1.0))).pixels)
    distances = [float((p - photograph.pixels).abs().mean()) for p in (none, half, full)]
    assert distances == sorted(distances)
    assert distances[0] < 0.6 * distances[2]


def test_styles_are_blended_by_weight(
    photograph: Frame, waves: Frame, weights: WeightsManager
) -> None:
    small = photograph.resized(96, 96)
    other = replace(waves, pixels=waves.pixels.flip(0))
    one, two = (stylized(job(small, weights, (style, 1.0))).pixels for style in (waves, other))
    blended = stylized(job(small, weights, (waves, 0.5), (other, 0.5))).pixels
    apart = (one - two).abs().mean()
    assert float((blended - one).abs().mean()) < float(apart)
    assert float((blended - two).abs().mean()) < float(apart)
    same = stylized(job(small, weights, (waves, 0.3), (waves, 0.7))).pixels
    torch.testing.assert_close(same, one, atol=1e-4, rtol=0)


def test_opacity_is_kept_and_the_result_is_an_ordinary_tensor(
    photograph: Frame, waves: Frame, weights: WeightsManager
) -> None:
    alpha = torch.rand(50, 70, generator=torch.Generator().manual_seed(0))
    content = replace(photograph.resized(70, 50), alpha=alpha)
    result = stylized(job(content, weights, (waves, 1.0)))
    assert result.alpha is not None
    assert torch.equal(result.alpha, alpha)
    assert not result.pixels.is_inference()


def test_styles_are_read_in_their_own_shape() -> None:
    assert prediction_size(500, 500, 256) == (256, 256)
    assert prediction_size(1600, 1200, 256) == (288, 224)
    assert prediction_size(10, 9000, 256) == (128, 512)
    assert prediction_size(1, 1, 64) == (64, 64)


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="peaks are read from /proc")
@pytest.mark.parametrize(
    ("width", "height", "style_size"), [(1023, 1021, 256), (64, 64, 512)], ids=["odd", "style"]
)
def test_the_memory_estimate_is_not_exceeded(width: int, height: int, style_size: int) -> None:
    estimate = Arbitrary(ArbitraryParams(style_size=style_size)).bytes_needed({}, width, height)
    assert 0.3 * estimate < peak(width, height, style_size, estimate) <= estimate


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="peaks are read from /proc")
def test_the_memory_estimate_of_a_whole_image_is_not_exceeded() -> None:
    estimate = bytes_whole(WIDTH, 1024 * 1024, packed=True)
    assert 0.3 * estimate < peak(1024, 1024, 256, estimate) <= estimate


def peak(width: int, height: int, style_size: int, memory: float) -> int:
    """Return the peak memory in bytes of a separate process, above that of the loaded networks.

    Args:
        width: of the image.
        height: of the image.
        style_size: the parameter.
        memory: in bytes, that the method may use.
    """
    numbers = (width, height, style_size, int(memory))
    command = [sys.executable, "-c", PEAK, *map(str, numbers)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def test_end_to_end_with_a_record_of_both_networks(host: Host, tmp_path: Path) -> None:
    options: dict[str, Any] = {"content": "sample:chelsea", "style": "sample:waves", "size": 256}
    result, again = (
        host.run("arbitrary", out=str(tmp_path / name), **options)
        for name in ("one.png", "two.png")
    )
    assert max(result.clips[0].image.width, result.clips[0].image.height) == 256
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
    assert result.steps == again.steps == 1
    recorded = result.record["weights"]
    for network in ("magenta-predict", "magenta-transform"):
        spec = host.catalogue.find(WeightsSpec, f"{network}-lite").spec
        assert recorded[network]["sha256"] == spec.sha256
        assert recorded[network]["license"] == spec.license


def test_a_strength_out_of_range_is_refused(host: Host) -> None:
    with pytest.raises(UsageError, match="strength"):
        host.run(
            "arbitrary", content="sample:chelsea", style="sample:waves", arbitrary={"strength": 2}
        )


def test_another_file_is_refused(weights: WeightsManager, tmp_path: Path) -> None:
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no graph")
    with pytest.raises(DamagedWeightsError, match="not an ONNX file"):
        MagentaPredict(None).decode(broken)
    with pytest.raises(DamagedWeightsError, match="MobilenetV2/Conv/weights"):
        MagentaPredict(None).decode(weights.select("magenta-transform").path)


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
