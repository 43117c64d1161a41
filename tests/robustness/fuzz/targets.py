"""All parsers of third-party data in stylekit, with valid data to start from."""

from __future__ import annotations

import functools
import io
import json
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save
from tests.helpers.audit_guard import only_reading
from tests.helpers.video import write_clip

from stylekit import Host
from stylekit.errors import StylekitError
from stylekit.inputs.settings import settings_layer
from stylekit.inputs.sources import Sources
from stylekit.records.checkpoint import Checkpoint
from stylekit.records.config_files import read_config
from stylekit.records.provenance import Provenance
from stylekit.weights.manager import WeightsManager
from stylekit_plugins.cyclegan.architecture import Architecture
from stylekit_plugins.cyclegan.generator import Generator


@dataclass(frozen=True)
class Target:
    """A reader of data.

    Attributes:
        seeds: valid data by the name of the file that it is in.
        read: is given that file, changed. Raises nothing but `StylekitError`.
    """

    seeds: Mapping[str, bytes]
    read: Callable[[Path], object]


def attempt(target: Target, name: str, data: bytes, folder: Path) -> bool:
    """Read data, and return whether it was accepted.

    Raises:
        Exception: anything but the documented errors, or it did more than read.
    """
    path = folder / name
    path.write_bytes(data)
    with only_reading(folder):
        try:
            target.read(path)
        except StylekitError:
            return False
    return True


@functools.cache
def host() -> Host:
    return Host(builtins_only=True)


def noise() -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (12, 16, 3), dtype=np.uint8))


def images() -> dict[str, bytes]:
    """One of each format that is read, some with what goes beside the pixels."""
    exif = Image.Exif()
    exif[0x0112] = 6
    kinds: dict[str, tuple[Image.Image, dict[str, object]]] = {
        "rgb.png": (noise(), {}),
        "gray16.png": (Image.fromarray(np.arange(192, dtype=np.uint16).reshape(12, 16)), {}),
        "palette.png": (noise().convert("P"), {"transparency": 3}),
        "turned.jpg": (noise(), {"exif": exif.tobytes()}),
        "cmyk.jpg": (noise().convert("CMYK"), {}),
        "lossless.webp": (noise(), {"lossless": True}),
        "packed.tif": (noise(), {"compression": "tiff_lzw"}),
        "plain.bmp": (noise(), {}),
        "moving.gif": (noise(), {"save_all": True, "append_images": [noise().rotate(90)]}),
        "moving.webp": (noise(), {"save_all": True, "append_images": [noise().rotate(180)]}),
    }
    found = {}
    for name, (image, options) in kinds.items():
        buffer = io.BytesIO()
        image.save(buffer, Image.registered_extensions()[Path(name).suffix], **options)
        found[name] = buffer.getvalue()
    return found


def read_clip(path: Path) -> None:
    clip = Sources(host().catalogue, {}).read(str(path))
    for index, _ in zip(range(20), clip.frames, strict=False):
        assert clip.frames[index].pixels.isfinite().all()


def clips() -> dict[str, bytes]:
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, codec, sound in (
            ("sound.mp4", "libx264", "aac"),
            ("plain.mkv", "ffv1", None),
            ("small.webm", "libvpx-vp9", None),
        ):
            path = write_clip(Path(folder) / name, width=32, height=32, codec=codec, sound=sound)
            found[name] = path.read_bytes()
    return found


def mask() -> dict[str, bytes]:
    buffer = io.BytesIO()
    noise().convert("LA").save(buffer, "PNG")
    return {"mask.png": buffer.getvalue()}


def scene() -> Image.Image:
    """A red object before gray, and a corner that is transparent: something for every region."""
    image = Image.new("RGBA", (32, 24), (120, 120, 120, 255))
    image.paste((255, 0, 0, 255), (8, 6, 20, 16))
    image.paste((0, 0, 0, 0), (28, 20, 32, 24))
    return image


def paint(**options: object) -> None:
    """Do a whole run that costs nothing."""
    host().run("identity", content=scene(), size=32, device="cpu", **options)  # type: ignore[arg-type]


