"""Reading and writing of images and video, folders of images, and built-in samples."""

from __future__ import annotations

import stylekit

STYLEKIT_API = 1

JPEGS = (".jpg", ".jpeg", ".jpe", ".jfif")
"""Suffixes of JPEG files."""

READS = (
    *(".png", ".apng", *JPEGS, ".webp", ".tif", ".tiff", ".bmp", ".dib", ".gif", ".avif", ".avifs"),
    *(".jp2", ".j2k", ".jpx", ".ppm", ".pgm", ".pbm", ".pnm", ".mpo"),
)
"""Suffixes of images; a file with another one is recognized by its content."""

ANIMATIONS = (".gif", ".webp", ".apng")
"""Suffixes of image formats that can hold an animation."""

WRITES = (".png", *JPEGS, ".webp", ".tif", ".tiff", ".gif", ".apng")
"""Suffixes that can be written."""

VIDEO_WRITES = (".mp4", ".mov", ".mkv", ".webm", ".m4v")
"""Suffixes of videos that can be written."""

VIDEOS = (
    *VIDEO_WRITES,
    *(".avi", ".divx", ".mpg", ".mpeg", ".mpe", ".m1v", ".m2v", ".vob", ".ts", ".mts", ".m2ts"),
    *(".wmv", ".asf", ".flv", ".f4v", ".ogv", ".3gp", ".3g2", ".mxf", ".dv", ".y4m", ".nut"),
    *(".ivf", ".mjpg", ".mjpeg", ".h264", ".hevc", ".rm", ".rmvb", ".wtv"),
)
"""Suffixes of videos; a file with another one is recognized by its content."""

PHOTOGRAPHS = ("astronaut", "chelsea", "coffee", "rocket")
"""Samples that are part of scikit-image."""

PAINTINGS = ("mosaic", "poppies", "swirls", "waves")
"""Samples that code draws on demand."""


@stylekit.hookimpl
def register_media() -> list[stylekit.MediaSpec]:
    """Register image files, video files, folders, image sequences and samples."""
    return [
        stylekit.MediaSpec(
            name="image",
            summary="Image files: PNG, JPEG, WebP, TIFF, BMP, GIF and AVIF, converted to sRGB.",
            factory="stylekit_plugins.media.image:ImageAdapter",
            params="stylekit_plugins.media.params:ImageParams",
            suffixes=READS,
            detects_content=True,
            writes=WRITES,
            clips=ANIMATIONS,
        ),
        stylekit.MediaSpec(
            name="video",
            summary="Video files, with exact timestamps and audio.",
            extra="video",
            modules=("av",),
            factory="stylekit_plugins.media.video:VideoAdapter",
            params="stylekit_plugins.media.params:VideoParams",
            suffixes=VIDEOS,
            detects_content=True,
            writes=VIDEO_WRITES,
            clips=VIDEOS,
        ),
        stylekit.MediaSpec(
            name="folder",
            summary="All images of a folder, sorted by name.",
            factory="stylekit_plugins.media.folder:FolderAdapter",
            schemes=("folder",),
            expands_folders=True,
        ),
        stylekit.MediaSpec(
            name="sequence",
            summary="A folder of images as one video: sequence:FOLDER.",
            factory="stylekit_plugins.media.sequence:SequenceAdapter",
            params="stylekit_plugins.media.params:SequenceParams",
            schemes=("sequence",),
            clips=("",),
        ),
        stylekit.MediaSpec(
            name="sample",
            summary="Built-in photographs, and paintings drawn by code, for experiments.",
            factory="stylekit_plugins.media.sample:SampleAdapter",
            schemes=("sample",),
            samples=PHOTOGRAPHS + PAINTINGS,
        ),
    ]
