"""Distances of a result from its content: LPIPS, DISTS and SSIM, as torchmetrics computes them.

LPIPS: R. Zhang, P. Isola, A. Efros, E. Shechtman, O. Wang: "The Unreasonable Effectiveness of Deep
Features as a Perceptual Metric" (CVPR 2018), on AlexNet, because methods minimize losses on a VGG.
DISTS: K. Ding, K. Ma, S. Wang, E. Simoncelli (TPAMI 2020), on torchvision's VGG-16.
SSIM: Z. Wang, A. Bovik, H. Sheikh, E. Simoncelli (TIP 2004).

torchmetrics has the trained weights of LPIPS and DISTS. The networks below get theirs from the
weights manager, which verifies and records them, and fetches nothing without saying so.
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

MIN_SIDE = 64
"""Shortest side in pixels that the networks' strides allow."""

MIN_SIDE_SSIM = 11
"""Side of SSIM's window in pixels."""


class Lpips:
    """Scores one result, at its own size."""

    def __init__(self, params: object) -> None:
        pass

    def prepare(self, weights: Callable[[str], LoadedWeights], device: torch.device) -> None:
        """Load AlexNet."""
        self._device = device
        self._net = lpips_network(weights("alexnet").state).to(device)

    def score_pair(self, result: Clip, content: Clip, styles: tuple[Style, ...]) -> float:
        """Return the distance between the first frames; 0: no difference.

        Raises:
            InputError: an image is too small.
        """
        image, original = _both(result, content, MIN_SIDE, "LPIPS", self._device)
        with torch.inference_mode():
            distance: Tensor = self._net(image, original, normalize=True)
        return float(distance)


class Dists:
    """Scores one result, at its own size."""

    def __init__(self, params: object) -> None:
        pass

    def prepare(self, weights: Callable[[str], LoadedWeights], device: torch.device) -> None:
        """Load VGG-16."""
        self._device = device
        self._net = DistsNetwork(weights("vgg16-torchvision").state).to(device)

    def score_pair(self, result: Clip, content: Clip, styles: tuple[Style, ...]) -> float:
        """Return the distance between the first frames; 0: no difference.

        Raises:
            InputError: an image is too small.
        """
        image, original = _both(result, content, MIN_SIDE, "DISTS", self._device)
        distance: Tensor = self._net(image, original)
        return float(distance)


class Ssim:
    """Scores one result, at its own size."""

    def __init__(self, params: object) -> None:
        pass

    def score_pair(self, result: Clip, content: Clip, styles: tuple[Style, ...]) -> float:
        """Return the similarity of the first frames; 1: no difference.

        Raises:
            InputError: an image is too small.
        """
        image, original = _both(result, content, MIN_SIDE_SSIM, "SSIM", torch.device("cpu"))
        # In float32, rounding in uniform areas costs identical images 1e-4.
        similarity = structural_similarity_index_measure(
            image.double(), original.double(), data_range=1.0
        )
        assert isinstance(similarity, Tensor)
        return float(similarity)


class DistsNetwork(dists.DISTSNetwork):
    """torchmetrics' network, with loaded weights instead of fetching its own."""

    def __init__(self, state: Mapping[str, Tensor]) -> None:
        nn.Module.__init__(self)
        with torch.device("meta"):
            features = vgg16(weights=None).features
        own = {k.removeprefix("features."): v for k, v in state.items() if "features." in k}
        _load(features, own, "VGG-16")
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
    """Return torchmetrics' network on AlexNet with weights in torchvision's keys."""
    # `pnet_rand`: it must not fetch weights, which are loaded below.
    network = _NoTrainLpips(net="alex", pnet_rand=True)
    # `slice3.6.weight` is `features.6.weight`.
    own = {name: "features." + name.split(".", 1)[1] for name in network.net.state_dict()}
    matching = {name: state[key] for name, key in own.items() if key in state}
    _load(network.net, matching, "AlexNet")
    frozen: nn.Module = network.requires_grad_(False).eval()
    return frozen


def _load(network: nn.Module, state: Mapping[str, Tensor], what: str) -> None:
    try:
        network.load_state_dict(dict(state), assign=True)
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:300]
        raise DamagedWeightsError(f"The weights do not fit {what}: {reason}") from None


def _both(
    result: Clip, content: Clip, min_side: int, what: str, device: torch.device
) -> tuple[Tensor, Tensor]:
    """Return the first frames (1, 3, H, W), the content at the size of the result."""
    image = result.image
    check_size([image], min_side, what)
    original = content.image.resized(image.width, image.height)
    return image.pixels[None].to(device), original.pixels[None].to(device)
