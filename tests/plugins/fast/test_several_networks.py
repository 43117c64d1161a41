"""Several trained networks in one result: blended, one after the other, or one for each region."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from tests.plugins.fast.conftest import GATES, STRENGTHS, TransformerNet
from torch import Tensor

import stylekit
from stylekit import Clip, Frame, Host
from stylekit.cli.main import main
from stylekit.errors import InputError, UsageError
from stylekit.inputs.sources import Sources
from stylekit.weights.manager import WeightsManager
from stylekit_plugins.fast.network import FastNetwork, warm_network
from stylekit_plugins.live.painter import Painter, check_styles
from stylekit_plugins.networks.style_transform import Transform

BYTE = 1 / 255

Paint = Callable[..., Tensor]


@pytest.fixture
def folder(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    network: FastNetwork,
    transform: Transform,
    embedding: Tensor,
) -> Path:
    """A folder with two of stylekit's networks and one of pytorch/examples."""
    monkeypatch.chdir(tmp_path)
    other = warm_network(transform, embedding.roll(7), STRENGTHS, GATES)
    for name, each in (("night", network), ("waves", other)):
        state = {key: tensor.contiguous() for key, tensor in each.state_dict().items()}
        save_file(state, f"{name}.safetensors")
    torch.manual_seed(0)
    published = TransformerNet(8)
    with torch.no_grad():
        published.deconv3.conv2d.bias += 120
        published.deconv3.conv2d.weight *= 40
    torch.save(published.state_dict(), "mosaic.pth")
    return tmp_path


@pytest.fixture
def content() -> Frame:
    return Frame(torch.rand(3, 48, 64, generator=torch.Generator().manual_seed(3)))


@pytest.fixture
def paint(folder: Path, content: Frame) -> Paint:
    """Returns the pixels of a result in the given networks."""

    def run(*styles: str, **options: object) -> Tensor:
        settings = {"method": "fast", "content": content, "device": "cpu", **options}
        return stylekit.run(style=list(styles), **settings).image.pixels

    return run


def test_networks_are_blended_by_their_weights(paint: Paint) -> None:
    """Also those of another architecture, and wherever a weight stands."""
    night, waves, mosaic = map(paint, ("night.safetensors", "waves.safetensors", "mosaic.pth"))
    assert (night - waves).abs().mean() > 0.02
    assert (night - mosaic).abs().mean() > 0.02
    blend = paint("night.safetensors*2", "waves.safetensors", "mosaic.pth")
    expected = night / 2 + waves / 4 + mosaic / 4
    torch.testing.assert_close(blend, expected, atol=1.5 * BYTE, rtol=0)


def test_a_style_paints_as_the_same_file_among_the_weights(paint: Paint) -> None:
    assert torch.equal(paint("night.safetensors"), paint(weights="night.safetensors"))


def test_each_region_has_its_own_network(paint: Paint) -> None:
    left, rest = paint("night.safetensors"), paint("mosaic.pth")
    both = paint("night.safetensors", "mosaic.pth", region=["box:0,0,32,48", "rest"])
    assert torch.equal(both[:, :, :32], left[:, :, :32])
    assert torch.equal(both[:, :, 32:], rest[:, :, 32:])


def test_a_video_goes_from_one_network_to_the_next(folder: Path, content: Frame) -> None:
    frames = tuple(replace(content, time=index / 10) for index in range(5))
    clip = Clip(frames, "clip", fps=10, times=tuple(frame.time for frame in frames))

    def run(*styles: str) -> list[Tensor]:
        video = stylekit.run(method="fast", style=list(styles), content=clip, device="cpu").clips[0]
        return [frame.pixels for frame in video]

    (night, *_), (mosaic, *_) = run("night.safetensors"), run("mosaic.pth")
    painted = run("night.safetensors@1f", "mosaic.pth@3f")
    for pixels, share in zip(painted, (0.0, 0.0, 0.5, 1.0, 1.0), strict=True):
        expected = torch.lerp(night, mosaic, share)
        torch.testing.assert_close(pixels, expected, atol=1.5 * BYTE, rtol=0)


def test_each_style_is_a_result_of_its_own(folder: Path, content: Frame) -> None:
    result = stylekit.run(
        method="fast",
        content=content,
        style=["night.safetensors", "waves.safetensors"],
        each_style=True,
    )
    first, second = (clip.image.pixels for clip in result.clips)
    assert (first - second).abs().mean() > 0.02


def test_a_record_has_the_networks_and_repeats_the_run(folder: Path) -> None:
    styles = ["night.safetensors*2", "waves.safetensors"]
    paint = ["run", "--method", "fast", "sample:astronaut", "--size", "48", "--device", "cpu"]
    assert main([*paint, "--style", *styles, "--out", "first.png"]) == 0
    record = json.loads(Path("first.stylekit.json").read_text())
    assert [len(each["sha256"]) for each in record["inputs"]["style"]] == [64, 64]
    assert {"weights"} <= {each["kind"] for each in record["components"]}
    assert main(["run", "--config", "first.stylekit.json", "--out", "again.png"]) == 0
    assert Path("again.png").read_bytes() == Path("first.png").read_bytes()


@pytest.mark.slow
def test_a_blend_is_exported_as_one_network(folder: Path, paint: Paint, content: Frame) -> None:
    styles = ("night.safetensors", "mosaic.pth*3")
    main(["export", "--method", "fast", "--style", *styles, "--out", "both.pt2"])
    exported = torch.export.load("both.pt2").module()(content.pixels[None])[0]
    torch.testing.assert_close(exported, paint(*styles), atol=1.5 * BYTE, rtol=0)


def test_a_blend_is_painted_live(folder: Path, paint: Paint, content: Frame) -> None:
    host = Host()
    styles = ["night.safetensors", "waves.safetensors"]
    plan = host.plan({"method": "fast", "style": styles, "device": "cpu"})
    check_styles(plan)
    weights = WeightsManager(host.catalogue, {})
    painter = Painter(plan, Sources(host.catalogue, {}), (64, 48), weights)
    pixels = torch.from_numpy(painter.paint(content.to_array())).permute(2, 0, 1) / 255
    # Its frames have 8 bits before they are painted, too.
    assert (pixels - paint(*styles)).abs().mean() < 2 * BYTE


@pytest.mark.parametrize(
    ("styles", "options", "message"),
    [
        (["sample:waves"], {}, "sample:waves is no trained network"),
        (["night.safetensors", "sample:waves"], {}, "sample:waves is no trained network"),
        (["none.safetensors"], {}, "none.safetensors"),
        (["night.safetensors"], {"weights": "waves.safetensors"}, "no network left"),
        (
            ["night.safetensors", "waves.safetensors", "mosaic.pth"],
            {"region": ["box:0,0,32,48", "rest"]},
            "2 regions and 3 styles",
        ),
        (["night.safetensors@0", "waves.safetensors@2s"], {}, "is an image, and timestamps"),
        (["night.safetensors", "mosaic.pth"], {"fast": {"strength": 0.5}}, "mosaic.pth was train"),
    ],
)
def test_what_cannot_be_is_refused(
    paint: Paint, styles: list[str], options: dict[str, object], message: str
) -> None:
    with pytest.raises((UsageError, InputError), match=message):
        paint(*styles, **options)


def test_several_weights_are_told_to_be_styles(folder: Path, paint: Paint) -> None:
    with pytest.raises(UsageError) as caught:
        paint(weights=["night.safetensors", "waves.safetensors"])
    assert "--style FILE" in str(caught.value.hint)
