"""What a factory of each kind is called with, and what it must return.

`factory(params)` makes every component except two: a backbone is `factory(params, parameters)` with
its trained weights (None where its spec names no network), and a weights component is not told
about devices. `params` is an instance of the spec's parameter model.

Pictures inside the computation are tensors (1, 3, H, W), float32, RGB in [0, 1], sRGB. Features are
(1, C, h, w). Losses are scalar tensors that can be differentiated.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import torch
from torch import Tensor

from stylekit.events import FrameDone, Stage, Step
from stylekit.frames import Clip, Frame
from stylekit.specs import ComponentSpec, Slot

if TYPE_CHECKING:
    from stylekit.evaluation import Sets


@dataclass(frozen=True)
class Preprocessing:
    """How a network wants its input: `(channels(rgb) * scale - mean) / std`.

    Attributes:
        channels: `RGB` or `BGR`; mean and std are in this order.
        scale: 1 for input in [0, 1], 255 for 0-255.
    """

    channels: str = "RGB"
    scale: float = 1.0
    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)


@dataclass(frozen=True, eq=False)
class Parameters:
    """Trained parameters, decoded.

    Attributes:
        state: tensors by the names that the network's usual implementation gives them.
        preprocessing: what the network was trained on.
        activations: by layer, its mean activation over natural pictures; None: not measured.
        name: id of the weights component.
        sha256: of the file.
    """

    state: Mapping[str, Tensor]
    preprocessing: Preprocessing
    activations: Mapping[str, float] | None = None
    name: str = ""
    sha256: str = ""


class Weights(Protocol):
    """Decodes one weights file."""

    def decode(self, path: Path) -> Parameters:
        """Read the file, whose checksum is already verified.

        Raises:
            DamagedWeightsError: it does not hold what it should.
        """


@dataclass(frozen=True)
class Network:
    """A method as one network.

    Attributes:
        module: takes content pictures (1, 3, H, W) in [0, 1], float32, and returns results of the
            same shape and range.
        multiple: H and W must be multiples of it.
    """

    module: torch.nn.Module
    multiple: int = 1


class StyleNetwork(Protocol):
    """A network that repaints pictures in styles given as codes, and can be trained further.

    Attributes:
        module: holds its parameters, which a caller may change.
    """

    module: torch.nn.Module

    def code(self, style: Frame) -> Tensor:
        """Return the numbers that stand for a style, (D,)."""

    def repaint(self, pictures: Tensor, codes: Tensor) -> Tensor:
        """Return pictures (N, 3, H, W) in [0, 1], for pictures like them and codes (N, D).

        Mixed codes give mixed styles. It can be differentiated by all that goes in.
        """


class Backbone(Protocol):
    """A network whose features are compared."""

    def to(self, device: torch.device) -> Any:
        """Move to a device."""

    def features(self, image: Tensor, layers: Collection[str]) -> dict[str, Tensor]:
        """Return the features of `layers` for a picture (1, 3, H, W) in [0, 1].

        Features are scaled so that a layer's mean activation over natural pictures is about 1:
        then one weight means the same for every layer and network. No further layer than the last
        one asked for is computed. The picture is never changed, and neither is a returned tensor.
        They are float32.
        """

    def stride(self, layer: str) -> int:
        """Return how many pixels of the picture one position of `layer` stands for."""

    def reach(self, layers: Collection[str]) -> int:
        """Return how many pixels beyond its cell, `stride` wide, a feature can see, each way."""

    def bytes_per_pixel(self, layers: Collection[str]) -> float:
        """Return the memory that features and their gradient need for each pixel of the picture."""


@runtime_checkable
class NativeBackbone(Backbone, Protocol):
    """A backbone that also gives features one by one, in the format that it computes in."""

    def native_features(
        self, image: Tensor, layers: Collection[str]
    ) -> Iterator[tuple[str, Tensor]]:
        """Yield each layer and its features before the next one is computed; see `features`."""

    def native_bytes_per_pixel(self, layers: Collection[str]) -> float:
        """Return the memory that these need; see `bytes_per_pixel`."""


class LayerLoss(Protocol):
    """A loss on the features of one layer: `compare(measure(F), measure(F_target))`.

    What a style loss measures is blended linearly for several styles.

    Attributes:
        additive: what is measured (for content: the loss itself) is a mean over positions, so that
            a large picture can be done in tiles. May be left out if it is not so.
        any_precision: `measure` also takes features in the network's own number format (see
            `NativeBackbone`), which saves memory. May be left out; then they are float32.
    """

    additive: bool = False
    any_precision: bool = False

    def measure(self, features: Tensor) -> Tensor:
        """Return what is compared, for features (1, C, h, w)."""

    def compare(self, measured: Tensor, target: Tensor) -> Tensor:
        """Return the scalar loss."""


class ImageLoss(Protocol):
    """A loss of the picture alone."""

    def __call__(self, image: Tensor) -> Tensor:
        """Return the scalar loss of a picture (1, 3, H, W) in [0, 1]."""


class Minimisation(Protocol):
    """An optimisation under way."""

    def step(self, objective: Callable[[], Tensor]) -> Tensor:
        """Take one step and return the loss before it, detached.

        `objective` computes the loss of the picture as it is now. The picture is in [0, 1]
        whenever it is called.
        """

    def state_dict(self) -> dict[str, Any]:
        """Return all that is needed to continue bit-equal, apart from the picture itself."""

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from `state_dict()`."""


