"""The path of a video from style to style, as seen by a network that did not make it.

F(y) are the Gram matrices of an image at three layers of VGG-16, each divided by the norm of the
first style's. With styles s_k, the position p_t of a frame is the least squares fit of
F(y_t) - F(s_0) by sum_k p_tk (F(s_k) - F(s_0)).

    slope       of p over the requested weights; 1: the whole difference of the styles arrives,
                0: the style never changes
    style loss  |F(y_t) - sum_k a_tk F(s_k)|^2 / |sum_k a_tk F(s_k)|^2, averaged over the frames
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torchvision.models import vgg16

from stylekit.images.frames import Frame, resize
from stylekit.protocols import LoadedWeights

SIDE = 256
"""Maximum long side, in pixels, of the images that the network sees."""

LAYERS = (4, 9, 16)
"""Modules of torchvision's network, counted from 1: relu1_2, relu2_2 and relu3_3."""

MODULES = 16


@dataclass(frozen=True)
class StylePath:
    """The positions of frames between styles; the module's docstring defines them.

    Attributes:
        positions: p_t of all styles but the first, (T, K - 1).
        losses: style loss of each frame, (T,).
        slope: of the positions over the requested weights.
    """

    positions: Tensor
    losses: Tensor
    slope: float


class GramExtractor(nn.Module):
    """Computes the Gram matrices of images.

    Args:
        weights: of VGG-16, in torchvision's layout.
    """

    def __init__(self, weights: LoadedWeights) -> None:
        super().__init__()
        # On the meta device no random weights are drawn or stored.
        with torch.device("meta"):
            self.net = vgg16(weights=None).features[:MODULES]
        state = {key.removeprefix("features."): value for key, value in weights.state.items()}
        self.net.load_state_dict(state, strict=False, assign=True)
        self._preprocessing = weights.preprocessing
        self.requires_grad_(False).eval()

    @torch.inference_mode()
    def grams(self, frame: Frame) -> list[Tensor]:
        """Return the Gram matrices of an image, (C, C) each."""
        scale = min(1.0, SIDE / max(frame.width, frame.height))
        width, height = (max(32, round(side * scale)) for side in (frame.width, frame.height))
        values = frame.pixels[None].to(next(self.net.parameters()).device)
        values = resize(values, width, height).clamp(0, 1)
        x = self._preprocessing.apply(values)
        grams = []
        for number, module in enumerate(self.net, 1):
            x = module(x)
            if number in LAYERS:
                flat = x[0].flatten(1)
                grams.append((flat @ flat.T / flat.shape[1]).cpu())
        return grams


def style_path(
    extractor: GramExtractor, frames: Sequence[Frame], styles: Sequence[Frame], weights: Tensor
) -> StylePath:
    """Return the path of some frames between styles.

    Args:
        weights: requested weights of the styles, (T, K).
    """
    style_grams = [extractor.grams(style) for style in styles]
    norms = [gram.norm() for gram in style_grams[0]]

    def features(grams: list[Tensor]) -> Tensor:
        return torch.cat([(g / norm).flatten() for g, norm in zip(grams, norms, strict=True)])

    style_features = torch.stack([features(grams) for grams in style_grams]).double()
    frame_features = torch.stack([features(extractor.grams(frame)) for frame in frames]).double()
    targets = weights.double() @ style_features
    losses = (frame_features - targets).square().sum(1) / targets.square().sum(1)
    basis = (style_features[1:] - style_features[0]).T
    positions = (
        torch.linalg.lstsq(basis, (frame_features - style_features[0]).T).solution.T
        if len(style_features) > 1
        else frame_features[:, :0]
    )
    requested = weights[:, 1:].double()
    requested, centered = requested - requested.mean(dim=0), positions - positions.mean(dim=0)
    variation = float(requested.square().sum())
    slope = float((requested * centered).sum()) / variation if variation > 0 else float("nan")
    return StylePath(positions, losses, slope)