REGIONS = (
    "box:0,0,8,8",
    "ellipse:25%,25%,1/2,1/2,invert,feather=2",
    "polygon:0,0,15,0,8,11,grow=-1",
    "grabcut:4,3,20,16",
    "color:#ff0000",
    "alpha:",
)

TOML = b"""method = "gatys"
content = ["me.jpg"]
style = ["night.jpg*0.5", "wave.jpg@50%"]
size = 96
[gatys]
style_weight = 3e3
style_layers = { relu1_1 = 1.0, relu2_1 = 0.5 }
[prefer.loss]
gram = "losses"
"""


def record() -> dict[str, object]:
    config = host().plan({"method": "gatys", "content": ["a.jpg"], "style": ["b.jpg"]}).resolved()
    return {"schema": 1, "config": config, "seconds": {"stylize": 1.0}, "losses": {"total": 1.0}}


def plan_of(path: Path) -> None:
    host().plan(read_config(path, host().catalogue))


PROVENANCE = Provenance({"size": 96}, {"content": ("0" * 64, 1)}, {"torch": "2"})


def read_state(path: Path) -> None:
    Checkpoint(path.with_suffix(""), PROVENANCE, 0).load(torch.device("cpu"))


def states() -> dict[str, bytes]:
    buffer = io.BytesIO()
    made_of = json.dumps(PROVENANCE.facts)
    content = {"made_of": made_of, "state": {"image": torch.ones(3, 4, 4), "steps": 3}}
    torch.save(content | {"rng": torch.get_rng_state()}, buffer)
    return {"night.stylekit.state": buffer.getvalue()}


def read_weights(path: Path) -> None:
    manager = WeightsManager(host().catalogue, {}, offline=True)
    state = manager.load("cyclegan-generator", str(path)).state
    assert all(isinstance(tensor, torch.Tensor) for tensor in state.values())


def networks() -> dict[str, bytes]:
    state = Generator(Architecture(base_channels=4, blocks=6)).state_dict()
    buffer = io.BytesIO()
    torch.save(state, buffer)
    old = io.BytesIO()
    torch.save(state, old, _use_new_zipfile_serialization=False)
    return {
        "new_net_G.pth": buffer.getvalue(),
        "old_net_G.pth": old.getvalue(),
        "g.safetensors": save({key: value.contiguous() for key, value in state.items()}),
    }


def read_metadata(path: Path) -> None:
    """Discover a distribution with this file of metadata; the built-in plugins must be there."""
    info = path.parent / "site" / "stylekit_strange-1.0.dist-info"
    info.mkdir(parents=True, exist_ok=True)
    for name in ("METADATA", "entry_points.txt"):
        (info / name).write_bytes(METADATA[name])
    (info / path.name).write_bytes(path.read_bytes())
    sys.path.insert(0, str(info.parent))
    try:
        found = Host().registry.records
    finally:
        sys.path.remove(str(info.parent))
    ours, expected = (
        [each for each in records if each.origin == "built-in"]
        for records in (found, host().registry.records)
    )
    assert {each.status for each in ours} == {"active"}
    assert len(ours) == len(expected)


METADATA = {
    "METADATA": b"Metadata-Version: 2.1\nName: stylekit-strange\nVersion: 1.0\n",
    "entry_points.txt": b"[stylekit]\nstrange = colorsys\nother = stylekit.version\n",
}


TARGETS: dict[str, Target] = {
    "picture": Target(images(), lambda path: Sources(host().catalogue, {}).read(str(path))),
    "clip": Target(clips(), read_clip),
    "mask": Target(mask(), lambda path: paint(region=str(path))),
    "region": Target(
        {f"{number}.txt": text.encode() for number, text in enumerate(REGIONS)},
        lambda path: paint(region=text_of(path)),
    ),
    "config": Target({"run.toml": TOML}, plan_of),
    "record": Target({"night.stylekit.json": json.dumps(record()).encode()}, plan_of),
    "setting": Target(
        {"0.txt": b"gatys.style_weight=3e3", "1.txt": b"gatys.style_layers.relu1_1=0.5"},
        lambda path: host().plan(settings_layer([text_of(path)])),
    ),
    "state": Target(states(), read_state),
    "weights": Target(networks(), read_weights),
    "metadata": Target(METADATA, read_metadata),
}


def text_of(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "surrogateescape")
