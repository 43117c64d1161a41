"""Where a clip is on its way from style to style, seen by a network that it was not made with.

F(y) are the Gram matrices of a picture at three layers of VGG-16, each divided by the size of the
first style's. With the styles s_k, the way of a frame is p_t in the least squares fit of
F(y_t) - F(s_0) by sum_k p_tk (F(s_k) - F(s_0)).

    slope       of p over the shares that were asked for; 1: all of the styles' difference arrives,
                0: nothing changes
    style loss  |F(y_t) - sum_k a_tk F(s_k)|^2 / |sum_k a_tk F(s_k)|^2, a mean over the frames
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
"""Long side in pixels at which pictures are looked at."""

LAYERS = (4, 9, 16)
"""Modules of torchvision's network, counted from 1: relu1_2, relu2_2 and relu3_3."""

MODULES = 16


@dataclass(frozen=True)
class StylePath:
    """See above.

    Attributes:
        shares: p_t of all styles but the first, (T, K - 1).
        losses: style loss of each frame, (T,).
    """

    shares: Tensor
    losses: Tensor
    slope: float


class Eye(nn.Module):
    """What sees the style of pictures.

    Args:
        parameters: of VGG-16, in torchvision's layout.
    """

    def __init__(self, parameters: LoadedWeights) -> None:
        super().__init__()
        # On no device: random weights are neither drawn nor stored.
        with torch.device("meta"):
            self.net = vgg16(weights=None).features[:MODULES]
        state = {key.removeprefix("features."): value for key, value in parameters.state.items()}
        self.net.load_state_dict(state, strict=False, assign=True)
        self._preprocessing = parameters.preprocessing
        self.requires_grad_(False).eval()

    @torch.inference_mode()
    def grams(self, frame: Frame) -> list[Tensor]:
        """Return the Gram matrices of a picture, (C, C) each."""
        scale = min(1.0, SIDE / max(frame.width, frame.height))
        width, height = (max(32, round(side * scale)) for side in (frame.width, frame.height))
        values = frame.pixels[None].to(next(self.net.parameters()).device)
        values = resize(values, width, height).clamp(0, 1)
        x = self._preprocessing.apply(values)
        found = []
        for number, module in enumerate(self.net, 1):
            x = module(x)
            if number in LAYERS:
                flat = x[0].flatten(1)
                found.append((flat @ flat.T / flat.shape[1]).cpu())
        return found


def style_path(
    eye: Eye, frames: Sequence[Frame], styles: Sequence[Frame], shares: Tensor
) -> StylePath:
    """Return the way of a clip.

    Args:
        shares: that were asked for, (T, K).
    """
    of_styles = [eye.grams(style) for style in styles]
    sizes = [gram.norm() for gram in of_styles[0]]

    def seen(grams: list[Tensor]) -> Tensor:
        return torch.cat([(g / size).flatten() for g, size in zip(grams, sizes, strict=True)])

    ends = torch.stack([seen(grams) for grams in of_styles]).double()
    made = torch.stack([seen(eye.grams(frame)) for frame in frames]).double()
    wanted = shares.double() @ ends
    losses = (made - wanted).square().sum(1) / wanted.square().sum(1)
    basis = (ends[1:] - ends[0]).T
    way = torch.linalg.lstsq(basis, (made - ends[0]).T).solution.T if len(ends) > 1 else made[:, :0]
    asked = shares[:, 1:].double()
    asked, centered = asked - asked.mean(dim=0), way - way.mean(dim=0)
    spread = float(asked.square().sum())
    slope = float((asked * centered).sum()) / spread if spread > 0 else float("nan")
    return StylePath(way, losses, slope)
