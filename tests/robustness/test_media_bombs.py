"""Small files that would decode to more than the free memory: refused at once, and unread."""

import json
import struct
import subprocess
import sys
import zlib

import av
import numpy as np
import pytest
from PIL import Image
from tests.helpers.video import write_clip

from stylekit_plugins.media.frame_durations import frame_durations

SIDE = 13_000
"""169 megapixels: allowed, where there is memory for them."""

IMAGES = ("png", "tif", "jpg", "bmp", "webp", "avif", "gif")
OTHERS = ("many.gif", "many.webp", "huge.avi", "sequence:folder")

READ = """
import json, resource, sys, time
import psutil, torch
from pathlib import Path
from stylekit import Host
from stylekit.cli.main import main
from stylekit.errors import StylekitError
from stylekit.inputs.sources import Sources

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

sources = Sources(Host(builtins_only=True).catalogue, {"image": {"max_megapixels": 178}})
# Loads libraries, whose memory does not count.
for name in ("small.png", "small.mp4"):
    sources.read_image(name)
used = psutil.Process().memory_info().vms
resource.setrlimit(resource.RLIMIT_AS, (used + 2**30, resource.RLIM_INFINITY))
for name in sys.argv[1:]:
    begun, before = time.perf_counter(), peak()
    outcome = {"code": 0, "message": ""}
    try:
        sources.read_image(name)
    except StylekitError as error:
        outcome = {"code": error.exit_code, "message": str(error)}
    except BaseException as error:
        outcome = {"code": 1, "message": repr(error)}
    outcome |= {"seconds": time.perf_counter() - begun, "mebibytes": peak() - before}
    print(json.dumps({name: outcome}))
for role in ("content", "style", "region"):
    sources = {"content": "small.png", "style": "small.png", role: "bomb.png"}
    argv = [part for name, source in sources.items() for part in (f"--{name}", source)]
    code = main(["run", "--method", "identity", *argv, "--out", f"{role}.png", "--quiet"])
    print(json.dumps({role: {"code": code, "written": Path(f"{role}.png").exists()}}))
"""


def png(width, height):
    """Write one bit per pixel, all black."""

    def chunk(kind, data):
        crc = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc)

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes(height * (1 + (width + 7) // 8)), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def enlarge(path, *sizes):
    """Replace sizes in the header of a file by larger ones; pairs of old and new bytes."""
    data = path.read_bytes()
    for before, after in sizes:
        assert before in data
        data = data.replace(before, after)
    path.write_bytes(data)


def gif(width, height, frames):
    """Write an animation whose frames cannot be decoded."""
    screen = struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6)
    control = b"\x21\xf9\x04\x00\x05\x00\x00\x00"
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02\x02\x44\x01\x00"
    return b"GIF89a" + screen + (control + frame) * frames + b"\x3b"


def webp(path, width, height, frames):
    """Write an animation of tiny frames on a large canvas."""
    images = [Image.new("RGB", (2, 2), (value, 0, 0)) for value in (0, 255)]
    images[0].save(path, save_all=True, append_images=images[1:], lossless=True, duration=40)
    data = path.read_bytes()
    first = data.index(b"ANMF")
    size = 8 + int.from_bytes(data[first + 4 : first + 8], "little")
    canvas = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = data[12:24] + canvas + data[30:first] + data[first : first + size] * frames
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body)


