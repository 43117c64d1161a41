"""Damaged images and videos: no bug, no hang, little memory, and a result where others read one.

    STYLEKIT_STRESS=500 pytest tests/robustness/test_media_stress.py

says how many damaged files are tried (default 24).
"""

from __future__ import annotations

import io
import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from tests.helpers.fork_server import ForkServer
from tests.helpers.video import write_clip

COUNT = int(os.environ.get("STYLEKIT_STRESS", "24"))
SECONDS = 60
MOST_KIB = 1 << 20

CLIPS: dict[str, dict[str, object]] = {
    "h264.mp4": {"sound": "aac"},
    "h264.mkv": {"sound": "aac"},
    "h264.ts": {"sound": "mp2"},
    "h264.mov": {},
    "h265.mp4": {"codec": "libx265", "width": 96, "height": 80},
    "vp9.webm": {"codec": "libvpx-vp9"},
    "h264.flv": {},
    "mjpeg.avi": {"codec": "mjpeg", "pixels": "yuvj420p"},
    "ffv1.mkv": {"codec": "ffv1"},
    "png.mov": {"codec": "png", "pixels": "rgb24"},
}

IMAGES: dict[str, dict[str, object]] = {
    "a.png": {},
    "b.jpg": {"quality": 90},
    "c.jpg": {"progressive": True},
    "d.webp": {"lossless": True},
    "e.tif": {"compression": "tiff_lzw"},
    "f.bmp": {},
    "g.gif": {"save_all": True},
    "h.webp": {"save_all": True},
    "i.png": {"save_all": True},
    "j.jp2": {},
}


def seeds(folder: Path) -> dict[str, bytes]:
    for name, options in CLIPS.items():
        write_clip(folder / name, **options)  # type: ignore[arg-type]
    noise = np.random.default_rng(0).integers(0, 256, (3, 40, 60, 3), np.uint8)
    frames = [Image.fromarray(each) for each in noise]
    for name, options in IMAGES.items():
        more = {"append_images": frames[1:]} if "save_all" in options else {}
        frames[0].save(folder / name, **options, **more)  # type: ignore[arg-type]
    return {name: (folder / name).read_bytes() for name in (*CLIPS, *IMAGES)}


def damaged(seed: bytes, others: list[bytes], drawn: random.Random) -> bytes:
    data = bytearray(seed)
    for _ in range(drawn.randint(1, 3)):
        start = drawn.randrange(len(data) + 1)
        kind = drawn.choice(("cut", "flip", "zero", "repeat", "merge", "drop", "join"))
        if kind == "cut":
            del data[max(start, 16) :]
        elif kind == "flip":
            for _ in range(drawn.randint(1, 60)):
                data[drawn.randrange(len(data))] ^= 1 << drawn.randrange(8)
        elif kind == "zero":
            data[start : start + 60] = bytes(len(data[start : start + 60]))
        elif kind == "repeat":
            data[start:start] = data[start : start + drawn.randint(1, 2000)]
        elif kind == "drop":
            del data[start : start + drawn.randint(1, 2000)]
        elif kind == "merge":
            other = drawn.choice(others)
            data[start:] = other[min(start, len(other)) :]
        else:
            data += drawn.choice(others)
        if not data:
            data = bytearray(seed)
    return bytes(data)


def others_give_a_result(name: str, data: bytes) -> bool:
    """Return whether Pillow reads an image, or FFmpeg at least half of the frames of a video."""
    if name in IMAGES:
        try:
            with Image.open(io.BytesIO(data)) as image:
                image.load()
        except Exception:
            return False
        return True
    frames = 0
    try:
        with av.open(io.BytesIO(data)) as container:
            for packet in container.demux(video=0):
                try:
                    frames += len(packet.decode())
                except av.FFmpegError:
                    continue
    except Exception:
        return False
    return frames >= 3


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForkServer]:
    variables = {**os.environ, "OMP_NUM_THREADS": "1"}
    started = ForkServer(tmp_path_factory.mktemp("server"), variables)
    yield started
    started.stop()


def test_damaged_files(server: ForkServer, tmp_path: Path) -> None:
    drawn = random.Random(COUNT)
    whole = seeds(tmp_path)
    names = sorted(whole)
    wrong = []
    for number in range(COUNT):
        name = names[number % len(names)]
        data = damaged(whole[name], list(whole.values()), drawn)
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / name).write_bytes(data)
        words = ["run", "--method", "identity", "--device", "cpu", "--quiet"]
        words += ["--content", name, "--out", "out/"]
        code, _, said = server.run(words, folder, {**os.environ, "OMP_NUM_THREADS": "1"}, SECONDS)
        given = others_give_a_result(name, data)
        if code not in ((0,) if given else (0, 2, 4)) or server.peak > MOST_KIB:
            kept = Path(os.environ.get("STYLEKIT_STRESS_KEEP", folder))
            shutil.copy(folder / name, kept / f"{number}-{name}")
            wrong.append(f"{number} {name}: {code}, {server.peak >> 10} MiB, {said[:300]}")
        shutil.rmtree(folder)
    assert not wrong, "\n".join(wrong)
