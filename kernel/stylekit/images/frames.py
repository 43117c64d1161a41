"""Frames and clips: images and videos, as media adapters read and write them."""

from __future__ import annotations

import io
from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, overload

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor
from torch.nn import functional as F

from stylekit.errors import InputError
from stylekit.images.color import to_srgb

_HIDDEN = 1 / 510
"""Opacity up to which a pixel is invisible: it is saved as 0 of 255."""


@dataclass(frozen=True, eq=False)
class Frame:
    """One image.

    Attributes:
        pixels: float32 RGB in [0, 1], shape (3, H, W), sRGB, upright.
        alpha: opacity in [0, 1], shape (H, W), or None if the image has none.
        origin: the source that the image was read from, for messages and file names.
        time: timestamp in its video, in seconds.
    """

    pixels: Tensor
    alpha: Tensor | None = None
    origin: str = ""
    time: float = 0.0

    @property
    def width(self) -> int:
        """Width in pixels."""
        return int(self.pixels.shape[-1])

    @property
    def height(self) -> int:
        """Height in pixels."""
        return int(self.pixels.shape[-2])

    def resized(self, width: int, height: int) -> Frame:
        """Resize the frame: antialiased bicubic, clamped to [0, 1].

        Hidden colors of transparent pixels do not bleed into visible ones.
        """
        if (width, height) == (self.width, self.height):
            return self
        pixels = resize(self.pixels[None], width, height)[0].clamp(0, 1)
        if self.alpha is None:
            return replace(self, pixels=pixels)
        alpha = resize(self.alpha[None, None], width, height)[0, 0]
        if self.alpha.min() < 1:
            # Colors weighted by how opaque they are (premultiplied; Porter and Duff, 1984).
            weighted = resize((self.pixels * self.alpha)[None], width, height)[0]
            visible = alpha > _HIDDEN
            pixels = torch.where(visible, weighted / alpha.clamp(min=_HIDDEN), pixels).clamp(0, 1)
        return replace(self, pixels=pixels, alpha=alpha.clamp(0, 1))

    def with_pixels(self, pixels: Tensor) -> Frame:
        """Return a frame with new pixels, (3, H, W) or (1, 3, H, W), and all else the same."""
        pixels = pixels.detach().reshape(pixels.shape[-3:]).to("cpu", torch.float32)
        return replace(self, pixels=pixels.contiguous())

    def to_array(self) -> np.ndarray[Any, np.dtype[np.uint8]]:
        """Return 8-bit values, shape (H, W, 3), or (H, W, 4) with alpha; rounded to nearest."""
        planes = [*self.pixels, *(() if self.alpha is None else (self.alpha,))]
        array = np.empty((self.height, self.width, len(planes)), np.uint8)
        # Plane by plane, to keep a large image in memory only once.
        for channel, plane in enumerate(planes):
            scaled = plane.detach().cpu().clamp(0, 1).mul_(255).round_()
            array[..., channel] = scaled.to(torch.uint8).numpy()
        return array

    def to_pil(self) -> Image.Image:
        """Return a Pillow image, RGB or RGBA."""
        return Image.fromarray(self.to_array())

    def __repr__(self) -> str:
        return f"Frame({self.width} x {self.height}, {self.origin!r})"

    def _repr_png_(self) -> bytes:
        """Show the image in a notebook."""
        file = io.BytesIO()
        self.to_pil().save(file, "PNG")
        return file.getvalue()

    @classmethod
    def from_array(cls, array: np.ndarray[Any, Any], origin: str = "") -> Frame:
        """Make a frame of (H, W), (H, W, 3) or (H, W, 4) values: uint8, uint16 or float in [0, 1].

        Raises:
            InputError: another shape or type, or values that are not finite.
        """
        if array.ndim == 2:
            array = np.broadcast_to(array[:, :, None], (*array.shape, 3))
        if array.ndim != 3 or array.shape[2] not in (3, 4) or 0 in array.shape:
            raise InputError(
                f"An array of shape {array.shape} is not an image.",
                "Pass (H, W), (H, W, 3) or (H, W, 4).",
            )
        if array.dtype == np.uint8 or array.dtype == np.uint16:
            largest = np.float32(np.iinfo(array.dtype).max)
        elif np.issubdtype(array.dtype, np.floating):
            largest = np.float32(1)
        else:
            raise InputError(f"Images of type {array.dtype} are not supported.", "Pass uint8.")
        values = np.empty((array.shape[2], *array.shape[:2]), np.float32)
        # Plane by plane, to keep a large image in memory only once.
        for channel, plane in enumerate(values):
            plane[...] = array[..., channel]
            plane /= largest
            # NaN fails both comparisons.
            if not (plane.min() >= 0 and plane.max() <= 1):
                raise InputError("A float image must have finite values in [0, 1].")
        planes = torch.from_numpy(values)
        return cls(planes[:3], planes[3] if len(planes) == 4 else None, origin)


