"""From a job to its objective at a size: targets of content, styles and regions."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from stylekit.errors import InputError
from stylekit.images.frames import Frame, fit, resize
from stylekit.images.masks import resized
from stylekit.methods.base import Job, Style
from stylekit.protocols import Backbone
from stylekit_plugins.gatys import memory
from stylekit_plugins.gatys.objective import LossWeights, Objective, RegionStyles
from stylekit_plugins.gatys.style_targets import StyleTarget, StyleTargetCache
from stylekit_plugins.gatys.tiled_objective import TiledObjective


class ObjectiveFactory:
    """Makes objectives; caches the statistics of style images for all images of a run.

    Args:
        style_scale: size of a style image relative to the result.
    """

    def __init__(self, style_scale: float) -> None:
        self._style_scale = style_scale
        self._style_targets = StyleTargetCache()

    def make(
        self, job: Job, weights: LossWeights, min_side: int, width: int, height: int
    ) -> Objective:
        """Return the objective of an image of `width` x `height`, in tiles if memory is short.

        Args:
            min_side: pixels that the network needs each way, see `required_side`.
        """
        components = job.components
        options = {
            "backbone": components["backbone"],
            "content_loss": components["content_loss"],
            "style_loss": components["style_loss"],
            "image_loss": components["image_loss"],
            "weights": weights,
            "content": job.content.image.resized(width, height).pixels[None].to(job.device),
            "regions": self._regions(job, min_side, width, height),
            "temporal_targets": _temporal_targets(job, width, height),
        }
        core = memory.choose_core(components, weights, width, height, job.memory)
        return Objective(**options) if core is None else TiledObjective(core, **options)

    def _regions(self, job: Job, min_side: int, width: int, height: int) -> list[RegionStyles]:
        long_side = max(1, round(max(width, height) * self._style_scale))

        def targets(styles: Sequence[Style]) -> list[tuple[StyleTarget, float]]:
            sizes = (style_size(style.frame, style.size or long_side, min_side) for style in styles)
            return [
                (self._style_targets.get(style.frame, *size, job.device), style.weight)
                for style, size in zip(styles, sizes, strict=True)
            ]

        if not job.regions:
            return [RegionStyles(targets(job.styles))]
        masks = [resized(region.mask, width, height).to(job.device) for region in job.regions]
        return [
            RegionStyles(targets(region.styles), mask, region.weight)
            for region, mask in zip(job.regions, masks, strict=True)
        ]


def style_size(frame: Frame, long_side: int, min_side: int) -> tuple[int, int]:
    """Return the (width, height) at which the statistics of a style image are taken.

    It is never enlarged: a blurred style image teaches blur. A narrow one stays large enough for
    the network, `min_side` pixels each way.
    """
    long, short = max(frame.width, frame.height), min(frame.width, frame.height)
    largest = min(long, max(long_side, -(-long * min_side // short)))
    return fit(frame.width, frame.height, largest)


def required_side(backbone: Backbone, weights: LossWeights) -> int:
    """Return the pixels that the deepest compared layer needs each way."""
    return max(backbone.stride(layer) for layer in weights.layers)


def check_sizes(job: Job, min_side: int) -> None:
    """Raise an InputError if the content or a style image is too small for the network."""
    frames = [("content", job.content.image), *(("style", style.frame) for style in job.styles)]
    for role, frame in frames:
        if min(frame.width, frame.height) < min_side:
            raise InputError(
                f"The {role} image {frame.origin} is {frame.width}x{frame.height} px at this size; "
                f"the deepest layer needs at least {min_side} px each way.",
                "Use a larger --size or a larger image.",
            )


def _temporal_targets(job: Job, width: int, height: int) -> list[tuple[Tensor, Tensor]]:
    """Return the images of the job's temporal targets and their weights, at a size."""
    return [
        (
            resize(target.image[None], width, height).to(job.device),
            resize(target.weight[None, None], width, height)[0, 0].clamp(min=0).to(job.device),
        )
        for target in job.temporal_targets
    ]
