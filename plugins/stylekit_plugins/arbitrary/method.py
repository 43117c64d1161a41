"""Arbitrary style transfer in one pass.

G. Ghiasi, H. Lee, M. Kudlur, V. Dumoulin, J. Shlens: "Exploring the structure of a real-time,
arbitrary neural artistic stylization network", BMVC 2017 (arXiv:1705.06830).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from stylekit.errors import UsageError
from stylekit.images.frames import Frame
from stylekit.machine.precision import placed
from stylekit.methods.base import Job, Network, Style
from stylekit.methods.feed_forward import FeedForward
from stylekit.protocols import LoadedWeights
from stylekit_plugins.arbitrary import predict
from stylekit_plugins.arbitrary.params import ArbitraryParams
from stylekit_plugins.arbitrary.predict import Predict, blend
from stylekit_plugins.networks.packed_body import for_inference
from stylekit_plugins.networks.strip_body import BYTES_FIXED, BodyInMemory, bytes_in_strips
from stylekit_plugins.networks.style_transform import Transform, stylize
from stylekit_plugins.networks.transfer_body import STRIDE, StyledBody, painted

WIDTH = 8
"""Channels of the transform network at the full size."""

BYTES_PER_STYLE_PIXEL = 400.0
"""Of the style image as the predict network sees it."""


class Arbitrary(FeedForward):
    """Stylizes an image in one pass, in any style."""

    side_by_side: ClassVar[bool] = True

    def __init__(self, params: ArbitraryParams) -> None:
        self.params = params
        self._predict: Predict | None = None
        self._transform: Transform | None = None
        self._fast_body: nn.Module | None = None
        # By the image itself, and released with it.
        self._embeddings: WeakKeyDictionary[Frame, Tensor] = WeakKeyDictionary()

    def with_params(self, params: ArbitraryParams) -> Arbitrary:
        """Return the method with other parameters, its networks and embeddings kept."""
        other = Arbitrary(params)
        other._predict, other._transform = self._predict, self._transform
        if params.style_size == self.params.style_size:
            other._embeddings = self._embeddings
        return other

    def bytes_needed(self, components: Mapping[str, Any], width: int, height: int) -> float:
        """Return the least memory of the larger of the two networks, which run in turn."""
        prediction = BYTES_PER_STYLE_PIXEL * self.params.style_size**2
        return max(
            BYTES_FIXED + prediction, bytes_in_strips(WIDTH, width * height, max(width, height))
        )

    def style_network(self, job: Job) -> ArbitraryNetwork:
        """Return a copy of the network, which can be trained further."""
        transform = placed(Transform(job.weights("magenta-transform").state), job.device)
        return ArbitraryNetwork(transform, partial(self._embed, job))

    def as_network(
        self, weights: Callable[[str], LoadedWeights], styles: Sequence[Style] = ()
    ) -> Network | None:
        """Return the network that stylizes, with the embedding of the styles as a constant.

        Raises:
            UsageError: the strength is below 1; the embedding would depend on the image.
        """
        if not styles:
            return None
        if self.params.strength < 1:
            raise UsageError(
                "arbitrary.strength below 1 mixes in a style that is predicted from each image, "
                "which the exported network cannot do.",
                "Export at strength 1, and mix its result with the image.",
            )
        with torch.no_grad():
            prediction = Predict(weights("magenta-predict").state)
            embedding = blend(
                [(prediction(self._for_prediction(x.frame)), x.weight) for x in styles]
            )
            transform = Transform(weights("magenta-transform").state)
            return Network(StyledBody(transform.body, transform.norms(embedding)), STRIDE)

    def forward_image(self, job: Job) -> Tensor:
        """Return the image (1, 3, H, W): in one style or blend, or each region in its own."""
        content = job.content.image.pixels[None].to(job.device)

        def in_styles(styles: Sequence[Style]) -> Tensor:
            norms = self._transform_network(job).norms(self._embedding(job, styles))
            return painted(self._body(job), content, norms)

        return self.paint_regions(job, content, in_styles)

    def _embedding(self, job: Job, styles: Sequence[Style]) -> Tensor:
        """Return (1, 100, 1, 1): the styles', by weight, interpolated with the content's own."""
        strength = self.params.strength
        parts = [(self._cached_embedding(job, x.frame), strength * x.weight) for x in styles]
        if strength < 1:
            parts.append((self._embed(job, job.content.image), 1 - strength))
        return blend(parts)

    def _cached_embedding(self, job: Job, style: Frame) -> Tensor:
        """Return a style's embedding, predicted once for all images and frames of a run."""
        if style not in self._embeddings:
            self._embeddings[style] = self._embed(job, style)
        return self._embeddings[style]

    def _embed(self, job: Job, frame: Frame) -> Tensor:
        """Predict the style embedding of an image."""
        if self._predict is None:
            self._predict = Predict(job.weights("magenta-predict").state).to(job.device)
        embedding: Tensor = self._predict(self._for_prediction(frame).to(job.device))
        return embedding

    def _for_prediction(self, frame: Frame) -> Tensor:
        """Return an image (1, 3, h, w) at the size at which the style is read."""
        size = prediction_size(frame.width, frame.height, self.params.style_size)
        return frame.resized(*size).pixels[None]

    def _body(self, job: Job) -> nn.Module:
        """Return the convolutions in the form that is fastest without gradients."""
        if self._fast_body is None:
            body = self._transform_network(job).body
            self._fast_body = BodyInMemory(body, for_inference(body, job.device), job.memory)
        return self._fast_body

    def _transform_network(self, job: Job) -> Transform:
        if self._transform is None:
            self._transform = placed(Transform(job.weights("magenta-transform").state), job.device)
        return self._transform


class ArbitraryNetwork:
    """Implements `stylekit.methods.base.StyleNetwork`; an embedding has 100 values.

    Args:
        transform: stylizes images.
        embed: returns the style embedding of an image, (1, 100, 1, 1).
    """

    def __init__(self, transform: Transform, embed: Callable[[Frame], Tensor]) -> None:
        self._transform = transform
        self._embed = embed
        self.module: torch.nn.Module = transform

    def embed(self, style: Frame) -> Tensor:
        """Return the style embedding of an image, (100,)."""
        with torch.no_grad():
            return self._embed(style).flatten()

    def stylize(self, images: Tensor, codes: Tensor) -> Tensor:
        """Return the stylized images (N, 3, H, W) for embeddings (N, 100)."""
        return stylize(self._transform, images, codes[..., None, None])


def prediction_size(width: int, height: int, side: int) -> tuple[int, int]:
    """Return (width, height) in multiples of 32, of about the same shape, with an area of side^2.

    A shape longer than 4:1 is squeezed to that. A square image gets side x side.
    """
    shape = min(max(width / height, 1 / 4), 4.0) ** 0.5
    sides = (side * shape, side / shape)
    wide, high = (max(1, round(value / predict.STRIDE)) * predict.STRIDE for value in sides)
    return wide, high