@dataclass(frozen=True, eq=False)
class Clip:
    """Frames in order: a video, or an image as a clip of one frame.

    Attributes:
        frames: frames of one size. Those of a long video are loaded on access, fastest in order.
        fps: frames a second, on average; None for an image.
        times: the timestamp of each frame in seconds, increasing; empty for an image.
        passthrough: data that the adapter that read the clip needs to write one made of it, such
            as the audio track; nothing else reads it.
        notes: messages for the user, for example that a file is truncated.
    """

    frames: Sequence[Frame]
    origin: str = ""
    fps: float | None = None
    times: Sequence[float] = ()
    passthrough: Any = None
    notes: Sequence[str] = ()

    @property
    def is_video(self) -> bool:
        """Whether the clip is a video and not an image."""
        return self.fps is not None

    @property
    def image(self) -> Frame:
        """The first frame, which is the only one of an image."""
        return self.frames[0]

    def __iter__(self) -> Iterator[Frame]:
        return iter(self.frames)


class LazyFrames(Sequence[Frame]):
    """Frames that are loaded on access; two stay loaded, the latest and the nearest to it.

    So a method that compares each frame with the one before reads a video once, in order. Derive
    from it and implement `__len__` and `load`.
    """

    _keeps_latest = True
    _loaded: tuple[tuple[int, Frame], ...] = ()

    @abstractmethod
    def load(self, index: int) -> Frame:
        """Return a frame, counted from 0."""

    @overload
    def __getitem__(self, index: int) -> Frame: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Frame]: ...

    def __getitem__(self, index: int | slice) -> Frame | Sequence[Frame]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        index %= len(self)
        for number, frame in self._loaded:
            if number == index:
                return frame
        # Before loading, so that two frames are in memory at most, and not three.
        self._loaded = tuple(sorted(self._loaded, key=lambda each: abs(each[0] - index))[:1])
        frame = self.load(index)
        if self._keeps_latest:
            self._loaded = ((index, frame), *self._loaded)
        return frame


class MappedFrames(LazyFrames):
    """As many frames, made by a function of their index.

    Args:
        keep_latest: keep two frames loaded; without it, each look makes the frame anew.
    """

    def __init__(
        self, count: int, function: Callable[[int], Frame], keep_latest: bool = True
    ) -> None:
        self._count = count
        self._function = function
        self._keeps_latest = keep_latest

    def __len__(self) -> int:
        return self._count

    def load(self, index: int) -> Frame:
        """Call the function for the frame."""
        return self._function(index)


def resize(image: Tensor, width: int, height: int) -> Tensor:
    """Resize (N, C, H, W) with antialiased bicubic interpolation; values may overshoot a little.

    Images on an Apple GPU are resized on the CPU, as not every torch can do it there.
    """
    if image.shape[-2:] == (height, width):
        return image
    source = image.cpu() if image.device.type == "mps" else image
    return F.interpolate(
        source, size=(height, width), mode="bicubic", align_corners=False, antialias=True
    ).to(image.device)


def fit(width: int, height: int, long_side: int) -> tuple[int, int]:
    """Return (width, height) of the same shape with the given long side, each at least 1 px."""
    scale = long_side / max(width, height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def as_frame(value: object, origin: str = "memory") -> Frame:
    """Convert an image of a Python caller to a frame: Frame, Pillow image, array or tensor.

    Tensors are (3, H, W) or (1, 3, H, W) in [0, 1]; arrays see `Frame.from_array`.

    Raises:
        InputError: it is none of these, or has a wrong shape or range.
    """
    if isinstance(value, Frame):
        return value
    if isinstance(value, Image.Image):
        return _of_pillow(value, origin)
    if isinstance(value, Tensor):
        planes = value.detach().cpu()
        if planes.ndim == 4 and planes.shape[0] == 1:
            planes = planes[0]
        if planes.ndim != 3 or planes.shape[0] not in (3, 4):
            raise InputError(
                f"A tensor of shape {tuple(value.shape)} is not an image.", "Pass (3, H, W)."
            )
        return Frame.from_array(planes.permute(1, 2, 0).numpy(), origin)
    if isinstance(value, np.ndarray):
        return Frame.from_array(value, origin)
    raise InputError(
        f"A {type(value).__name__} is not an image.",
        "Pass a path, Frame, Pillow image, NumPy array or tensor.",
    )


def _of_pillow(image: Image.Image, origin: str) -> Frame:
    """Convert a Pillow image to a frame exactly like its file: upright and in sRGB."""
    try:
        upright = ImageOps.exif_transpose(image)
    except (OSError, ValueError, SyntaxError, TypeError, KeyError):
        # A broken EXIF block has no orientation.
        upright = image
    try:
        return Frame.from_array(to_srgb(upright), origin)
    except InputError as error:
        raise InputError(f"Cannot use the image {origin}: {error.message}.", error.hint) from None