class Optimizer(Protocol):
    """Begins optimisations.

    Attributes:
        bytes_per_value: memory that the optimiser's state needs for each number of the picture.
    """

    bytes_per_value: float

    def start(self, image: Tensor, previous: Minimisation | None = None) -> Minimisation:
        """Begin to optimise `image`, a leaf tensor that is changed in place and stays in [0, 1].

        `previous` is the optimisation of the same picture at another size, whose state may serve.
        """


@dataclass(frozen=True, eq=False)
class Style:
    """One style of a run.

    Attributes:
        weight: its share; the shares of all styles add up to 1.
        when: for clips, the moment as the user wrote it (`4.5s`), or None.
    """

    frame: Frame
    weight: float = 1.0
    when: str | None = None


@dataclass(frozen=True, eq=False)
class Region:
    """An area of the result, and its styles.

    Attributes:
        mask: how much of the result shows, (H, W) in [0, 1], at the size of the result. The masks
            of all regions together nowhere add up to more than 1.
        styles: their weights add up to 1.
        weight: its share; the shares of all regions add up to 1.
    """

    mask: Tensor
    styles: tuple[Style, ...]
    weight: float = 1.0


@dataclass(frozen=True, eq=False)
class Anchor:
    """A picture that a result should stay near, for example the frame before, moved along.

    Attributes:
        picture: (3, H, W) in [0, 1], of the size of the result.
        weight: (H, W), not negative. Added to what is minimised is the mean over all values of
            `weight * (result - picture)^2`.
    """

    picture: Tensor
    weight: Tensor


@dataclass(frozen=True, eq=False)
class Beginning:
    """A picture to begin with, that is near the result already.

    Attributes:
        frame: of the size of the result.
        effort: the part of the usual work that is left, in (0, 1].
    """

    frame: Frame
    effort: float


@dataclass(frozen=True, eq=False)
class Job:
    """All that a method gets to work on.

    Attributes:
        content: at the size of the result.
        styles: at their own size.
        regions: the areas to paint; none: the whole picture. A method may leave them alone: the
            kernel gives every pixel outside them back, and blends at soft edges.
        components: by slot, made and ready on the device.
        memory: bytes that the job may use, at least what the method said that it needs.
        read_picture: reads any picture source, for example a file for the initial image.
        weights: loads the trained parameters of a network by its name.
        methods: other methods: those that `Method.helpers` named, and that of `MethodSpec.frames`.
        warn: tells the user a line that they should know.
        resume: the state of an earlier, unfinished run to continue from (see `Step.state`).
        mix: for a clip, the share of each style at a frame; None: as the styles say, throughout.
        regions_at: for a clip, the areas to paint at a frame.
        anchors: what the result should stay near; a method may leave it alone.
        beginning: what to begin with; a method may leave it alone.
        done: the frames of the result that are finished, as they are kept; grows with each
            `FrameDone`, and may not be empty to begin with, when a killed run is resumed.
    """

    content: Clip
    styles: tuple[Style, ...]
    components: Mapping[Slot, Any]
    device: torch.device
    seed: int
    memory: int
    read_picture: Callable[[str], Frame]
    weights: Callable[[str], Parameters]
    regions: tuple[Region, ...] = ()
    methods: Mapping[str, Method] = field(default_factory=dict)
    warn: Callable[[str], None] = lambda line: None
    resume: Mapping[str, Any] | None = None
    mix: Callable[[int], Sequence[float]] | None = None
    regions_at: Callable[[int], tuple[Region, ...]] = lambda index: ()
    anchors: tuple[Anchor, ...] = ()
    beginning: Beginning | None = None
    done: Sequence[Frame] = ()

    def running(self, name: str) -> Generator[Stage | Step | FrameDone, None, Clip | None]:
        """Do this job with another method; yield what it yields, return what it returns."""
        return self.methods[name].stylize(self)

    def transfer(self, name: str) -> Clip:
        """Make the picture with another method, at once."""
        events = replace(self, resume=None).running(name)
        while True:
            try:
                next(events)
            except StopIteration as stop:
                clip: Clip = stop.value
                return clip

    def styles_at(self, index: int) -> tuple[Style, ...]:
        """Return the styles of a frame of the clip, with their shares; none has a share of 0."""
        if self.mix is None:
            return self.styles
        shares = zip(self.styles, self.mix(index), strict=True)
        return tuple(replace(style, weight=share) for style, share in shares if share > 0)

    def frame(self, index: int) -> Job:
        """Return the job of one frame of the clip, as if it were a picture."""
        return replace(
            self,
            content=Clip((self.content.frames[index],), self.content.origin),
            styles=self.styles_at(index),
            regions=self.regions_at(index),
            resume=None,
            mix=None,
            done=(),
        )


