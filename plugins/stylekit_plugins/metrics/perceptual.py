"""How far a result is from its content: LPIPS, DISTS and SSIM, as torchmetrics computes them.

LPIPS: R. Zhang, P. Isola, A. Efros, E. Shechtman, O. Wang: "The Unreasonable Effectiveness of Deep
Features as a Perceptual Metric" (CVPR 2018), on AlexNet: not on a VGG, which made the style.
DISTS: K. Ding, K. Ma, S. Wang, E. Simoncelli (TPAMI 2020), on torchvision's VGG-16.
SSIM: Z. Wang, A. Bovik, H. Sheikh, E. Simoncelli (TIP 2004).

torchmetrics brings what LPIPS and DISTS learned; the networks below come from the weights manager,
so that they are verified, recorded, and never fetched behind the user's back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn
from torchmetrics.functional.image import dists, structural_similarity_index_measure
from torchmetrics.functional.image.lpips import _NoTrainLpips
from torchvision.models import vgg16

from stylekit.errors import DamagedWeightsError
from stylekit.images.frames import Clip
from stylekit.methods.base import Style
from stylekit.protocols import LoadedWeights
from stylekit_plugins.metrics.vgg_features import check_size

LEAST = 64
"""Pixels of the shorter side that the networks' strides need."""

LEAST_OF_SSIM = 11
"""Pixels of its window."""


class Lpips:
    """Measures one result; the size of both pictures is the result's."""

    def __init__(self, params: object) -> None:
        pass

    def prepare(self, weights: Callable[[str], LoadedWeights], device: torch.device) -> None:
        """Load AlexNet."""
        self._device = device
        self._net = lpips_network(weights("alexnet").state).to(device)

    def score_pair(self, result: Clip, content: Clip, styles: tuple[Style, ...]) -> float:
        """Return the distance of the first frames; 0: no difference.

        Raises:
            InputError: they are too small.
        """
        made, original = _both(result, content, LEAST, "LPIPS", self._device)
        with torch.inference_mode():
            distance: Tensor = self._net(made, original, normalize=True)
        return float(distance)


class Dists:
    """Measures one result; the size of both pictures is the result's."""

    def __init__(self, params: object) -> None:
        pass

    def prepare(self, weights: Callable[[str], LoadedWeights], device: torch.device) -> None:
        """Load VGG-16."""
        self._device = device
        self._net = DistsNetwork(weights("vgg16-torchvision").state).to(device)

    def score_pair(self, result: Clip, content: Clip, styles: tuple[Style, ...]) -> float:
        """Return the distance of the first frames; 0: no difference.

        Raises:
            InputError: they are too small.
        """
        made, original = _both(result, content, LEAST, "DISTS", self._device)
        distance: Tensor = self._net(made, original)
        return float(distance)


class Ssim:
    """Measures one result; the size of both pictures is the result's."""

    def __init__(self, params: object) -> None:
        pass

    def score_pair(self, result: Clip, content: Clip, styles: tuple[Style, ...]) -> float:
        """Return the similarity of the first frames; 1: no difference.

        Raises:
            InputError: they are too small.
        """
        made, original = _both(result, content, LEAST_OF_SSIM, "SSIM", torch.device("cpu"))
        # In float32, even ground alone takes 1e-4 from the similarity of equals.
        similarity = structural_similarity_index_measure(
            made.double(), original.double(), data_range=1.0
        )
        assert isinstance(similarity, Tensor)
        return float(similarity)


class DistsNetwork(dists.DISTSNetwork):
    """torchmetrics' network, with given weights instead of ones that it fetches itself."""

    def __init__(self, state: Mapping[str, Tensor]) -> None:
        nn.Module.__init__(self)
        with torch.device("meta"):
            features = vgg16(weights=None).features
        given = {k.removeprefix("features."): v for k, v in state.items() if "features." in k}
        _load(features, given, "VGG-16")
        blocks = ((0, 4), (5, 9), (10, 16), (17, 23), (24, 30))
        widths = (3, 64, 128, 256, 512, 512)
        for number, (first, end) in enumerate(blocks, start=1):
            stage = nn.Sequential()
            if first:
                stage.add_module(str(first - 1), dists.L2pooling(channels=widths[number - 1]))
            for index in range(first, end):
                stage.add_module(str(index), features[index])
            setattr(self, f"stage{number}", stage)
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]).view(1, -1, 1, 1))
        self.register_buffer("std", torch.tensor([0.229, 0.224, 0.225]).view(1, -1, 1, 1))
        self.chns = list(widths)
        learned = torch.load(str(dists._PATH_WEIGHT_DISTS), weights_only=True)
        self.alpha, self.beta = (nn.Parameter(learned[name]) for name in ("alpha", "beta"))
        self.requires_grad_(False).eval()


def lpips_network(state: Mapping[str, Tensor]) -> nn.Module:
    """Return torchmetrics' network on AlexNet with given weights, torchvision's keys."""
    # `pnet_rand`: it is not to fetch the weights that are loaded below.
    network = _NoTrainLpips(net="alex", pnet_rand=True)
    # `slice3.6.weight` is `features.6.weight`.
    own = {name: "features." + name.split(".", 1)[1] for name in network.net.state_dict()}
    found = {name: state[key] for name, key in own.items() if key in state}
    _load(network.net, found, "AlexNet")
    made: nn.Module = network.requires_grad_(False).eval()
    return made


def _load(network: nn.Module, state: Mapping[str, Tensor], what: str) -> None:
    try:
        network.load_state_dict(dict(state), assign=True)
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:300]
        raise DamagedWeightsError(f"The weights are of no {what}: {reason}") from None


def _both(
    result: Clip, content: Clip, least: int, what: str, device: torch.device
) -> tuple[Tensor, Tensor]:
    """Return the first frames (1, 3, H, W), the content at the size of the result."""
    made = result.image
    check_size([made], least, what)
    original = content.image.resized(made.width, made.height)
    return made.pixels[None].to(device), original.pixels[None].to(device)
