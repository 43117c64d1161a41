"""Parameters of the media adapters; without torch, so that they are listed quickly."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from stylekit.params import Params


class ImageParams(Params):
    """Parameters of image files."""

    max_megapixels: float = Field(
        178.0,
        gt=0,
        le=2000,
        description="Maximum size of an image to read in millions of pixels (above 0, up to 2000). "
        "All frames of an animation together may have 100 times as many.",
    )
    quality: int = Field(
        95,
        ge=1,
        le=100,
        description="Quality of JPEG and lossy WebP files (1 to 100); JPEG keeps full color "
        "resolution (4:4:4).",
    )
    webp_lossless: bool = Field(
        True,
        description="Write lossless WebP files; false makes smaller files.",
    )
    png_compression: int = Field(
        6,
        ge=0,
        le=9,
        description="Effort of the lossless PNG compression, from 0 (none, fast) to 9 (smallest, "
        "slow).",
    )


class VideoParams(Params):
    """Parameters of video files."""

    max_megapixels: float = Field(
        178.0,
        gt=0,
        le=2000,
        description="Maximum size of a frame to read, in millions of pixels (above 0, up to 2000).",
    )
    codec: Literal["auto", "h264", "h265", "vp9", "av1", "ffv1"] = Field(
        "auto",
        description="Video codec; auto is vp9 in .webm files and h264 otherwise, ffv1 is lossless.",
    )
    quality: int = Field(
        16,
        ge=0,
        le=51,
        description="Constant quality (CRF) from 0 (best) to 51 (smallest), ignored by ffv1; 16 is "
        "visually lossless.",
    )
    preset: Literal["ultrafast", "veryfast", "fast", "medium", "slow", "veryslow"] = Field(
        "medium", description="Encoding effort of h264 and h265; slower presets make smaller files."
    )
    audio: Literal["copy", "drop"] = Field(
        "copy",
        description="Audio of the content video: copy without re-encoding (re-encode with a "
        "warning where the container cannot hold it), or drop.",
    )


class SequenceParams(Params):
    """Parameters of image sequences."""

    fps: float = Field(25.0, gt=0, le=1000, description="Frames per second (above 0, up to 1000).")
