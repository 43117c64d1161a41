"""Image files; every failure to read or write one is an `InputError` that names it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import torch
from PIL import Image, ImageOps, UnidentifiedImageError

from stylekit.errors import InputError, MemoryLimitError, StylekitError
from stylekit.images.color import Values, to_srgb
from stylekit.images.frames import Clip, Frame
from stylekit.text import did_you_mean
from stylekit_plugins.media import ANIMATIONS, JPEGS, WRITES, tiff, webp
from stylekit_plugins.media.animation import animation, repetitions
from stylekit_plugins.media.budget import check_frames, check_size, too_large
from stylekit_plugins.media.camera_raw import check_opened, check_raw
from stylekit_plugins.media.frame_durations import frame_durations
from stylekit_plugins.media.params import ImageParams
from stylekit_plugins.media.pillow import open_image, pillow_settings

_READABLE = "Use a PNG, JPEG, WebP, TIFF, BMP or GIF file."
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")


class ImageAdapter:
    """Reads and writes image files.

    Args:
        params: limits and qualities.
    """

    def __init__(self, params: ImageParams) -> None:
        self._params = params

    def read(self, source: str) -> Clip:
        """Return an image as a clip of one frame, or an animation (GIF, WebP, PNG, AVIF).

        Each frame is upright, in sRGB, with alpha where the file has any; see `Frame`.

        Raises:
            InputError: the file is missing, unreadable, empty, not an image, damaged, truncated,
                larger than `max_megapixels`, or holds values that cannot be shown.
            MemoryLimitError: it does not fit into the free memory.
        """
        _check_file(source)
        try:
            with _as_input_errors(source, self._params.max_megapixels):
                return self._decode(source)
        except StylekitError as error:
            raise type(error)(f"Cannot read {source}: {error.message}.", error.hint) from None

    def recognize(self, source: str) -> Literal["image", "clip"] | None:
        """Return the kind of content of a file, without decoding it; None: not a readable image."""
        try:
            if webp.canvas(_head(Path(source))) is None:
                with pillow_settings(self._limit), Path(source).open("rb") as file:
                    open_image(file).close()
            return "clip" if len(frame_durations(source)) > 1 else "image"
        except Exception:
            # Damaged files raise any type of exception in Pillow.
            return None

    def write(self, clip: Clip, path: str) -> None:
        """Write an image or an animation; the suffix selects the format.

        Values are rounded to 8 bits. Alpha is kept, except in JPEG, which gets a white background.
        The same clip gives the same bytes.

        Raises:
            InputError: the suffix is not one of `WRITES`, the format cannot hold several frames or
                an image of this size, or the file cannot be written.
        """
        suffix = Path(path).suffix.lower()
        if suffix not in WRITES:
            raise InputError(
                f"Cannot write {path}: '{suffix}' is not a format that can be written.",
                did_you_mean(suffix, WRITES),
            )
        if len(clip.frames) != 1 and suffix not in ANIMATIONS:
            raise InputError(
                f"Cannot write {path}: an image file holds one frame, not {len(clip.frames)}."
            )
        frame = clip.image
        if suffix in JPEGS:
            frame = _on_white(frame)
        file_format, options = self._encoding(suffix)
        try:
            if clip.is_video:
                from stylekit_plugins.media.animation_writing import write_animation

                write_animation(clip, path, file_format, options)
            else:
                frame.to_pil().save(path, file_format, **options)
        except (OSError, ValueError, OverflowError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            raise InputError(f"Cannot write {path}: {_as_phrase(reason)}.") from None

    def check(self, clip: Clip, path: str) -> Sequence[str]:
        """Accept every clip, without audio; return sentences about frames that are left out.

        Raises:
            MissingExtraError: the format needs packages that are not installed.
        """
        from stylekit_plugins.media.animation_writing import check_animation

        return check_animation(clip, path)

    @property
    def _limit(self) -> int:
        return int(self._params.max_megapixels * 1e6)

    def _encoding(self, suffix: str) -> tuple[str, dict[str, Any]]:
        params = self._params
        if suffix in (".png", ".apng"):
            return "PNG", {"compress_level": params.png_compression}
        if suffix == ".webp":
            # `exact` keeps the colors of transparent pixels.
            return "WEBP", {
                "lossless": params.webp_lossless,
                "quality": params.quality,
                "exact": True,
            }
        if suffix == ".gif":
            return "GIF", {}
        if suffix in (".tif", ".tiff"):
            return "TIFF", {"compression": "tiff_lzw"}
        return "JPEG", {"quality": params.quality, "subsampling": "4:4:4"}

    def _decode(self, source: str) -> Clip:
        with pillow_settings(self._limit):
            decoded = self._open(source)
        if isinstance(decoded, Clip):
            return decoded
        return Clip((Frame.from_array(decoded, source),), source)

    def _open(self, source: str) -> Values | Clip:
        """Decode an image, whose file is then closed, or open an animation."""
        megapixels, path = self._params.max_megapixels, Path(source)
        head = _head(path)
        if (size := webp.canvas(head)) is not None:
            check_size(*size, megapixels)
        check_raw(path, head)
        with path.open("rb") as file, contextlib.ExitStack() as opened:
            try:
                image = opened.enter_context(open_image(file))
            except UnidentifiedImageError:
                if not head.startswith(tiff.HEADS):
                    raise
                return tiff.read_tiff(path, megapixels)
            check_opened(image)
            width, height = image.size
            check_size(width, height, megapixels)
            frames = frame_durations(source)
            if len(frames) > 1:
                check_frames(len(frames), width, height, megapixels)
                return animation(source, frames, repetitions(image), self._limit)
            image.load()
            return to_srgb(_apply_exif_orientation(image))


@contextlib.contextmanager
def _as_input_errors(source: str, megapixels: float) -> Iterator[None]:
    """Turn every failure to read `source` into an error for users, without the name of the file.

    Raises:
        MemoryLimitError: there is too little memory.
        InputError: for every other failure.
    """
    try:
        yield
    except StylekitError:
        raise
    except UnidentifiedImageError:
        raise _unknown(Path(source)) from None
    except Image.DecompressionBombError:
        raise too_large("its size", megapixels) from None
    except MemoryError:
        raise MemoryLimitError(
            "there is not enough memory to decode it", "Make the image smaller first."
        ) from None
    except PermissionError as error:
        raise InputError(_as_phrase(error.strerror), "Check its permissions.") from None
    except Exception as error:
        # Damaged files raise any type of exception in Pillow: OSError, SyntaxError, struct.error,
        # IndexError, KeyError, ...
        raise InputError(
            f"it is damaged or incomplete ({_as_phrase(str(error)) or type(error).__name__})",
            "Download or copy it again, or open it in an image editor and save it again.",
        ) from None


def _apply_exif_orientation(image: Image.Image) -> Image.Image:
    """Rotate an image to its EXIF orientation; a broken EXIF block is ignored."""
    try:
        # In place, because a copy would double the memory.
        ImageOps.exif_transpose(image, in_place=True)
    except MemoryError:
        raise
    except Exception:
        pass
    return image


def _on_white(frame: Frame) -> Frame:
    if frame.alpha is None:
        return frame
    alpha = frame.alpha
    return Frame(torch.lerp(torch.ones_like(frame.pixels), frame.pixels, alpha), None, frame.origin)


def _check_file(source: str) -> None:
    """Refuse everything but a regular, non-empty file."""
    path = Path(source)
    try:
        size = path.stat().st_size
        regular = path.is_file()
    except FileNotFoundError:
        raise InputError(f"No such file: {source}", "Check the name and the folder.") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise InputError(f"Cannot read {source!r}: {_as_phrase(reason)}.") from None
    if path.is_dir():
        raise InputError(
            f"Cannot read {source}: it is a folder, not an image.", "Name an image in it."
        )
    if not regular:
        raise InputError(
            f"Cannot read {source}: it is not a regular file.", "Save the image to a file first."
        )
    if size == 0:
        raise InputError(
            f"Cannot read {source}: it is empty (0 bytes).", "Download or copy it again."
        )


def _unknown(path: Path) -> InputError:
    try:
        head = _head(path)
    except OSError:
        head = b""
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS:
        return InputError("HEIC images are not supported", "Convert it to JPEG or PNG first.")
    return InputError("it is not an image, is damaged, or has an unknown format", _READABLE)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(30)


def _as_phrase(text: object) -> str:
    """Turn a library's message into part of a sentence."""
    words = " ".join(str(text or "").split()).rstrip(".")
    return words[:1].lower() + words[1:]
