"""The method: from a job to a picture, in one pass.

G. Ghiasi, H. Lee, M. Kudlur, V. Dumoulin, J. Shlens: "Exploring the structure of a real-time,
arbitrary neural artistic stylization network", BMVC 2017 (arXiv:1705.06830).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from stylekit.images.frames import Frame
from stylekit.machine.precision import placed
from stylekit.methods.base import Job, Style
from stylekit.methods.feed_forward import FeedForward
from stylekit.specs import Slot
from stylekit_plugins.arbitrary.params import ArbitraryParams
from stylekit_plugins.arbitrary.predict import STRIDE, Predict, mixed
from stylekit_plugins.arbitrary.transform import Transform, repaint

BYTES_PER_PIXEL = 220.0
"""Of the result: the repainting's widest layers, and a tenth to be safe.

Peaks above what is loaded, measured on a CPU in processes of their own: 40 MB at 64 px, 205 at
1024x1024, 260 at 1023x1021 (whose sides must be continued), 705 at 2048x2048, 1042 at 3072x2048.
"""

BYTES_PER_LOOKED_AT = 400.0
"""Of the square at which a style is looked at: 125 MB at 512 px, 388 MB at 1024 px."""

BYTES_FIXED = 64 * 2.0**20
"""What the libraries take for themselves at any size, and their caches."""


class Arbitrary(FeedForward):
    """Repaints in one pass."""

    def __init__(self, params: ArbitraryParams) -> None:
        self.params = params
        self._predict: Predict | None = None
        self._repainting: Transform | None = None
        # By the picture itself: it is forgotten with it.
        self._numbers: WeakKeyDictionary[Frame, Tensor] = WeakKeyDictionary()

    def bytes_needed(self, components: Mapping[Slot, Any], width: int, height: int) -> float:
        """Return the memory of the hungrier of the two networks, which run one after the other."""
        looking = BYTES_PER_LOOKED_AT * self.params.style_size**2
        return BYTES_FIXED + max(looking, BYTES_PER_PIXEL * width * height)

    def style_network(self, job: Job) -> Repainter:
        """Return a repainting network of its own, which can be trained further."""
        transform = placed(Transform(job.weights("magenta-transform").state), job.device)
        return Repainter(transform, partial(self._predicted, job))

    def forward_image(self, job: Job) -> Tensor:
        """Return the picture (1, 3, H, W): in one style or blend, or each region in its own."""
        content = job.content.image.pixels[None].to(job.device)

        def in_styles(styles: Sequence[Style]) -> Tensor:
            return repaint(self._transform(job), content, self._style_numbers(job, styles))

        if len(job.regions) < 2:
            return in_styles(job.styles)
        total = torch.zeros_like(content[:, :1])
        painted = torch.zeros_like(content)
        for region in job.regions:
            mask = region.mask.to(job.device)
            painted += mask * in_styles(region.styles)
            total += mask
        return torch.where(total > 0, painted / total.clamp(min=1e-6), content)

    def _style_numbers(self, job: Job, styles: Sequence[Style]) -> Tensor:
        """Return (1, 100, 1, 1): the styles', by weight, mixed with the content's own."""
        strength = self.params.strength
        shares = [(self._numbers_of(job, x.frame), strength * x.weight) for x in styles]
        if strength < 1:
            shares.append((self._predicted(job, job.content.image), 1 - strength))
        return mixed(shares)

    def _numbers_of(self, job: Job, style: Frame) -> Tensor:
        """Return a style's numbers, predicted once for all pictures and frames of a run."""
        if style not in self._numbers:
            self._numbers[style] = self._predicted(job, style)
        return self._numbers[style]

    def _predicted(self, job: Job, frame: Frame) -> Tensor:
        if self._predict is None:
            self._predict = Predict(job.weights("magenta-predict").state).to(job.device)
        numbers: Tensor = self._predict(self._looked_at(frame).to(job.device))
        return numbers

    def _transform(self, job: Job) -> Transform:
        if self._repainting is None:
            self._repainting = placed(Transform(job.weights("magenta-transform").state), job.device)
        return self._repainting

    def _looked_at(self, frame: Frame) -> Tensor:
        """Return a picture (1, 3, h, w) at the size at which its style is predicted."""
        size = predicted_size(frame.width, frame.height, self.params.style_size)
        return frame.resized(*size).pixels[None]


class Repainter:
    """The networks, as `stylekit.methods.base.StyleNetwork` has it; a code is 100 style numbers.

    Args:
        transform: repaints.
        predicted: returns the style numbers of a picture, (1, 100, 1, 1).
    """

    def __init__(self, transform: Transform, predicted: Callable[[Frame], Tensor]) -> None:
        self._transform = transform
        self._predicted = predicted
        self.module: torch.nn.Module = transform

    def embed(self, style: Frame) -> Tensor:
        """Return the style numbers of a picture, (100,)."""
        with torch.no_grad():
            return self._predicted(style).flatten()

    def stylize(self, images: Tensor, codes: Tensor) -> Tensor:
        """Return the repainted pictures (N, 3, H, W) for codes (N, 100)."""
        return repaint(self._transform, images, codes[..., None, None])


def predicted_size(width: int, height: int, side: int) -> tuple[int, int]:
    """Return (width, height) in multiples of 32, of about the same shape, with an area of side^2.

    A shape longer than 4:1 is squeezed to it. A square picture gets side x side.
    """
    shape = min(max(width / height, 1 / 4), 4.0) ** 0.5
    sides = (side * shape, side / shape)
    wide, high = (max(1, round(value / STRIDE)) * STRIDE for value in sides)
    return wide, high
