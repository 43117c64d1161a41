"""The base class of methods, and the job that a method gets.

A method's factory is called with its parameters, as every component's is (`stylekit.protocols`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Protocol

import torch
from torch import Tensor

from stylekit.events import FrameDone, Stage, Step
from stylekit.images.frames import Clip, Frame
from stylekit.protocols import LoadedWeights
from stylekit.specs import ComponentSpec


@dataclass(frozen=True, eq=False)
class Style:
    """One style of a run.

    Attributes:
        weight: its weight; the weights of all styles add up to 1.
        at: for videos, the timestamp as the user wrote it (`4.5s`), or None.
        size: long side in pixels at which a method should look at it, at most its own; None: the
            method decides.
        weights: of the trained network that the style is (`Method.network_of_styles`), the same
            object each time, and the frame is a gray pixel with the file's name; None: an image.
    """

    frame: Frame
    weight: float = 1.0
    at: str | None = None
    size: int | None = None
    weights: LoadedWeights | None = None


@dataclass(frozen=True, eq=False)
class Region:
    """A region of the result, and its styles.

    Attributes:
        mask: how much of the result shows, (H, W) in [0, 1], at the size of the result. The masks
            of all regions together nowhere add up to more than 1.
        styles: their weights add up to 1.
        weight: its weight; the weights of all regions add up to 1.
    """

    mask: Tensor
    styles: tuple[Style, ...]
    weight: float = 1.0


@dataclass(frozen=True, eq=False)
class TemporalTarget:
    """An image that the result should stay near, for example the warped previous frame.

    Attributes:
        image: (3, H, W) in [0, 1], of the size of the result.
        weight: (H, W), not negative. Added to what is minimized is the mean over all values of
            `weight * (result - image)^2`.
    """

    image: Tensor
    weight: Tensor


@dataclass(frozen=True, eq=False)
class WarmStart:
    """An image to start from that is close to the result.

    Attributes:
        image: of the size of the result.
        step_fraction: fraction of the usual steps to do, in (0, 1].
    """

    image: Frame
    step_fraction: float


@dataclass(frozen=True)
class Network:
    """A method as one network.

    Attributes:
        module: takes content images (1, 3, H, W) in [0, 1], float32, and returns results of the
            same shape and range.
        multiple: H and W must be multiples of it.
        published: its parameters as the program names them that first published the network, for
            `.pth` files; None: there is no such form.
    """

    module: torch.nn.Module
    multiple: int = 1
    published: Mapping[str, Tensor] | None = None


@dataclass(frozen=True)
class Work:
    """How much there is to compute for a result, for estimates of its time.

    Attributes:
        steps: of all stages.
        pixels: those of all steps together: of a stage, its steps times the pixels of its image.
    """

    steps: int
    pixels: float


class StyleNetwork(Protocol):
    """A network that stylizes images by style embeddings, and can be trained further.

    Attributes:
        module: holds its parameters, which a caller may change.
    """

    module: torch.nn.Module

    def embed(self, style: Frame) -> Tensor:
        """Return the embedding of a style, (D,)."""

    def stylize(self, images: Tensor, embeddings: Tensor) -> Tensor:
        """Return images (N, 3, H, W) in [0, 1], for images like them and embeddings (N, D).

        Interpolated embeddings give interpolated styles. The result is differentiable.
        """


@dataclass(frozen=True, eq=False)
class Job:
    """The inputs of a method.

    Attributes:
        content: at the size of the result.
        styles: at their own size.
        regions: the regions to paint; none: the whole image. A method may leave them alone: the
            kernel gives every pixel outside them back, and blends at soft edges.
        components: the component in each slot, on the device.
        specs: the spec of each of them, for example with the layers of a backbone.
        memory: bytes that the job may use, at least what the method said that it needs.
        read_image: reads any image source, for example a file for the initial image.
        weights: loads the trained parameters of a network by its name.
        methods: other methods by name: those that `Method.required_methods` lists and the one of
            `MethodSpec.frame_method`.
        resume: the state of an earlier, unfinished run to continue from (see `Step.state`).
        style_weights_at: for a video, the weight of each style at a frame; None: the weights of
            `styles`, throughout.
        regions_at: for a video, the regions to paint at a frame.
        temporal_targets: images that the result should stay near; a method may ignore them.
        warm_start: image to start from; a method may ignore it.
        finished_frames: the frames of the result that are finished, as they are saved; grows with
            each `FrameDone`, and holds earlier frames at the start when a killed run is resumed.
        style_factor: multiplies the weight of style in an objective; a method may ignore it.
    """

    content: Clip
    styles: tuple[Style, ...]
    components: Mapping[str, Any]
    device: torch.device
    seed: int
    memory: int
    read_image: Callable[[str], Frame]
    weights: Callable[[str], LoadedWeights]
    specs: Mapping[str, ComponentSpec] = field(default_factory=dict)
    regions: tuple[Region, ...] = ()
    methods: Mapping[str, Method] = field(default_factory=dict)
    resume: Mapping[str, Any] | None = None
    style_weights_at: Callable[[int], Sequence[float]] | None = None
    regions_at: Callable[[int], tuple[Region, ...]] = lambda index: ()
    temporal_targets: tuple[TemporalTarget, ...] = ()
    warm_start: WarmStart | None = None
    finished_frames: Sequence[Frame] = ()
    style_factor: float = 1.0

    def run_method(self, name: str) -> Generator[Stage | Step | FrameDone, None, Clip | None]:
        """Run another method on this job: yield its events and return its result."""
        return self.methods[name].stylize(self)

    def run_to_end(self, name: str) -> Clip:
        """Run another method to its end and return its result."""
        events = replace(self, resume=None).run_method(name)
        while True:
            try:
                next(events)
            except StopIteration as stop:
                clip: Clip = stop.value
                return clip

    def styles_at(self, index: int) -> tuple[Style, ...]:
        """Return the styles of a frame of the video, without those of weight 0."""
        if self.style_weights_at is None:
            return self.styles
        shares = zip(self.styles, self.style_weights_at(index), strict=True)
        return tuple(replace(style, weight=share) for style, share in shares if share > 0)

    def for_frame(self, index: int) -> Job:
        """Return the job of one frame of the video, as if it were an image."""
        return replace(
            self,
            content=Clip((self.content.frames[index],), self.content.origin),
            styles=self.styles_at(index),
            regions=self.regions_at(index),
            resume=None,
            style_weights_at=None,
            finished_frames=(),
        )


class Method(ABC):
    """Base class of every method: derive from it and write `stylize`.

    One object makes all results of a run, one after the other.

    Attributes:
        network_of_styles: the network that each style is trained parameters of, in a user's file,
            if the method paints with trained networks and not in the style of images: `--style
            night.safetensors*0.5`. The parameters are in `Style.weights`; without styles, those of
            `--weights` are in `Job.weights`.
    """

    network_of_styles: ClassVar[str] = ""

    def required_methods(self) -> Collection[str]:
        """Return the names of other methods that this one runs with `Job.run_to_end`."""
        return ()

    def check(self, specs: Mapping[str, ComponentSpec]) -> None:
        """Check the combination of components before anything heavy is loaded.

        Raises:
            UsageError: for example for a layer that the backbone does not have.
        """
        return None

    def bytes_needed(self, components: Mapping[str, Any], width: int, height: int) -> float:
        """Return the memory that a result of this size takes at most, in bytes; 0: hardly any."""
        return 0.0

    def work(
        self, width: int, height: int, frames: int, methods: Mapping[str, Method]
    ) -> Work | None:
        """Return the work for a result of this size; None: it is learned from the first run.

        Args:
            frames: of a video, for a method whose spec says `clips`; otherwise 1.
            methods: as in `Job.methods`.
        """
        return None

    @abstractmethod
    def stylize(self, job: Job) -> Generator[Stage | Step | FrameDone, None, Clip | None]:
        """Yield each stage and step as it happens, and return the result.

        A method whose spec says `clips` is also given clips. Of these it yields each frame that is
        not in `Job.finished_frames`, in order, and what it returns is not looked at.

        Raises:
            InputError: an image that the method cannot use.
        """

    def assess(self, job: Job, result: Clip) -> dict[str, float]:
        """Return the losses of a finished result, `total` among them; empty if there are none."""
        return {}

    def objective(self, job: Job) -> Callable[[Tensor], Mapping[str, Tensor]] | None:
        """Return the method's objective, for other methods to use; None: it has none.

        It takes an image (1, 3, H, W) in [0, 1] of the content's size and returns losses that can
        be differentiated, `total` among them.
        """
        return None

    def style_network(self, job: Job) -> StyleNetwork | None:
        """Return the method's network, for other methods to train further; None: it has none."""
        return None

    def as_network(
        self, weights: Callable[[str], LoadedWeights], styles: Sequence[Style] = ()
    ) -> Network | None:
        """Return the whole method as one network, for `stylekit export`; None: it is not one.

        Args:
            weights: loads the weights of a network, by its name.
            styles: as in `Job.styles`; the network paints in them alone.
        """
        return None
