"""LPIPS and DISTS are torchmetrics' own, on weights that the weights manager verified."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torchmetrics.functional.image import structural_similarity_index_measure
from torchmetrics.image import LearnedPerceptualImagePatchSimilarity
from torchmetrics.image.dists import DeepImageStructureAndTextureSimilarity
from torchvision.models import alexnet, vgg16

from stylekit import Clip, Frame
from stylekit.errors import DamagedWeightsError, InputError
from stylekit.protocols import LoadedWeights, Preprocessing
from stylekit_plugins.metrics.artfid import ArtFid
from stylekit_plugins.metrics.fid import FrechetDistance
from stylekit_plugins.metrics.perceptual import Dists, Lpips, Ssim

CPU = torch.device("cpu")


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where torchvision looks for files before it fetches them."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    folder = tmp_path / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture(scope="module")
def pair(read: Callable[[str], Frame]) -> tuple[Frame, Frame]:
    content = read("sample:chelsea").resized(128, 96)
    style = read("sample:waves").resized(128, 96)
    return content, content.with_pixels(torch.lerp(content.pixels, style.pixels, 0.5))


def parameters(network: torch.nn.Module) -> LoadedWeights:
    return LoadedWeights(network.state_dict(), Preprocessing())


def test_lpips_is_that_of_torchmetrics(hub: Path, pair: tuple[Frame, Frame]) -> None:
    """With one AlexNet for both: torchmetrics finds it where torchvision keeps its files."""
    torch.manual_seed(0)
    network = alexnet(weights=None)
    torch.save(network.state_dict(), hub / "alexnet-owt-7be5be79.pth")
    theirs = LearnedPerceptualImagePatchSimilarity(net_type="alex", normalize=True)
    ours = Lpips(None)
    ours.prepare(lambda name: parameters(network), CPU)
    content, made = pair
    expected = float(theirs(made.pixels[None], content.pixels[None]))
    assert ours.score_pair(Clip((made,)), Clip((content,)), ()) == pytest.approx(expected, rel=1e-5)
    assert expected > 0
    assert ours.score_pair(Clip((content,)), Clip((content,)), ()) == 0


@pytest.mark.slow
def test_dists_is_that_of_torchmetrics(hub: Path, pair: tuple[Frame, Frame]) -> None:
    torch.manual_seed(0)
    network = vgg16(weights=None)
    torch.save(network.state_dict(), hub / "vgg16-397923af.pth")
    theirs = DeepImageStructureAndTextureSimilarity()
    ours = Dists(None)
    ours.prepare(lambda name: parameters(network), CPU)
    content, made = pair
    expected = float(theirs(made.pixels[None], content.pixels[None]))
    assert ours.score_pair(Clip((made,)), Clip((content,)), ()) == pytest.approx(expected, rel=1e-4)
    assert expected > 0


def test_ssim_is_that_of_torchmetrics(pair: tuple[Frame, Frame]) -> None:
    content, made = pair
    expected = structural_similarity_index_measure(
        made.pixels[None].double(), content.pixels[None].double(), data_range=1.0
    )
    ours = Ssim(None)
    assert ours.score_pair(Clip((made,)), Clip((content,)), ()) == pytest.approx(float(expected))
    assert ours.score_pair(Clip((content,)), Clip((content,)), ()) == pytest.approx(1)
    # The content is looked at at the size of the result.
    small = made.resized(64, 48)
    value = ours.score_pair(Clip((small,)), Clip((content,)), ())
    assert value == pytest.approx(
        ours.score_pair(Clip((small,)), Clip((content.resized(64, 48),)), ())
    )


def test_artfid_is_the_product(pair: tuple[Frame, Frame], vgg19_parameters: LoadedWeights) -> None:
    torch.manual_seed(0)
    network = parameters(alexnet(weights=None))
    content, made = pair
    styles = [content.with_pixels(content.pixels.roll(k, 1)) for k in (0, 9, 30)]
    results = [made, made.with_pixels(made.pixels.flip(2))]

    def weights(name: str) -> LoadedWeights:
        return network if name == "alexnet" else vgg19_parameters

    sets = (results, [content, content], styles)
    lpips, fid, artfid = Lpips(None), FrechetDistance(None), ArtFid(None)
    for metric in (lpips, fid, artfid):
        metric.prepare(weights, CPU)
    distances = [lpips.score_pair(Clip((r,)), Clip((content,)), ()) for r in results]
    expected = (1 + sum(distances) / 2) * (1 + fid.score_sets(*sets))
    assert artfid.score_sets(*sets) == pytest.approx(expected)


def test_other_weights_and_small_images_are_refused(pair: tuple[Frame, Frame]) -> None:
    wrong = LoadedWeights({"features.0.weight": torch.zeros(1)}, Preprocessing())
    for evaluator, name in ((Lpips(None), "AlexNet"), (Dists(None), "VGG-16")):
        with pytest.raises(DamagedWeightsError, match=name):
            evaluator.prepare(lambda network: wrong, CPU)
    small = Frame(torch.zeros(3, 8, 8), origin="small.png")
    with pytest.raises(InputError, match=r"small\.png has 8x8 px"):
        Ssim(None).score_pair(Clip((small,)), Clip((pair[0],)), ())
