"""The common network of a video and the models of its frames, trained on the summed loss."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
from stylekit_plugins.video.temporal_smoothing import TemporalSmoother, style_rate

_MAX_OBJECTIVES = 32
"""Maximum number of cached objectives; each holds the features of a frame."""

_STEP_OBJECTIVES = 2
"""Objectives that a step evaluates: one frame by both models, one by the common model alone."""

_SINGLE_STYLE = 1e-3
"""Limit of the product of a style's weight and the others' below which one style dominates."""


class DualModel(nn.Module):
    """The common network, the models of the frames, and their optimizer.

    Args:
        job: with the requested style weights, which `smoother` turns into those of this model.
        pixel: the model of a frame is an image that is added, not an offset of its embedding.

    Raises:
        UsageError: one of the two methods lacks an objective or a style network.
    """

    def __init__(
        self, params: DualParams, job: Job, scenes: Scenes, smoother: TemporalSmoother, pixel: bool
    ) -> None:
        super().__init__()
        self._requested_weights, job = (
            job.style_weights_at,
            replace(job, style_weights_at=smoother.style_weights(job)),
        )
        self._params, self._job, self._pixel = params, job, pixel
        self._network = _network(params, job)
        self.common = self._network.module.requires_grad_(True)
        self.embeddings = nn.Parameter(
            torch.stack([self._network.embed(style.frame) for style in job.styles])
        )
        count, first = len(job.content.frames), job.content.image
        self._scenes, self._smoother = scenes, smoother
        self._objective = lru_cache(maxsize=_cached_objectives(params, job))(
            lambda index: _objective(params, job, index)
        )
        groups: list[dict[str, Any]] = [
            {"params": list(self.common.parameters()), "lr": params.lr},
            {"params": [self.embeddings], "lr": params.lr_embeddings},
        ]
        if pixel:
            self._images = FrameImages(
                (3, first.height, first.width),
                job.device,
                lambda step: params.lr_images * _lr_factor(step, params.steps),
            )
        else:
            shape = (count, self.embeddings.shape[1])
            self.offsets = nn.Parameter(torch.zeros(shape, device=job.device))
            groups.append({"params": [self.offsets], "lr": params.lr_embeddings})
        self._adam = torch.optim.Adam(groups)

    def training_step(self, step: int) -> tuple[int, dict[str, Tensor]]:
        """Train on two random consecutive frames; return the later one's index and the losses.

        One of the two is judged with its model, the other by the common network alone, in turn: the
        expected gradient is the same as on both, for two objectives instead of four.
        """
        params = self._params
        generator = torch.Generator().manual_seed(self._job.seed * 1_000_003 + step)
        count = len(self._job.content.frames)
        later = int(torch.randint(min(1, count - 1), count, (), generator=generator))
        frames = [index for index in (later - 1, later) if index >= 0]
        # The models of these frames: their images, or rows of the table of offsets.
        images = self._images.get(frames).requires_grad_() if self._pixel else None
        alone, judged = step % len(frames), (step + 1) % len(frames)
        combined, common = self(frames, common=[alone], images=images)
        of_frame = self._objective(frames[judged])(combined[judged][None])
        of_common = self._objective(frames[alone])(common[0][None])
        losses = {name: of_frame[name] + of_common[name] for name in of_frame}
        total = losses["total"]
        if len(frames) == 2 and self._scenes.continues(later):
            motion = self._scenes.motion(later).to(self._job.device)
            change = motion.reliable * (combined[1] - motion.warp(combined[0])).square()
            losses["temporal"] = change.mean()
            total = total + params.training_consistency_weight * losses["temporal"]
        offsets = self.offsets[frames] if images is None else images
        total = total + params.offset_penalty * offsets.square().mean()
        for group in self._adam.param_groups:
            group.setdefault("first", group["lr"])
            group["lr"] = group["first"] * _lr_factor(step, params.steps)
        self._adam.zero_grad(set_to_none=True)
        total.backward()  # type: ignore[no-untyped-call]
        self._adam.step()
        if images is not None and images.grad is not None:
            self._images.step(frames, images.grad)
        ordered = {"total": total, **{k: v for k, v in losses.items() if k != "total"}}
        return later, {name: value.detach() for name, value in ordered.items()}

    def style_rate(self, index: int) -> float:
        """Return the requested rate of style change around a frame, in [0, 1] per frame.

        The median over the averaging window, so that a sudden change does not count: it becomes a
        transition over that window.
        """
        frames, _ = self._smoother.window(index)
        return median(style_rate(self._requested_weights, each) for each in frames if each)

    def excess_rate(self, index: int) -> float:
        """Return how much faster than requested the style changes to a frame, in [0, 1]."""
        return max(0.0, style_rate(self._job.style_weights_at, index) - self.style_rate(index))

    def forward(
        self,
        frames: list[int],
        common: Sequence[int] = (),
        styled_as: list[int] | None = None,
        images: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Render frames by both models, `y` (N, 3, H, W), and some by the common one alone, `y0`.

        Args:
            common: positions in `frames` to render by the common network, M of them.
            styled_as: frames whose styles are used; None: their own.
            images: offset images (N, 3, H, W) of the frames in `dual-pixel`; None: the stored ones.

        Returns:
            `y` (N, 3, H, W) and `y0` (M, 3, H, W).
        """
        device, job = self._job.device, self._job
        contents = torch.stack([self._scenes.pixels(index) for index in frames]).to(device)
        weights = torch.tensor(
            [
                [style.weight for style in job.styles]
                if job.style_weights_at is None
                else job.style_weights_at(index)
                for index in styled_as or frames
            ],
            device=device,
        )
        embeddings, positions = weights @ self.embeddings, list(common)
        if self._pixel:
            y0 = self._rendered(contents, embeddings, weights, list(range(len(frames))))
            added = self._images.get(frames) if images is None else images
            return (y0 + added).clamp(0, 1), y0[positions]
        offsets = []
        for index in styled_as or frames:
            window, window_weights = self._smoother.window(index)
            offsets.append(window_weights.to(device) @ self.offsets[window.start : window.stop])
        rendered = self._rendered(
            contents,
            torch.cat((embeddings + torch.stack(offsets), embeddings[positions])),
            weights,
            [*range(len(frames)), *positions],
        )
        return rendered[: len(frames)], rendered[len(frames) :]

    def _rendered(
        self, contents: Tensor, embeddings: Tensor, weights: Tensor, positions: list[int]
    ) -> Tensor:
        """Render images, and move them toward the cross-fade of their single-style outputs.

        Args:
            contents: (N, 3, H, W).
            embeddings: of each rendered image, (M, C).
            weights: of each style, (N, K).
            positions: of the content of each rendered image, M.
        """
        rendered = self._network.stylize(contents[positions], embeddings)
        crossfade = self._params.crossfade
        frames, styles = torch.nonzero(weights * (1 - weights) > _SINGLE_STYLE, as_tuple=True)
        if not crossfade or not len(frames):
            return rendered
        single = self._network.stylize(contents[frames], self.embeddings[styles])
        weighted = weights[frames, styles][:, None, None, None] * single
        faded = torch.zeros_like(contents).index_add(0, frames, weighted)
        # A frame of one style has nothing to fade.
        in_transition = weights.new_zeros(len(weights)).index_add(
            0, frames, weights[frames, styles]
        )
        amount = crossfade * in_transition.round()[:, None, None, None]
        return rendered + amount[positions] * (faded[positions] - rendered)

    def image(self, index: int, styled_as: int | None = None) -> Tensor:
        """Render a frame, (3, H, W), on the CPU.

        Args:
            styled_as: the frame whose styles are used; None: its own.
        """
        with torch.no_grad():
            combined, _ = self([index], styled_as=None if styled_as is None else [styled_as])
        pixels: Tensor = combined[0].cpu()
        return pixels

    def state(self, step: int) -> dict[str, Any]:
        """Return all that is needed to resume after `step` steps."""
        state = {"step": step, "models": self.state_dict(), "adam": self._adam.state_dict()}
        return state | {"images": self._images.state()} if self._pixel else state

    def load(self, state: Mapping[str, Any]) -> None:
        """Resume from `state()`."""
        self.load_state_dict(state["models"])
        self._adam.load_state_dict(state["adam"])
        if self._pixel:
            self._images.load(state["images"])


