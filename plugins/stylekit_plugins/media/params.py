"""Parameters of reading and writing image files; without torch, so that describing is quick."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from stylekit.params import Params


class ImageParams(Params):
    """How image files are read and written."""

    max_megapixels: float = Field(
        178.0,
        gt=0,
        le=2000,
        description="Largest picture to read, in millions of pixels (0 to 2000). A small file can "
        "unpack to an enormous picture and fill the memory. An animation may have 100 times as "
        "many in all its frames together.",
    )
    quality: int = Field(
        95,
        ge=1,
        le=100,
        description="JPEG quality, 1 to 100 (no unit); also WebP's where it is not lossless. "
        "Colors are kept at full resolution (4:4:4).",
    )
    webp_lossless: bool = Field(
        True,
        description="Whether WebP keeps every 8-bit value (true or false); false makes smaller "
        "files.",
    )
    png_compression: int = Field(
        6,
        ge=0,
        le=9,
        description="Effort of PNG compression, 0 (none, fast) to 9 (smallest, slow). "
        "The pixels are the same.",
    )


class VideoParams(Params):
    """How video files are read and written."""

    max_megapixels: float = Field(
        178.0,
        gt=0,
        le=2000,
        description="Largest frame to read, in millions of pixels (0 to 2000). A small file can "
        "unpack to enormous frames and fill the memory.",
    )
    codec: Literal["auto", "h264", "h265", "vp9", "av1", "ffv1"] = Field(
        "auto",
        description="How frames are encoded; auto: h264, in .webm files vp9. ffv1 loses nothing.",
    )
    quality: int = Field(
        16,
        ge=0,
        le=51,
        description="Constant quality (CRF): 0 best, 16 hardly to be told from the frames, 28 "
        "small. Not for ffv1.",
    )
    preset: Literal["ultrafast", "veryfast", "fast", "medium", "slow", "veryslow"] = Field(
        "medium", description="Time that h264 and h265 take to make the file smaller."
    )
    audio: Literal["copy", "drop"] = Field(
        "copy",
        description="Sound of the content clip: copied bit for bit (encoded anew, with a warning, "
        "where the file cannot hold it), or left out.",
    )


class SequenceParams(Params):
    """Parameters of clips that are folders of pictures."""

    fps: float = Field(25.0, gt=0, le=1000, description="Frames a second.")
