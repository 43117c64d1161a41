"""One network common to all frames and one model per frame, trained together on the summed loss.

The common network g renders images in styles given as embeddings (from another method,
`Method.style_network`), with parameters theta and style embeddings S. At frame t the styles have
weights a_t. The model of a frame is an offset f_t of its embedding, or (`dual-pixel`) an image d_t
that is added. K averages the values of a frame over the frames around it (`temporal_smoothing`):

    b_t = (K a)_t                   z_t = sum_k b_tk g(x_t; S_k)
    y0_t = g(x_t; b_t S)            y_t = g(x_t; b_t S + (K f)_t)  or  y0_t + d_t

and each is moved toward the cross-fade z_t, by the fraction `crossfade`;

    minimized:  mean_t [ l(y0_t) + l(y_t) ]
                + training_consistency_weight mean_t mean(m_t (y_t - W y_{t-1})^2)
                + offset_penalty mean_t |f_t|^2

l is the objective of the image method (`Method.objective`), W warps along the optical flow, and m_t
is 1 where the flow is reliable. Styles are interpolated as embeddings that one network reads, so
the video changes evenly when the weights do, and a sudden change becomes a transition. The cost of
training does not depend on the length of the video.

The frames are then rendered in order. Each is the previous one, warped, plus the change of the
models from the previous styles to the current ones on the same image:

    p_t = W p_{t-1} + y_t - y_t|t-1

(y_t|t-1 is x_t with b and f of the previous frame), because fresh renderings swim on areas without
texture. The fraction `refresh` is y_t itself (more during the transition of a sudden change), and
so is everything that was not visible before. The image method then adds detail that a small network
cannot render: it starts from p_t and is held to it by a temporal loss (`refine_fraction`,
`consistency_weight`; "Artistic Style Transfer for Videos", Ruder et al. 2016, with the trained
models in place of a fresh start), less where styles change quickly.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from stylekit.events import FrameDone, Stage, Step
from stylekit.images.frames import Clip, Frame
from stylekit.methods.base import Job, Method, TemporalTarget, WarmStart, Work
from stylekit.methods.per_frame import assess_frames, each_frame
from stylekit_plugins.video.dual_model import DualModel
from stylekit_plugins.video.memory import check_memory
from stylekit_plugins.video.params import DualParams
from stylekit_plugins.video.scenes import Scenes
from stylekit_plugins.video.temporal_smoothing import (
    SINGLE_CHANGE_FACTOR,
    TemporalSmoother,
    max_window,
)

_REFINE_WINDOW = 0.7
"""Factor on the averaging window of the style weights while frames are refined.

Refinement may be closer to the requested weights, because the warped frames that it starts from
already change evenly over the whole window.
"""

_REFRESH_RATE = 2.0
"""Additional refresh of a frame per excess of its style rate, in the transition of a sudden change.

Warped pixels still show the previous style. Refreshing more makes the transition more even and ends
it closer to the new style; gradual changes would follow their weights less closely.
"""

_FULL_WEIGHT_RATE = 0.036
"""Requested style rate, per frame, up to which `consistency_weight` applies in full.