def avi(path):
    """Write a video whose frames have the size that the header of the file says."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("ffvhuff", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        frame = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24")
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


@pytest.fixture(scope="module")
def refused(tmp_path_factory):
    """What comes of each file, where a gibibyte of memory is free."""
    folder = tmp_path_factory.mktemp("bombs")
    small = Image.fromarray(np.arange(48 * 64 * 3, dtype=np.uint8).reshape(48, 64, 3))
    small.save(folder / "small.png")
    write_clip(folder / "small.mp4")
    (folder / "bomb.png").write_bytes(png(SIDE, SIDE))
    Image.new("1", (SIDE, SIDE)).save(folder / "bomb.tif", compression="group4")
    for kind in ("jpg", "bmp", "webp", "avif"):
        small.save(folder / f"bomb.{kind}", **({"lossless": True} if kind == "webp" else {}))
    enlarge(
        folder / "bomb.jpg",
        (b"\x08" + struct.pack(">HH", 48, 64), b"\x08" + struct.pack(">HH", SIDE, SIDE)),
    )
    enlarge(folder / "bomb.bmp", (struct.pack("<ii", 64, 48), struct.pack("<ii", SIDE, SIDE)))
    enlarge(
        folder / "bomb.webp",
        (
            b"\x2f" + (63 | 47 << 14).to_bytes(4, "little"),
            b"\x2f" + (12_999 | 12_999 << 14).to_bytes(4, "little"),
        ),
    )
    enlarge(folder / "bomb.avif", (struct.pack(">II", 64, 48), struct.pack(">II", SIDE, SIDE)))
    (folder / "bomb.gif").write_bytes(gif(SIDE, SIDE, 1))
    (folder / "many.gif").write_bytes(gif(3000, 3000, 2000))
    webp(folder / "many.webp", 3000, 3000, 2000)
    avi(folder / "huge.avi")
    enlarge(folder / "huge.avi", (struct.pack("<ii", 64, 48), struct.pack("<ii", 16384, 16384)))
    (folder / "folder").mkdir()
    (folder / "folder/1.png").write_bytes((folder / "bomb.png").read_bytes())
    names = [*(f"bomb.{kind}" for kind in IMAGES), *OTHERS]
    done = subprocess.run(
        [sys.executable, "-c", READ, *names],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    outcome = {}
    for line in done.stdout.splitlines():
        outcome |= json.loads(line)
    return outcome


@pytest.mark.parametrize("name", [*(f"bomb.{kind}" for kind in IMAGES), "sequence:folder"])
def test_an_image_without_memory_for_it_is_refused_unread(refused, name):
    outcome = refused[name]
    assert outcome["code"] == 4, outcome
    assert "13000 x 13000" in outcome["message"]
    assert "GiB are free" in outcome["message"]
    assert "pixels fit" in outcome["message"]
    assert outcome["seconds"] < 2, outcome
    assert outcome["mebibytes"] < 100, outcome


@pytest.mark.parametrize("name", ["many.gif", "many.webp", "huge.avi"])
def test_frames_that_are_too_many_or_too_large_are_refused_unread(refused, name):
    outcome = refused[name]
    assert outcome["code"] == 2, outcome
    assert "megapixels" in outcome["message"]
    assert outcome["seconds"] < 2, outcome
    assert outcome["mebibytes"] < 100, outcome


@pytest.mark.parametrize("role", ["content", "style", "region"])
def test_bombs_are_refused_in_every_role(refused, role):
    assert refused[role] == {"code": 4, "written": False}


def test_opening_an_animation_decodes_nothing(host, tmp_path):
    path = tmp_path / "broken.gif"
    path.write_bytes(gif(64, 48, 500))
    from stylekit.inputs.sources import Sources

    clip = Sources(host.catalogue, {}).read(str(path))
    assert len(clip.frames) == 500
    assert clip.times[-1] == pytest.approx(499 * 0.05)


@pytest.mark.parametrize("kind", ["gif", "webp"])
def test_durations_are_those_of_pillow(tmp_path, kind):
    path = tmp_path / f"a.{kind}"
    shown = [40, 100, 0, 250, 30]
    images = [Image.new("RGB", (9, 7), (value, 0, 200 - value)) for value in range(0, 200, 40)]
    images[0].save(path, save_all=True, append_images=images[1:], duration=shown)
    found = []
    with Image.open(path) as image:
        for index in range(image.n_frames):
            image.seek(index)
            image.load()
            found.append(image.info.get("duration", 0))
    assert frame_durations(str(path)) == found
    images[0].save(path)
    assert len(frame_durations(str(path))) <= 1


@pytest.mark.parametrize("kind", ["gif", "webp"])
def test_a_folder_of_stills_is_not_read_before_the_first_step(host, tmp_path, monkeypatch, kind):
    from stylekit_plugins.media.image import ImageAdapter

    for number in range(5):
        Image.new("RGB", (9, 7), (number, 0, 0)).save(tmp_path / f"{number}.{kind}")
    read, before = ImageAdapter.read, []

    def reading(self, source):
        before.append(source)
        return read(self, source)

    monkeypatch.setattr(ImageAdapter, "read", reading)
    run = host.iterate("identity", content=str(tmp_path), out=f"{tmp_path / 'done'}/")
    next(iter(run))
    assert len(before) == 1