def _lr_factor(step: int, steps: int) -> float:
    """Return the factor on the learning rates: 1, then falling to 0.1 over the last third."""
    remaining = (steps - step) / steps
    return min(1.0, 0.1 + 0.9 * 3 * remaining)


def _cached_objectives(params: DualParams, job: Job) -> int:
    """Return how many objectives of frames fit into the memory beside those of a step."""
    first = job.content.image
    method = job.methods[params.method]
    each = max(1.0, method.bytes_needed(job.components, first.width, first.height))
    return min(_MAX_OBJECTIVES, max(2, int(job.memory / each) - _STEP_OBJECTIVES))


def _network(params: DualParams, job: Job) -> StyleNetwork:
    network = job.methods[params.network].style_network(job)
    if network is None:
        raise UsageError(
            f"dual.network: method '{params.network}' has no style network.",
            "Name a method that has one, for example arbitrary.",
        )
    return network


def _objective(
    params: DualParams, job: Job, index: int
) -> Callable[[Tensor], Mapping[str, Tensor]]:
    objective = job.methods[params.method].objective(job.for_frame(index))
    if objective is None:
        raise UsageError(
            f"dual.method: method '{params.method}' has no objective to minimize.",
            "Name a method that optimizes, for example gatys.",
        )
    return objective
