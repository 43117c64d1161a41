"""Small runs of every kind, and whether what they leave behind is whole."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from safetensors.torch import load_file
from tests.helpers import toy_dataset
from tests.helpers.fork_server import ForkServer
from tests.helpers.video import write_clip

PATIENCE = 90
"""Seconds that a run may take."""

ROOT = Path(__file__).resolve().parents[2]

QUICK = ("--device", "cpu", "--quiet")


@dataclass(frozen=True)
class Kind:
    """A command that something happens to.

    Attributes:
        results: what must be the same in the end, as patterns of files below `out`.
        state: the file without which there is nothing to go on with; none: `words` always go on.
    """

    words: list[str]
    results: list[str]
    state: str = ""

    def words_in(self, folder: Path) -> list[str]:
        """Return the command, for a folder where it may have been killed before."""
        if not self.state:
            return [*self.words, *QUICK]
        going_on = (folder / "out" / self.state).exists()
        return [*self.words, *QUICK, "--resume" if going_on else "--overwrite"]


IMAGE = """run --content content.png --style style.png --backbone vgg19 --size 64 --steps 16
    --set gatys.min_size=32 --out out/o.png --resume"""
VIDEO = """run --method per-frame --content clip.mp4 --style style.png --backbone vgg19 --size 48
    --steps 3 --out out/o.mp4 --resume"""
TRAINING = """train --method cyclegan --domain-a a --domain-b b --size 64 --epochs 2
    --base-channels 4 --set cyclegan.blocks=6 --set cyclegan.pool_size=4
    --set checkpoint_seconds=0 --out out"""
EVALUATION = """evaluate content-retention --dataset set --styles styles --size 48 --out out
    --methods gatys:vgg19+steps=2 identity --set content-retention.classifier=["shapes"]
    --set content-retention.metrics=["ssim"] --set content-retention.draws=100"""

KINDS = {
    "image": Kind(IMAGE.split(), ["o.png"]),
    "video": Kind(VIDEO.split(), ["o.mp4"]),
    "training": Kind(
        TRAINING.split(), ["*.safetensors", "samples/*"], state="training.stylekit.state"
    ),
    "evaluation": Kind(EVALUATION.split(), ["report.json", "values.csv"]),
}


class Forks:
    """Runs commands as forks of one process, and may kill them.

    Args:
        folder: where that process works.
        path: folders of its PYTHONPATH.
        within: words before its command, as of a program that confines it.
    """

    def __init__(self, folder: Path, path: list[str], within: tuple[str, ...] = ()) -> None:
        self._variables = {
            **os.environ,
            "OMP_NUM_THREADS": "1",
            "PYTHONPATH": os.pathsep.join(path),
        }
        self.server = ForkServer(folder, self._variables, within)
        # So that the imports count for no run: moments are drawn over the time of one.
        self.run(["--version"], folder)

    def run(
        self,
        words: list[str],
        folder: Path,
        after: float | None = None,
        more: Mapping[str, str] | None = None,
    ) -> tuple[int, float, str]:
        """Return the exit code, -9 if it was killed, the seconds that it took, and its stderr.

        Args:
            after: kill it after so many seconds.
            more: variables of its environment besides.
        """
        begun = time.monotonic()
        variables = self._variables | dict(more or {})
        code, _, err = self.server.run(words, folder, variables, PATIENCE, after)
        return code, time.monotonic() - begun, err


def write_inputs(folder: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (12, 3, 36, 48, 3), dtype=np.uint8)
    for name, images in (("a", noise[:4, 0]), ("b", noise[4:8, 0])):
        (folder / name).mkdir(parents=True)
        for number, image in enumerate(images):
            Image.fromarray(image).save(folder / name / f"{number}.png")
    Image.fromarray(noise[8, 0]).resize((64, 48)).save(folder / "content.png")
    Image.fromarray(noise[9, 0]).save(folder / "style.png")
    write_clip(folder / "clip.mp4")
    toy_dataset.write_set(folder / "set", 2)
    toy_dataset.write_styles(folder / "styles", 2)
    (folder / "out").mkdir()


def broken(folder: Path) -> list[str]:
    """Return the files that cannot be read; those that begin with a dot were never finished."""
    found = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        if any(part.startswith(".") for part in path.relative_to(folder).parts):
            continue
        try:
            read(path)
        except Exception as error:
            found.append(f"{path.relative_to(folder)}: {type(error).__name__}: {error}")
    return found


def read(path: Path) -> None:
    if path.suffix in (".png", ".jpg"):
        with Image.open(path) as image:
            image.load()
    elif path.suffix == ".json":
        json.loads(path.read_text(encoding="utf-8"))
    elif path.suffix == ".safetensors":
        load_file(path)
    elif path.suffix == ".mp4":
        with av.open(str(path)) as clip:
            assert sum(1 for _ in clip.decode(video=0)) > 0
    elif path.suffix == ".state":
        import torch

        torch.load(path, weights_only=True, map_location="cpu")


def results(folder: Path, kind: Kind) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for pattern in kind.results
        for path in sorted(folder.glob(pattern))
        if not path.name.startswith(".")
    }


def install(folder: Path, name: str, module: str) -> None:
    """Write what pip writes of a plugin, for a folder of PYTHONPATH."""
    info = folder / f"stylekit_{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: stylekit-{name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[stylekit]\n{name} = {module}\n")


def apart(setting_up: str = "true") -> tuple[str, ...]:
    """Return words before a command that give it file systems of its own, without privileges.

    Args:
        setting_up: what the shell does there first, such as mounting something.
    """
    script = f'{setting_up} && exec "$@"'
    return ("unshare", "--map-root-user", "--mount", "sh", "-c", script, "apart")


def _can_be_apart() -> bool:
    if sys.platform != "linux" or shutil.which("nsenter") is None:
        return False
    tried = [*apart("mount -t tmpfs tmpfs /mnt"), "true"]
    return subprocess.run(tried, capture_output=True, check=False).returncode == 0


needs_apart = pytest.mark.skipif(
    not _can_be_apart(), reason="this system has no file systems for one process"
)
