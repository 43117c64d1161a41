"""One model common to all frames, and one for each frame; both are updated on the summed loss.

The common model is a network that repaints pictures in styles given as codes (of another method,
`Method.style_network`), with its parameters, theta, and the styles' codes S. At frame t the styles
are mixed with shares a_t. The model of a frame is an offset f_t of its code, or (`pixel`) a picture
d_t that is added; K spreads what is a frame's over the frames around it (`spread`):

    y0_t = g(x_t; (K a S)_t)        y_t = g(x_t; (K (a S + f))_t)  or  y0_t + d_t

    minimised:  mean_t [ l(y0_t) + l(y_t) ]
                + temporal mean_t mean(m_t (y_t - W y_{t-1})^2)
                + near mean_t |f_t|^2

l is what the method of single frames minimises (`Method.objective`), W moves along the flow, and
m_t is 1 where it is reliable. As styles are mixed in codes that one network reads, the clip changes
evenly when the shares do, and a sudden change of the shares becomes many small ones. The cost of
the training does not depend on the length of the clip.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn

from stylekit.errors import UsageError
from stylekit.events import FrameDone, Stage, Step
from stylekit.frame_by_frame import assess_frames
from stylekit.frames import Clip
from stylekit.method import Job, Method, StyleNetwork
from stylekit_plugins.video.params import DualParams
from stylekit_plugins.video.scenes import Scenes
from stylekit_plugins.video.spread import reach, spread

_OBJECTIVES = 32
"""Objectives of single frames that are kept; each holds the frame's features."""

Events = Generator[Stage | Step | FrameDone, None, Clip | None]


class Dual(Method):
    """A common model and one for each frame.

    Args:
        params: of the training.
        pixel: the model of a frame is a picture that is added, not an offset of its code.
    """

    def __init__(self, params: DualParams, pixel: bool = False) -> None:
        self.params = params
        self._pixel = pixel

    def helpers(self) -> Collection[str]:
        """Return the method whose network is the common model."""
        return (self.params.network,)

    def stylize(self, job: Job) -> Events:
        """Yield the steps of the training, then the frames."""
        params = self.params
        if not job.content.moves:
            return (yield from job.running(params.method))
        models = Models(params, job, self._pixel)
        count = len(job.content.frames)
        first = job.content.picture
        total = params.steps + count
        training = Stage(
            "training",
            params.steps,
            first.width,
            first.height,
            picture=job.content.origin,
            total_steps=total,
        )
        begun = 0
        if job.resume is not None:
            begun = int(job.resume["step"])
            models.load(job.resume)
        yield training
        for step in range(begun, params.steps):
            index, losses = models.descend(step)
            yield Step(
                training,
                step + 1,
                losses,
                lambda index=index: models.clip(index),  # type: ignore[misc]
                lambda step=step: models.state(step + 1),  # type: ignore[misc]
                frame=index,
            )
        frames = Stage("frames", count, first.width, first.height, job.content.origin, total)
        yield frames
        for index in range(len(job.done), count):
            made = models.clip(index)
            yield Step(
                frames,
                params.steps + index + 1,
                {},
                lambda made=made: made,  # type: ignore[misc]
                lambda: models.state(params.steps),
                frame=index,
            )
            yield FrameDone(index, made.picture)
        return None

    def assess(self, job: Job, result: Clip) -> dict[str, float]:
        """Return the losses of the method of single frames, means over some frames."""
        return assess_frames(job.methods[self.params.method], job, result)


class DualPixel(Dual):
    """The same with a picture for each frame."""

    def __init__(self, params: DualParams) -> None:
        super().__init__(params, pixel=True)


