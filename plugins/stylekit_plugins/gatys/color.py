"""Keep the photograph's colors.

L. A. Gatys, M. Bethge, A. Hertzmann, E. Shechtman: "Preserving Color in Neural Artistic Style
Transfer" (arXiv:1606.05897). `covariance` and `histogram` recolor the style image before its
statistics are taken; `luminance` transfers style to brightness alone and restores the photograph's
color afterwards.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from stylekit.images.frames import Frame
from stylekit.methods.base import Job, Style

# ITU-R BT.601, on gamma-coded values, as in YIQ and YUV.
_LUMA = (0.299, 0.587, 0.114)

# Least variance of a color direction: below one 8-bit step there is no color to match.
_FLOOR = (1 / 255) ** 2


def prepare(job: Job, mode: str) -> Job:
    """Return the job with content and styles in the colors that the objective compares."""
    if mode == "keep-style":
        return job
    pixels = job.content.image.pixels
    match = {
        "luminance": _match_luma,
        "covariance": match_covariance,
        "histogram": match_histogram,
    }[mode]
    # Each image once, though several regions may share it.
    frames = {
        style.frame: style.frame.with_pixels(match(style.frame.pixels, pixels))
        for style in (*job.styles, *(style for region in job.regions for style in region.styles))
    }

    def recolor(styles: tuple[Style, ...]) -> tuple[Style, ...]:
        return tuple(replace(style, frame=frames[style.frame]) for style in styles)

    content = job.content
    if mode == "luminance":
        gray = tuple(frame.with_pixels(_gray(frame.pixels)) for frame in content)
        content = replace(content, frames=gray)
        job = _with_gray_targets(job)
    regions = tuple(replace(region, styles=recolor(region.styles)) for region in job.regions)
    return replace(job, content=content, styles=recolor(job.styles), regions=regions)


def _with_gray_targets(job: Job) -> Job:
    """Return the job with its warm start and its temporal targets in gray."""
    temporal_targets = tuple(
        replace(target, image=_gray(target.image)) for target in job.temporal_targets
    )
    warm_start = job.warm_start
    if warm_start is not None:
        image = warm_start.image
        warm_start = replace(warm_start, image=image.with_pixels(_gray(image.pixels)))
    return replace(job, temporal_targets=temporal_targets, warm_start=warm_start)


def restore(pixels: Tensor, content: Frame, mode: str) -> Tensor:
    """Return a result (1, 3, H, W) in its final colors; `content` has the same size."""
    if mode != "luminance":
        return pixels
    original = content.pixels[None].to(pixels.device)
    return (original + luma(pixels) - luma(original)).clamp(0, 1)


def compared_colors(pixels: Tensor, mode: str) -> Tensor:
    """Return a finished image (1, 3, H, W) in the colors that the objective compares."""
    return luma(pixels).expand_as(pixels) if mode == "luminance" else pixels


def luma(pixels: Tensor) -> Tensor:
    """Return the luma of (..., 3, H, W) as (..., 1, H, W)."""
    weights = pixels.new_tensor(_LUMA).view(3, 1, 1)
    return (pixels * weights).sum(dim=-3, keepdim=True)


def match_covariance(style: Tensor, content: Tensor) -> Tensor:
    """Recolor a style (3, h, w) so that its mean and covariance are those of `content`.

    The linear map `S_c^(1/2) S_s^(-1/2)` (section 4.1, symmetric roots). Variances have a floor:
    a gray image, whose covariance has no inverse, is safe.
    """
    mean_style, root_style = _mean_and_root(style, inverse=True)
    mean_content, root_content = _mean_and_root(content, inverse=False)
    flat = style.double().reshape(3, -1) - mean_style
    mapped = root_content @ root_style @ flat + mean_content
    return mapped.reshape(style.shape).clamp(0, 1).to(style.dtype)


def match_histogram(style: Tensor, content: Tensor) -> Tensor:
    """Recolor a style (3, h, w) so that each channel has the histogram of `content`'s."""
    from skimage.exposure import match_histograms

    matched = match_histograms(style.numpy(), content.numpy(), channel_axis=0)
    return torch.from_numpy(matched).clamp(0, 1).to(style.dtype).contiguous()


def _mean_and_root(pixels: Tensor, inverse: bool) -> tuple[Tensor, Tensor]:
    flat = pixels.double().reshape(3, -1)
    mean = flat.mean(dim=1, keepdim=True)
    centered = flat - mean
    values, vectors = torch.linalg.eigh(centered @ centered.T / flat.shape[1])
    powers = values.clamp(min=_FLOOR).pow(-0.5 if inverse else 0.5)
    return mean, vectors @ torch.diag(powers) @ vectors.T


def _match_luma(style: Tensor, content: Tensor) -> Tensor:
    """Return a style in gray, with mean and deviation of the content's luma (section 4.2)."""
    gray, target = _gray(style), _gray(content)
    deviation = gray.std().clamp(min=_FLOOR**0.5)
    return ((gray - gray.mean()) * (target.std() / deviation) + target.mean()).clamp(0, 1)


def _gray(pixels: Tensor) -> Tensor:
    return luma(pixels).expand(3, -1, -1).contiguous()
