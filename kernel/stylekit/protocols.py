"""Protocols: the arguments of each kind's factory, and the object that it returns.

`factory(params)` makes every component except a backbone, which `factory(params, weights)` makes
with its trained weights (None where its spec names no network). `params` is an instance of the
spec's parameter model.

Images inside the computation are tensors (1, 3, H, W), float32, RGB in [0, 1], sRGB. Features are
(1, C, h, w). Losses are scalar tensors that can be differentiated.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable

import torch
from torch import Tensor

from stylekit.images.frames import Clip, Frame


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

    def apply(self, images: Tensor) -> Tensor:
        """Return images (N, 3, H, W), RGB in [0, 1], as the network wants them."""
        mean, std = (images.new_tensor(each).view(1, 3, 1, 1) for each in (self.mean, self.std))
        values = images.flip(1) if self.channels == "BGR" else images
        return (values * self.scale - mean) / std


@dataclass(frozen=True, eq=False)
class LoadedWeights:
    """Trained parameters, decoded.

    Attributes:
        state: tensors by the names that the network's usual implementation gives them.
        preprocessing: what the network was trained on.
        activations: by layer, its mean activation over natural images; None: not measured.
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

    def decode(self, path: Path) -> LoadedWeights:
        """Read the file, whose checksum is already verified.

        Raises:
            DamagedWeightsError: it does not hold what it should.
        """


class Backbone(Protocol):
    """A network whose features are compared."""

    def to(self, device: torch.device) -> Any:
        """Move to a device."""

    def features(self, image: Tensor, layers: Collection[str]) -> dict[str, Tensor]:
        """Return the features of `layers` for an image (1, 3, H, W) in [0, 1].

        Features are scaled so that a layer's mean activation over natural images is about 1:
        then one weight means the same for every layer and network. Layers beyond the last requested
        one are not computed. Neither the image nor a returned tensor is ever changed. Features are
        float32.
        """

    def stride(self, layer: str) -> int:
        """Return how many pixels of the image one position of `layer` stands for."""

    def reach(self, layers: Collection[str]) -> int:
        """Return how many pixels beyond its cell, `stride` wide, a feature can see, each way."""

    def bytes_per_pixel(self, layers: Collection[str]) -> float:
        """Return the memory that features and their gradient need for each pixel of the image."""


@runtime_checkable
class LowPrecisionBackbone(Backbone, Protocol):
    """A backbone that also gives features one by one, in the format that it computes in."""

    def native_features(
        self, image: Tensor, layers: Collection[str]
    ) -> Iterator[tuple[str, Tensor]]:
        """Yield each layer and its features before the next one is computed; see `features`."""

    def native_bytes_per_pixel(self, layers: Collection[str]) -> float:
        """Return the memory that these need; see `bytes_per_pixel`."""


class LayerLoss(Protocol):
    """A loss on the features of one layer: `compare(measure(F), measure(F_target))`.

    What a style loss measures is blended linearly for several styles, unless the loss is a
    `BlendingLoss`.

    Attributes:
        additive: what is measured (for content: the loss itself) is a mean over positions, so that
            a large image can be done in tiles. May be left out if it is not so.
        accepts_low_precision: `measure` also takes features in the network's own number format (see
            `LowPrecisionBackbone`), which saves memory. May be left out; then they are float32.
    """

    additive: bool = False
    accepts_low_precision: bool = False

    def measure(self, features: Tensor) -> Tensor:
        """Return the statistics to compare, for features (1, C, h, w)."""

    def compare(self, measured: Tensor, target: Tensor) -> Tensor:
        """Return the scalar loss."""


@runtime_checkable
class BlendingLoss(Protocol):
    """A layer loss that blends styles itself: what it measures cannot be added up.

    For example feature vectors, of which images of different sizes have different numbers.
    """

    def blend(self, measured: Sequence[tuple[Tensor, float]]) -> Tensor:
        """Return the target that stands for styles: what was measured of each, and its share.

        The shares add up to 1. It is called for a single style, too.
        """


class ImageLoss(Protocol):
    """A loss of the image alone."""

    def __call__(self, image: Tensor) -> Tensor:
        """Return the scalar loss of an image (1, 3, H, W) in [0, 1]."""