class Models(nn.Module):
    """The common model and those of the frames, and their optimiser.

    Raises:
        UsageError: one of the two methods has not what it takes.
    """

    def __init__(self, params: DualParams, job: Job, pixel: bool) -> None:
        super().__init__()
        self._params, self._job, self._pixel = params, job, pixel
        self._network = _network(params, job)
        self.common = self._network.module.requires_grad_(True)
        self.codes = nn.Parameter(torch.stack([self._network.code(s.frame) for s in job.styles]))
        count, first = len(job.content.frames), job.content.picture
        shape = (count, 3, first.height, first.width) if pixel else (count, self.codes.shape[1])
        self.offsets = nn.Parameter(torch.zeros(shape, device=job.device))
        self._scenes = Scenes(job.content.frames, params.cut)
        self._objective = lru_cache(maxsize=_OBJECTIVES)(
            lambda index: _objective(params, job, index)
        )
        self._adam = torch.optim.Adam(
            [
                {"params": list(self.common.parameters()), "lr": params.lr},
                {"params": [self.codes], "lr": params.lr_codes},
                {"params": [self.offsets], "lr": params.lr_pixels if pixel else params.lr_codes},
            ]
        )

    def descend(self, step: int) -> tuple[int, dict[str, Tensor]]:
        """Take one step on two frames that follow one another; return the later one's index."""
        params = self._params
        generator = torch.Generator().manual_seed(self._job.seed * 1_000_003 + step)
        count = len(self._job.content.frames)
        later = int(torch.randint(min(1, count - 1), count, (), generator=generator))
        chosen = [index for index in (later - 1, later) if index >= 0]
        common, made = self(chosen)
        terms = [
            self._objective(index)(picture[None])
            for pictures in (common, made)
            for index, picture in zip(chosen, pictures, strict=True)
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
        total = total + params.near * self.offsets[chosen].square().mean()
        for group in self._adam.param_groups:
            group.setdefault("first", group["lr"])
            group["lr"] = group["first"] * _rate(step, params.steps)
        self._adam.zero_grad(set_to_none=True)
        total.backward()  # type: ignore[no-untyped-call]
        self._adam.step()
        told = {"total": total, **{k: v for k, v in losses.items() if k != "total"}}
        return later, {name: value.detach() for name, value in told.items()}

    def forward(self, chosen: list[int]) -> tuple[Tensor, Tensor]:
        """Return `y0` and `y` of some frames, (N, 3, H, W) each."""
        device = self._job.device
        pictures = torch.stack([self._scenes.pixels(index) for index in chosen]).to(device)
        around = [self._around(index) for index in chosen]
        mixed = self._mixes(around) @ self.codes
        if self._pixel:
            common = self._network.repaint(pictures, mixed)
            return common, (common + self.offsets[chosen]).clamp(0, 1)
        own = [parts @ self.offsets[frames.start : frames.stop] for frames, parts in around]
        codes = torch.cat((mixed, mixed + torch.stack(own)))
        both = self._network.repaint(torch.cat((pictures, pictures)), codes)
        common, made = both.chunk(2)
        return common, made

    def clip(self, index: int) -> Clip:
        """Return a frame as it is now."""
        content = self._job.content
        with torch.no_grad():
            _, made = self([index])
        return Clip((content.frames[index].with_pixels(made[0]),), content.origin)

    def state(self, step: int) -> dict[str, Any]:
        """Return all that is needed to continue."""
        return {"step": step, "models": self.state_dict(), "adam": self._adam.state_dict()}

    def load(self, state: Mapping[str, Any]) -> None:
        """Continue from `state()`."""
        self.load_state_dict(state["models"])
        self._adam.load_state_dict(state["adam"])

    def _around(self, index: int) -> tuple[range, Tensor]:
        """Return the frames of the scene that have a part in one, and their parts."""
        content = self._job.content
        deviation = self._params.spread * (content.fps or 0.0)
        first, last = self._scenes.around(index, reach(deviation))
        frames, parts = spread(index, first, last, deviation)
        return frames, parts.to(self._job.device)

    def _mixes(self, around: Sequence[tuple[range, Tensor]]) -> Tensor:
        """Return the styles' shares in some frames, (N, K), spread."""
        job = self._job
        mixes = []
        for frames, parts in around:
            shares = [
                [style.weight for style in job.styles] if job.mix is None else list(job.mix(index))
                for index in frames
            ]
            # What goes on beyond the clip's ends may leave [0, 1].
            mix = (parts @ torch.tensor(shares, device=job.device)).clamp(min=0)
            mixes.append(mix / mix.sum())
        return torch.stack(mixes)


def _rate(step: int, steps: int) -> float:
    """Return the factor on the step size: constant, then falling to a tenth over the last third."""
    left = (steps - step) / steps
    return min(1.0, 0.1 + 0.9 * 3 * left)


def _network(params: DualParams, job: Job) -> StyleNetwork:
    network = job.methods[params.network].style_network(job)
    if network is None:
        raise UsageError(f"dual.network: method '{params.network}' has no network of styles.")
    return network


def _objective(
    params: DualParams, job: Job, index: int
) -> Callable[[Tensor], Mapping[str, Tensor]]:
    found = job.methods[params.method].objective(job.frame(index))
    if found is None:
        raise UsageError(f"dual.method: method '{params.method}' minimises nothing.")
    return found
