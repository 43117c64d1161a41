"""Runs of every kind, killed (SIGKILL) at random moments: nothing is broken, nothing is lost.

    pytest -m slow tests/faults/test_kills.py

STYLEKIT_TRIALS says how often each kind is killed (default 5), STYLEKIT_TRIALS_SEED when.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from safetensors.torch import load_file
from tests.cli.forking import ForkServer
from tests.clips import write_clip
from tests.evaluation import shapes, shapes_plugin

TRIALS = int(os.environ.get("STYLEKIT_TRIALS", "5"))
SEED = int(os.environ.get("STYLEKIT_TRIALS_SEED", "0"))
PATIENCE = 90
"""Seconds that a run may take."""

ROOT = Path(__file__).resolve().parents[2]

QUICK = ("--device", "cpu", "--quiet")
EVERY_STEP = ("--set", "checkpoint_seconds=0")


@dataclass(frozen=True)
class Kind:
    """A command that is killed.

    Attributes:
        results: what must be the same in the end, as patterns of files below `out`.
        state: the file without which there is nothing to go on with; none: `words` always go on.
    """

    words: tuple[str, ...]
    results: tuple[str, ...]
    state: str = ""

    def words_in(self, folder: Path) -> tuple[str, ...]:
        """Return the command, for a folder where it may have been killed before."""
        if not self.state:
            return (*self.words, *QUICK)
        going_on = (folder / "out" / self.state).exists()
        return (*self.words, *QUICK, "--resume" if going_on else "--overwrite")


KINDS = {
    "image": Kind(
        (
            *("run", "--content", "content.png", "--style", "style.png", "--backbone", "vgg19"),
            *(
                "--size",
                "64",
                "--steps",
                "16",
                "--set",
                "gatys.coarsest=32",
                "--out",
                "out/o.png",
                "--resume",
            ),
        ),
        ("o.png",),
    ),
    "video": Kind(
        (
            *("run", "--method", "per-frame", "--content", "clip.mp4", "--style", "style.png"),
            *(
                "--backbone",
                "vgg19",
                "--size",
                "48",
                "--steps",
                "3",
                "--out",
                "out/o.mp4",
                "--resume",
            ),
        ),
        ("o.mp4",),
    ),
    "training": Kind(
        (
            *("train", "--method", "cyclegan", "--domain-a", "a", "--domain-b", "b"),
            *("--size", "64", "--width", "4", "--set", "cyclegan.blocks=6", "--epochs", "2"),
            *("--set", "cyclegan.pool=4", "--out", "out", *EVERY_STEP),
        ),
        ("*.safetensors", "samples/*"),
        "training.stylekit.state",
    ),
    "evaluation": Kind(
        (
            *("evaluate", "content-retention", "--dataset", "set", "--styles", "styles"),
            *("--methods", "gatys:vgg19+steps=2", "identity", "--size", "48", "--out", "out"),
            *("--set", 'content-retention.classifier=["shapes"]'),
            *(
                "--set",
                'content-retention.measures=["ssim"]',
                "--set",
                "content-retention.draws=100",
            ),
        ),
        ("report.json", "values.csv"),
    ),
}


class Forks:
    """Runs commands as forks, and may kill them."""

    def __init__(self, folder: Path, path: list[str]) -> None:
        self._variables = {
            **os.environ,
            "OMP_NUM_THREADS": "1",
            "PYTHONPATH": os.pathsep.join(path),
        }
        self.server = ForkServer(folder, self._variables)

    def run(
        self, words: tuple[str, ...], folder: Path, after: float | None = None
    ) -> tuple[int, float, str]:
        """Return the exit code, -9 if it was killed, the seconds that it took, and its stderr."""
        begun = time.monotonic()
        code, _, err = self.server.run(words, folder, self._variables, PATIENCE, after)
        return code, time.monotonic() - begun, err


@pytest.fixture(scope="module")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    info = tmp_path_factory.mktemp("installed") / "stylekit_shapes-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: stylekit-shapes\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[stylekit]\nshapes = {shapes_plugin.__name__}\n")
    started = Forks(tmp_path_factory.mktemp("server"), [str(info.parent), str(ROOT)])
    # So that the imports count for no run: moments are drawn over the time of one.
    started.run(("--version",), info)
    yield started
    started.server.stop()


def write_inputs(folder: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (12, 3, 36, 48, 3), dtype=np.uint8)
    for name, pictures in (("a", noise[:4, 0]), ("b", noise[4:8, 0])):
        (folder / name).mkdir(parents=True)
        for number, picture in enumerate(pictures):
            Image.fromarray(picture).save(folder / name / f"{number}.png")
    Image.fromarray(noise[8, 0]).resize((64, 48)).save(folder / "content.png")
    Image.fromarray(noise[9, 0]).save(folder / "style.png")
    write_clip(folder / "clip.mp4")
    shapes.write_set(folder / "set", 2)
    shapes.write_styles(folder / "styles", 2)
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
        with Image.open(path) as picture:
            picture.load()
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


@pytest.mark.slow
@pytest.mark.parametrize("name", KINDS)
def test_killed_at_random_moments(name: str, forks: Forks, tmp_path: Path) -> None:
    kind = KINDS[name]
    write_inputs(tmp_path / "whole")
    code, seconds, err = forks.run(kind.words_in(tmp_path / "whole"), tmp_path / "whole")
    assert code == 0, err
    expected = results(tmp_path / "whole/out", kind)
    assert expected
    moments = random.Random(f"{name}-{SEED}")
    kills = 0
    for trial in range(TRIALS):
        folder = tmp_path / f"{trial}"
        write_inputs(folder)
        while True:
            after = moments.uniform(0, seconds)
            code, _, err = forks.run(kind.words_in(folder), folder, after)
            kills += code == -9
            assert broken(folder / "out") == [], f"killed after {after:.3f} s in trial {trial}"
            # Often once, now and then again, before it may come to its end.
            if code == 0 or moments.random() < 0.6:
                break
            assert code == -9, err
        code, _, err = forks.run(kind.words_in(folder), folder)
        assert code == 0, err
        assert results(folder / "out", kind) == expected, f"trial {trial}"
        assert broken(folder / "out") == []
        left = [path.name for path in (folder / "out").rglob("o.stylekit.*")]
        assert set(left) <= {"o.stylekit.json"}, f"trial {trial} left {left}"
    print(f"\n{name}: {kills} kills in {TRIALS} trials, a run takes {seconds:.1f} s")
    assert kills > 0