class OptimizationRun(Protocol):
    """An optimization in progress."""

    def step(self, objective: Callable[[], Tensor]) -> Tensor:
        """Take one step and return the loss before it, detached.

        `objective` computes the loss of the image as it is now. The image is in [0, 1]
        whenever it is called.
        """

    def state_dict(self) -> dict[str, Any]:
        """Return all that is needed to continue bit-equal, apart from the image itself."""

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from `state_dict()`."""


class Optimizer(Protocol):
    """Starts optimizations.

    Attributes:
        bytes_per_value: memory that the optimizer's state needs for each number of the image.
    """

    bytes_per_value: float

    def begin(self, image: Tensor, previous: OptimizationRun | None = None) -> OptimizationRun:
        """Begin to optimize `image`, a leaf tensor that is changed in place and stays in [0, 1].

        `previous` is the optimization of the same image at another size, whose state may serve.
        """


class Media(Protocol):
    """Reads and writes images or clips."""

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


@runtime_checkable
class RecognizingMedia(Media, Protocol):
    """Media that recognizes its files by content: a media spec with `detects_content` makes it."""

    def recognize(self, source: str) -> Literal["image", "clip"] | None:
        """Return the kind of a file's content, or None if this adapter does not read it.

        It is asked of every file with one of the adapter's suffixes or an unknown one, so it looks
        at the beginning of the file alone, decodes nothing, and raises nothing.
        """


@runtime_checkable
class AssembledMedia(Media, Protocol):
    """Media that puts clips together from images that other adapters read."""

    def assemble(self, source: str, read: Callable[[str], Frame]) -> Clip:
        """Return the clip of a source; called instead of `read`.

        Args:
            read: reads any image source, within the limits that the user has set for it.

        Raises:
            InputError: see `read`.
        """


class ClipMedia(Media, Protocol):
    """Reads and writes clips: what a media spec with `clips` makes.

    An adapter that reads the files of a folder as one clip lists them with `expand`, as in
    `SourceList`. Without that, any change in the folder makes another input of it for `--resume`.
    """

    def check(self, clip: Clip, path: str) -> Sequence[str] | None:
        """Refuse early what `write` would refuse of a clip made of this one.

        It may return sentences about what the file will lack, for example a track of sound, which
        the user reads before any work is done.

        Raises:
            InputError: for example because the file cannot hold the clip.
        """


class SourceList(Protocol):
    """Lists the sources of a folder; a media spec with `expands_folders` makes it."""

    def expand(self, source: str) -> list[str]:
        """Return the sources that a source stands for, in order; the scheme is already removed.

        Raises:
            InputError: it is missing or empty.
        """


class RegionSource(Protocol):
    """Selects a region of an image."""

    def mask(self, source: str, image: Frame, read: Callable[[str], Frame]) -> Tensor:
        """Return the region, (H, W) in [0, 1] for an image of that size; 1 is inside.

        Args:
            source: what the user wrote, without scheme and without `feather=` and its like.
            read: reads any image source.

        Raises:
            UsageError: the source cannot be understood.
            InputError: it does not fit the image.
        """


@runtime_checkable
class AnnotatedRegionSource(Protocol):
    """A region source that interprets its input in a way that the user should know.

    Attributes:
        notes: one sentence per interpretation; each is logged once.
    """

    notes: list[str]


@runtime_checkable
class DerivedRegionSource(Protocol):
    """Derives a region from another region; `mask_from` is called instead of `mask`."""

    def mask_from(
        self,
        source: str,
        frames: Sequence[Frame],
        index: int,
        other: Callable[[str, Frame], Tensor],
    ) -> Tensor:
        """Return the region in a frame of a clip; see `RegionSource.mask`.

        Args:
            frames: of the clip, or the single image.
            index: of the frame; frames are usually, but not always, requested in order.
            other: returns the mask of any region source in a frame.
        """


class Blend(Protocol):
    """Puts a result into a region."""

    def blend(self, content: Tensor, result: Tensor, mask: Tensor) -> Tensor:
        """Return (3, H, W) in [0, 1] for two images like it and a mask (H, W) in [0, 1].

        Where the mask is 0, the kernel gives the content back whatever is returned there.
        """
