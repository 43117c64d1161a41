"""Feed-forward methods, which make the result in one pass of a network."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor

from stylekit.errors import InputError
from stylekit.events import Stage, Step
from stylekit.images.frames import Clip
from stylekit.methods.base import Job, Method, Style, TemporalTarget, Work

OUTPUT_WEIGHT = 200.0
"""Weight of the network's output beside the targets, `Job.temporal_targets`.

A target of the same weight, such as the previous frame moved along, counts as much as the output.
"""


class FeedForward(Method):
    """A method without steps. Derive from it, and only `forward_image` must be written.

    Attributes:
        side_by_side: frames of a clip may be painted in several threads at once: `forward_image`
            draws no random numbers, and what it keeps does not depend on the frame.
    """

    side_by_side: ClassVar[bool] = False

    @abstractmethod
    def forward_image(self, job: Job) -> Tensor:
        """Return the result (1, 3, H, W) in [0, 1], of the content's size; no gradients here."""

    def with_params(self, params: Any) -> FeedForward:
        """Return the method with other parameters, for example when a user turns a dial.

        By default it is made anew. Override it to keep networks that do not depend on parameters:
        this method itself is not used any more.

        Args:
            params: an instance of the same model.
        """
        # The factory of a method may be any callable, but its class takes the same argument.
        return type(self)(params)  # type: ignore[call-arg]

    def paint_regions(
        self, job: Job, content: Tensor, paint: Callable[[tuple[Style, ...]], Tensor]
    ) -> Tensor:
        """Return the whole image (1, 3, H, W), or each region of it, painted in its styles.

        Soft masks give means that they weigh; what no mask covers is the content's.

        Args:
            content: (1, 3, H, W), on the job's device.
            paint: returns the content in some styles, (1, 3, H, W).
        """
        if len(job.regions) < 2:
            return paint(job.styles)
        total = torch.zeros_like(content[:, :1])
        weighted = torch.zeros_like(content)
        for region in job.regions:
            mask = region.mask.to(job.device)
            weighted += mask * paint(region.styles)
            total += mask
        return torch.where(total > 0, weighted / total.clamp(min=1e-6), content)

    def work(self, width: int, height: int, frames: int, methods: Mapping[str, Method]) -> Work:
        """Return the work for a result: one step."""
        return Work(1, width * height)

    def stylize(self, job: Job) -> Generator[Stage | Step, None, Clip]:
        """Yield one stage and one step; return a clip of one frame.

        Raises:
            InputError: the network produced NaN or infinite values.
        """
        content = job.content.image
        stage = Stage(
            f"{max(content.width, content.height)} px",
            1,
            content.width,
            content.height,
            image=job.content.origin,
            total_steps=1,
            total_cost=1.0,
        )
        yield stage
        with torch.inference_mode():
            pixels = near_targets(self.forward_image(job), job.temporal_targets)
        if not pixels.isfinite().all():
            raise InputError(
                "The network produced NaN or infinite values.",
                "Check the weights (stylekit weights verify), and try --precision float32.",
            )
        # A copy: tensors of inference mode cannot be used where gradients are computed.
        result = Clip((content.with_pixels(pixels.clone()),), job.content.origin)
        # Nothing is minimized, so there is no loss to report.
        yield Step(stage, 1, {"total": torch.zeros(())}, lambda: result)
        return result


def near_targets(output: Tensor, targets: Sequence[TemporalTarget]) -> Tensor:
    """Return the image (1, 3, H, W) that is near a network's output and near the targets.

    It minimizes `mean(OUTPUT_WEIGHT * (image - output)^2)` plus what is said of the targets in
    `TemporalTarget`; so in each pixel it is a weighted mean.
    """
    if not targets:
        return output
    weighted, total = OUTPUT_WEIGHT * output, torch.full_like(output[:, :1], OUTPUT_WEIGHT)
    for target in targets:
        weight = target.weight.to(output)
        weighted = weighted + weight * target.image.to(output)
        total = total + weight
    return weighted / total
