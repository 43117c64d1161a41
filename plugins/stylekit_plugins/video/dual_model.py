"""The common model of a clip and those of its frames, trained on the summed loss; see `dual`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from statistics import median
from typing import Any

import torch
from torch import Tensor, nn

from stylekit.errors import UsageError
from stylekit.methods.base import Job, StyleNetwork
from stylekit_plugins.video.frame_images import FrameImages
from stylekit_plugins.video.params import DualParams
from stylekit_plugins.video.scenes import Scenes
from stylekit_plugins.video.temporal_smoothing import Spread, pace

_OBJECTIVES = 32
"""Objectives of single frames that are kept at most; each holds the frame's features."""

_AT_ONCE = 4
"""Objectives that a step works on: those of two frames, each made by both models."""

_HARDLY = 1e-3
"""A product of a style's share and the others' below which there is one style."""


class Models(nn.Module):
    """The common model and those of the frames, and their optimizer.

    Args:
        job: whose styles change as they are asked to; here they do as `spread` draws it out.

    Raises:
        UsageError: one of the two methods has not what it takes.
    """

    def __init__(
        self, params: DualParams, job: Job, scenes: Scenes, spread: Spread, pixel: bool
    ) -> None:
        super().__init__()
        self._asked, job = job.style_weights_at, replace(job, style_weights_at=spread.mix(job))
        self._params, self._job, self._pixel = params, job, pixel
        self._network = _network(params, job)
        self.common = self._network.module.requires_grad_(True)
        self.codes = nn.Parameter(torch.stack([self._network.embed(s.frame) for s in job.styles]))
        count, first = len(job.content.frames), job.content.image
        self._scenes, self._spread = scenes, spread
        self._objective = lru_cache(maxsize=_kept(params, job))(
            lambda index: _objective(params, job, index)
        )
        groups: list[dict[str, Any]] = [
            {"params": list(self.common.parameters()), "lr": params.lr},
            {"params": [self.codes], "lr": params.lr_codes},
        ]
        if pixel:
            self._images = FrameImages(
                (3, first.height, first.width),
                job.device,
                lambda step: params.lr_pixels * _rate(step, params.steps),
            )
        else:
            shape = (count, self.codes.shape[1])
            self.offsets = nn.Parameter(torch.zeros(shape, device=job.device))
            groups.append({"params": [self.offsets], "lr": params.lr_codes})
        self._adam = torch.optim.Adam(groups)

    def descend(self, step: int) -> tuple[int, dict[str, Tensor]]:
        """Take one step on two frames that follow one another; return the later one's index."""
        params = self._params
        generator = torch.Generator().manual_seed(self._job.seed * 1_000_003 + step)
        count = len(self._job.content.frames)
        later = int(torch.randint(min(1, count - 1), count, (), generator=generator))
        chosen = [index for index in (later - 1, later) if index >= 0]
        # The models of these frames: their images, or the rows of the table of codes.
        images = self._images.of(chosen).requires_grad_() if self._pixel else None
        common, made = self(chosen, images=images)
        terms = [
            self._objective(index)(image[None])
            for pictures in (common, made)
            for index, image in zip(chosen, pictures, strict=True)
        ]
        losses = {
            name: torch.stack([term[name] for term in terms]).sum() / len(chosen)
            for name in terms[0]
        }
        total = losses["total"]
        if len(chosen) == 2 and self._scenes.continues(later):
            found = self._scenes.motion(later).to(self._job.device)
            change = found.reliable * (made[1] - found.moved(made[0])).square()
            losses["temporal"] = change.mean()
            total = total + params.temporal * losses["temporal"]
        own = self.offsets[chosen] if images is None else images
        total = total + params.near * own.square().mean()
        for group in self._adam.param_groups:
            group.setdefault("first", group["lr"])
            group["lr"] = group["first"] * _rate(step, params.steps)
        self._adam.zero_grad(set_to_none=True)
        total.backward()  # type: ignore[no-untyped-call]
        self._adam.step()
        if images is not None and images.grad is not None:
            self._images.descend(chosen, images.grad)
        told = {"total": total, **{k: v for k, v in losses.items() if k != "total"}}
        return later, {name: value.detach() for name, value in told.items()}

    def pace(self, index: int) -> float:
        """Return the part of the styles that is asked to change from frame to frame around one.

        The median of the frames that have a part in it, so that a sudden change, which is drawn out
        over them, does not count.
        """
        frames, _ = self._spread.around(index)
        return median(pace(self._asked, each) for each in frames if each)

    def haste(self, index: int) -> float:
        """Return the part of the styles that changes to a frame, beyond the pace asked for."""
        return max(0.0, pace(self._job.style_weights_at, index) - self.pace(index))

    def forward(
        self,
        chosen: list[int],
        moments: list[int] | None = None,
        images: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Return `y0` and `y` of some frames, (N, 3, H, W) each.

        Args:
            moments: frames whose styles they are in; None: their own.
            images: the frames' own, (N, 3, H, W), in `dual-pixel`; None: as they are kept.
        """
        device = self._job.device
        pictures = torch.stack([self._scenes.pixels(index) for index in chosen]).to(device)
        job = self._job
        mixes = [
            [style.weight for style in job.styles]
            if job.style_weights_at is None
            else job.style_weights_at(index)
            for index in moments or chosen
        ]
        shares = torch.tensor(mixes, device=device)
        mixed = shares @ self.codes
        if self._pixel:
            common = self._straightened(self._network.stylize(pictures, mixed), pictures, shares)
            added = self._images.of(chosen) if images is None else images
            return common, (common + added).clamp(0, 1)
        own = []
        for index in moments or chosen:
            frames, parts = self._spread.around(index)
            own.append(parts.to(device) @ self.offsets[frames.start : frames.stop])
        codes = torch.cat((mixed, mixed + torch.stack(own)))
        both = self._network.stylize(torch.cat((pictures, pictures)), codes)
        common, made = self._straightened(both, pictures, shares).chunk(2)
        return common, made

    def _straightened(self, painted: Tensor, images: Tensor, shares: Tensor) -> Tensor:
        """Return pictures that go straighter from style to style, pixel by pixel.

        Args:
            painted: the pictures in mixed codes, (N, 3, H, W), or (2N, 3, H, W) for two of each.
            shares: of each style, (N, K).
        """
        straight = self._params.straight
        frames, styles = torch.nonzero(shares * (1 - shares) > _HARDLY, as_tuple=True)
        if not straight or not len(frames):
            return painted
        single = self._network.stylize(images[frames], self.codes[styles])
        parts = shares[frames, styles][:, None, None, None] * single
        mixed = torch.zeros_like(images).index_add(0, frames, parts)
        # A frame of one style is on its line already.
        among = shares.new_zeros(len(shares)).index_add(0, frames, shares[frames, styles])
        weight = straight * among.round()[:, None, None, None]
        repeats = len(painted) // len(images)
        weight, mixed = weight.repeat(repeats, 1, 1, 1), mixed.repeat(repeats, 1, 1, 1)
        return painted + weight * (mixed - painted)

    def image(self, index: int, moment: int | None = None) -> Tensor:
        """Return a frame as it is now, (3, H, W), on the CPU.

        Args:
            moment: the frame whose styles it is in; None: its own.
        """
        with torch.no_grad():
            _, made = self([index], None if moment is None else [moment])
        pixels: Tensor = made[0].cpu()
        return pixels

    def state(self, step: int) -> dict[str, Any]:
        """Return all that is needed to continue."""
        state = {"step": step, "models": self.state_dict(), "adam": self._adam.state_dict()}
        return state | {"images": self._images.state()} if self._pixel else state

    def load(self, state: Mapping[str, Any]) -> None:
        """Continue from `state()`."""
        self.load_state_dict(state["models"])
        self._adam.load_state_dict(state["adam"])
        if self._pixel:
            self._images.load(state["images"])


def _rate(step: int, steps: int) -> float:
    """Return the factor on the step size: constant, then falling to a tenth over the last third."""
    left = (steps - step) / steps
    return min(1.0, 0.1 + 0.9 * 3 * left)


def _kept(params: DualParams, job: Job) -> int:
    """Return how many objectives of frames fit into the memory beside those of a step."""
    first = job.content.image
    method = job.methods[params.method]
    each = max(1.0, method.bytes_needed(job.components, first.width, first.height))
    return min(_OBJECTIVES, max(2, int(job.memory / each) - _AT_ONCE))


def _network(params: DualParams, job: Job) -> StyleNetwork:
    network = job.methods[params.network].style_network(job)
    if network is None:
        raise UsageError(f"dual.network: method '{params.network}' has no network of styles.")
    return network


def _objective(
    params: DualParams, job: Job, index: int
) -> Callable[[Tensor], Mapping[str, Tensor]]:
    found = job.methods[params.method].objective(job.for_frame(index))
    if found is None:
        raise UsageError(f"dual.method: method '{params.method}' minimizes nothing.")
    return found
