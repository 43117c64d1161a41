"""Image files: every failure to read one is an `InputError` that names it."""

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
from stylekit_plugins.media import ANIMATIONS, JPEGS, WRITES, tiff
from stylekit_plugins.media.animation import animation, repetitions
from stylekit_plugins.media.budget import check_frames, check_size, too_large
from stylekit_plugins.media.durations import durations
from stylekit_plugins.media.params import ImageParams
from stylekit_plugins.media.pillow import open_image, pillow_settings
from stylekit_plugins.media.raw import check_opened, check_raw
from stylekit_plugins.media.webp import canvas

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
        """Return the picture of a file as a clip of one frame, or an animation.

        GIF, WebP, PNG and AVIF files may be animations.
        Each frame is upright, in sRGB, with alpha where the file has any; see `Frame`.

        Raises:
            InputError: it is missing, unreadable, empty, no picture, damaged, truncated, larger
                than `max_megapixels`, or holds values that cannot be shown.
            MemoryLimitError: it does not fit into the memory that is free.
        """
        _check_file(source)
        try:
            with _told(source, self._params.max_megapixels):
                return self._decode(source)
        except StylekitError as error:
            raise type(error)(f"Cannot read {source}: {error.message}.", error.hint) from None

    def recognize(self, source: str) -> Literal["image", "clip"] | None:
        """Tell what a file holds without decoding it; None: no image that can be read."""
        try:
            if canvas(source) is None:
                with pillow_settings(self._limit), Path(source).open("rb") as file:
                    open_image(file).close()
            return "clip" if len(durations(source)) > 1 else "image"
        except Exception:
            # Pillow raises whatever the damage leads to.
            return None

    def write(self, clip: Clip, path: str) -> None:
        """Write the picture of a clip; the suffix decides the format.

        Values are rounded to 8 bits. Alpha is kept, except in JPEG, which gets white behind it.
        The same clip gives the same bytes.

        Raises:
            InputError: the suffix is not one of `WRITES`, the clip has several frames, the format
                cannot hold the picture, or the file cannot be written.
        """
        suffix = Path(path).suffix.lower()
        if suffix not in WRITES:
            raise InputError(
                f"Cannot write {path}: '{suffix}' files are not written.",
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
                # It imports FFmpeg, which takes its time.
                from stylekit_plugins.media.animation_writing import write_animation

                write_animation(clip, path, file_format, options)
            else:
                frame.to_pil().save(path, file_format, **options)
        except (OSError, ValueError, OverflowError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            raise InputError(f"Cannot write {path}: {_sentence(reason)}.") from None

    def check(self, clip: Clip, path: str) -> Sequence[str]:
        """Accept every clip, without its sound, and say which frames are left out."""
        from stylekit_plugins.media.animation_writing import check_animation

        return check_animation(clip)

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
            found = self._unpacked(source)
        return (
            found if isinstance(found, Clip) else Clip((Frame.from_array(found, source),), source)
        )

    def _unpacked(self, source: str) -> Values | Clip:
        """Unpack an image, whose file is closed and forgotten, or open an animation."""
        megapixels, path = self._params.max_megapixels, Path(source)
        if (size := canvas(source)) is not None:
            check_size(*size, megapixels)
        head = _head(path)
        check_raw(path, head)
        with path.open("rb") as file, contextlib.ExitStack() as opened:
            try:
                image = opened.enter_context(open_image(file))
            except UnidentifiedImageError:
                if not head.startswith(tiff.HEADS):
                    raise
                return tiff.values_of(path, megapixels)
            check_opened(image)
            width, height = image.size
            check_size(width, height, megapixels)
            frames = durations(source)
            if len(frames) > 1:
                check_frames(len(frames), width, height, megapixels)
                return animation(source, frames, repetitions(image), self._limit)
            image.load()
            return to_srgb(_upright(image))


@contextlib.contextmanager
def _told(source: str, megapixels: float) -> Iterator[None]:
    """Tell people what is wrong with a file, whose name is not in the messages.

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
            "there is not enough memory to unpack it", "Make the picture smaller first."
        ) from None
    except PermissionError as error:
        raise InputError(_sentence(error.strerror), "Check who may read it.") from None
    except Exception as error:
        # Pillow's decoders raise whatever the damage leads to: OSError, SyntaxError,
        # struct.error, IndexError, KeyError, ... The file is at fault every time.
        raise InputError(
            f"it is damaged or incomplete ({_sentence(str(error)) or type(error).__name__})",
            "Get the file again, or open it in an image editor and save it anew.",
        ) from None


def _upright(image: Image.Image) -> Image.Image:
    """Turn a picture as its EXIF orientation says; a broken EXIF block is ignored."""
    try:
        # In place: a copy would be as large again.
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
    """Refuse what is no regular file with bytes in it."""
    path = Path(source)
    try:
        size = path.stat().st_size
        regular = path.is_file()
    except FileNotFoundError:
        raise InputError(f"No such file: {source}", "Check the name and the folder.") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise InputError(f"Cannot read {source!r}: {_sentence(reason)}.") from None
    if path.is_dir():
        raise InputError(
            f"Cannot read {source}: it is a folder, not a picture.", "Name a picture in it."
        )
    if not regular:
        raise InputError(
            f"Cannot read {source}: it is no ordinary file.", "Save the picture to a file first."
        )
    if size == 0:
        raise InputError(f"Cannot read {source}: it is empty (0 bytes).", "Get the file again.")


def _unknown(path: Path) -> InputError:
    try:
        head = _head(path)
    except OSError:
        head = b""
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS:
        return InputError("HEIC pictures are not supported", "Convert it to JPEG or PNG first.")
    return InputError("it is no picture, or damaged, or of an unknown kind", _READABLE)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(16)


def _sentence(text: object) -> str:
    """Return a library's message as a part of a sentence."""
    words = " ".join(str(text or "").split()).rstrip(".")
    return words[:1].lower() + words[1:]