class Method(Protocol):
    """A way of transferring style.

    Derive from it, and only `stylize` must be written. One object makes all pictures of a run, one
    after the other.
    """

    def helpers(self) -> Collection[str]:
        """Return the names of other methods that this one runs with `Job.transfer`."""
        return ()

    def check(self, specs: Mapping[Slot, ComponentSpec]) -> None:
        """Refuse impossible combinations before anything heavy is loaded.

        Raises:
            UsageError: for example for a layer that the backbone does not have.
        """
        return None

    def bytes_needed(self, components: Mapping[Slot, Any], width: int, height: int) -> float:
        """Return the memory that a result of this size takes at most, in bytes; 0: hardly any."""
        return 0.0

    def stylize(self, job: Job) -> Generator[Stage | Step | FrameDone, None, Clip | None]:
        """Do the work: yield each stage and step as it comes, return the result.

        A method whose spec says `clips` is also given clips. Of these it yields each frame that is
        not in `Job.done`, in order, and what it returns is not looked at.

        Raises:
            InputError: a picture that the method cannot use.
        """

    def assess(self, job: Job, result: Clip) -> dict[str, float]:
        """Return the losses of a finished result, `total` among them; empty if there are none."""
        return {}

    def objective(self, job: Job) -> Callable[[Tensor], Mapping[str, Tensor]] | None:
        """Return what the method minimises, for other methods to use; None: nothing.

        It takes a picture (1, 3, H, W) in [0, 1] of the content's size and returns losses that can
        be differentiated, `total` among them.
        """
        return None

    def style_network(self, job: Job) -> StyleNetwork | None:
        """Return the method's network, for other methods to train further; None: it has none."""
        return None

    def as_network(self, weights: Callable[[str], Parameters]) -> Network | None:
        """Return the whole method as one network, for `stylekit export`; None: it is not one.

        Args:
            weights: loads the weights of a network, by its name.
        """
        return None


class Media(Protocol):
    """Reads and writes pictures or clips."""

    def read(self, source: str) -> Clip:
        """Return the clip of a source; the scheme prefix is already removed.

        Raises:
            InputError: it is missing, damaged, too large or of another kind.
        """

    def write(self, clip: Clip, path: str) -> None:
        """Write a clip to a file that is renamed to its final name afterwards.

        Raises:
            InputError: it cannot be written.
        """


class ClipMedia(Media, Protocol):
    """Reads and writes clips: what a media spec with `clips` makes."""

    def check(self, clip: Clip, path: str) -> None:
        """Refuse early what `write` would refuse of a clip made of this one.

        Raises:
            InputError: for example because the file cannot hold the clip's sound.
        """


class SourceList(Protocol):
    """Stands for several sources: what a media spec with `folders` makes instead of `Media`."""

    def expand(self, source: str) -> list[str]:
        """Return the sources that a source stands for, in order; the scheme is already removed.

        Raises:
            InputError: it is missing or empty.
        """


class RegionSource(Protocol):
    """Finds an area of a picture."""

    def mask(self, source: str, picture: Frame, read: Callable[[str], Frame]) -> Tensor:
        """Return the area, (H, W) in [0, 1] for a picture of that size; 1 is inside.

        Args:
            source: what the user wrote, without scheme and without `feather=` and its like.
            read: reads any picture source.

        Raises:
            UsageError: the source cannot be understood.
            InputError: it does not fit the picture.
        """


class Blend(Protocol):
    """Puts a result into a region."""

    def blended(self, content: Tensor, result: Tensor, mask: Tensor) -> Tensor:
        """Return (3, H, W) in [0, 1] for two pictures like it and a mask (H, W) in [0, 1].

        Where the mask is 0, the kernel gives the content back whatever is returned there.
        """


class Evaluator(Protocol):
    """Measures results: one by one, or, if its spec says so, all of them together."""

    def evaluate(self, result: Clip, content: Clip, styles: tuple[Style, ...]) -> float:
        """Return the figure of one result (scope `pair`)."""
        raise NotImplementedError

    def evaluate_sets(self, sets: Sets) -> float:
        """Return the figure of many results (scope `set`)."""
        raise NotImplementedError