Above it the weight falls in inverse proportion, because consistency also holds back the style.
`benchmarks/notes/video.md` has the measurements behind the three constants.
"""

_IMAGES = 2
"""Images whose losses a step of the training minimizes."""

Events = Generator[Stage | Step | FrameDone, None, Clip | None]


class Dual(Method):
    """Trains a common network and a model per frame, then renders and refines each frame.

    Args:
        params: of training and refinement.
        pixel: the model of a frame is an image that is added, not an offset of its embedding.
    """

    def __init__(self, params: DualParams, pixel: bool = False) -> None:
        self.params = params
        self._pixel = pixel

    def required_methods(self) -> Collection[str]:
        """Return the method whose style network is the common network."""
        return (self.params.network,)

    def stylize(self, job: Job) -> Events:
        """Yield the training steps, then the events of the frames.

        Raises:
            MemoryLimitError: the video does not fit into memory.
        """
        if not job.content.is_video:
            return (yield from job.run_method(self.params.method))
        first = job.content.image
        check_memory(first.width, first.height, len(job.content.frames), job.memory)
        scenes = Scenes(job.content.frames, self.params.scene_threshold)
        smoother = TemporalSmoother(scenes, self._window(job, SINGLE_CHANGE_FACTOR))
        model = DualModel(self.params, job, scenes, smoother, self._pixel)
        resume = job.resume
        if resume is not None:
            model.load(resume)
        yield from self._training(job, model, 0 if resume is None else int(resume["step"]))
        refine_smoother = TemporalSmoother(scenes, _REFINE_WINDOW * self._window(job))
        refined = replace(job, style_weights_at=refine_smoother.style_weights(job))
        return (yield from self._frames(refined, model, scenes))

    def work(
        self, width: int, height: int, frames: int, methods: Mapping[str, Method]
    ) -> Work | None:
        """Return the work of the training and of the refinement of all frames."""
        params = self.params
        image = methods[params.method].work(width, height, 1, methods)
        if image is None or frames == 1:
            return image
        refined = params.refine_fraction_first + (frames - 1) * params.refine_fraction
        steps = params.steps + refined * image.steps
        pixels = (_IMAGES * params.steps + refined * image.steps) * width * height
        return Work(round(steps), pixels)

    def assess(self, job: Job, result: Clip) -> dict[str, float]:
        """Return the losses of the image method, averaged over sampled frames."""
        return assess_frames(job.methods[self.params.method], job, result)

    def _window(self, job: Job, single_factor: float = 1.0) -> float:
        """Return the averaging window of the style weights, in frames."""
        requested = self.params.transition_seconds * (job.content.fps or 0.0)
        return min(
            requested, max_window(job.style_weights_at, len(job.content.frames), single_factor)
        )

    def _training(self, job: Job, model: DualModel, completed: int) -> Events:
        params, first = self.params, job.content.image
        stage = Stage(
            "training",
            params.steps,
            first.width,
            first.height,
            image=job.content.origin,
            total_steps=params.steps + len(job.content.frames),
        )
        yield stage
        for step in range(completed, params.steps):
            index, losses = model.training_step(step)
            yield Step(
                stage,
                step + 1,
                losses,
                lambda index=index: _snapshot(job, model, index),  # type: ignore[misc]
                lambda step=step: model.state(step + 1),  # type: ignore[misc]
                frame=index,
            )
        return None

    def _frames(self, job: Job, model: DualModel, scenes: Scenes) -> Events:
        steps, resume = self.params.steps, job.resume
        frame_state = resume if resume is not None and "frame" in resume else None

        def stylize(frame_job: Job, index: int) -> Events:
            started = self._warm_started(frame_job, job, model, scenes, index)
            assert started.warm_start is not None
            if started.warm_start.step_fraction == 0:
                return _unrefined(started.warm_start.image, job.content.origin)
            return started.run_method(self.params.method)

        for event in each_frame(replace(job, resume=frame_state), stylize):
            if isinstance(event, Stage):
                event = replace(event, total_steps=steps + event.total_steps)
            elif isinstance(event, Step):
                event = _after_training(event, steps, model)
            yield event
        return None

    def _warm_started(
        self, frame_job: Job, job: Job, model: DualModel, scenes: Scenes, index: int
    ) -> Job:
        """Return the job of a frame that starts from the previous result, warped and updated.

        The update is the change of the models between the two frames' styles on one and the same
        image; fresh renderings of the next image would swim.
        """
        params = self.params
        image = model.image(index)
        if not scenes.continues(index):
            return _with_warm_start(frame_job, image, params.refine_fraction_first)
        motion = scenes.motion(index)
        change = image - model.image(index, styled_as=index - 1)
        warped = motion.warp(job.finished_frames[index - 1].pixels) + change
        refresh = min(1.0, params.refresh + _REFRESH_RATE * model.excess_rate(index))
        target = torch.lerp(warped, image, refresh).clamp(0, 1)
        start = torch.lerp(image, target, motion.reliable)
        weight = params.consistency_weight * min(
            1.0, _FULL_WEIGHT_RATE / max(model.style_rate(index), 1e-6)
        )
        return replace(
            _with_warm_start(frame_job, start, params.refine_fraction),
            temporal_targets=(TemporalTarget(target, weight * motion.reliable),),
        )


class DualPixel(Dual):
    """The same with an offset image for each frame."""

    def __init__(self, params: DualParams) -> None:
        super().__init__(params, pixel=True)


def _with_warm_start(frame_job: Job, image: Tensor, step_fraction: float) -> Job:
    frame = frame_job.content.image.with_pixels(image)
    return replace(frame_job, warm_start=WarmStart(frame, step_fraction))


def _unrefined(frame: Frame, origin: str) -> Events:
    """Yield the events of an image method, for a frame that needs no more steps."""
    stage = Stage("ready", 1, frame.width, frame.height, total_steps=1)
    yield stage
    yield Step(stage, 1, {}, lambda: Clip((frame,), origin), dict)
    return Clip((frame,), origin)


def _snapshot(job: Job, model: DualModel, index: int) -> Clip:
    content = job.content
    return Clip((content.frames[index].with_pixels(model.image(index)),), content.origin)


def _after_training(step: Step, training_steps: int, model: DualModel) -> Step:
    """Return a step of a frame, counted from the start of training, with the model's state."""

    def state() -> dict[str, Any]:
        assert step.state is not None
        return model.state(training_steps) | step.state()

    return replace(step, index=training_steps + step.index, state=state if step.state else None)
