"""The tutorials in docs/, followed command by command: small, but otherwise as they are shown."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from tests.third_party.conftest import Environment, Outcome, executable, execute

import stylekit
from stylekit.weights.cache import cache_dir

pytestmark = pytest.mark.slow

NOT_RUN = ("pip", "python3")
"""The environment is there already, with stylekit and all that it needs."""

SMALL = {"run": ["--size", "64"], "train": ["--epochs", "1", "--size", "64"]}
STEPLESS = ("--method arbitrary", "--method cyclegan")


@pytest.fixture(scope="module")
def follow(repository: Path, builtins_environment: Environment) -> Callable[[str, Path], list[str]]:
    """Follows a tutorial in a folder, and returns the results that it names."""

    def follow(name: str, folder: Path) -> list[str]:
        for file, sample in (("me.jpg", "chelsea"), ("night.jpg", "swirls")):
            image = stylekit.run("identity", content=f"sample:{sample}", size=64).image
            image.to_pil().save(folder / file)
        (folder / "walk.mp4").symlink_to(folder / "quick.mp4")
        text = (repository / f"docs/tutorials/{name}.md").read_text(encoding="utf-8")
        results = []
        for language, block in re.findall(r"```(\w+)\n(.*?)```", text, re.DOTALL):
            if language == "python":
                (folder / block.split()[1]).write_text(block, encoding="utf-8")
                continue
            for line in block.splitlines():
                words = shlex.split(line.removeprefix("$ "))
                if words[0] in NOT_RUN:
                    continue
                ran = run(words, line, folder)
                assert ran.returncode == 0, (line, ran.stderr)
                results += [b for a, b in pairwise(words) if a == "--out"]
        return results

    def run(words: list[str], line: str, folder: Path) -> Outcome:
        program = str(executable(builtins_environment.folder, words[0]))
        if words[0] == "stylekit" and "--config" not in words:
            words = [*words, *SMALL[words[1]]]
            if words[1] == "run" and not any(method in line for method in STEPLESS):
                words += ["--steps", "6"]
        env = {"STYLEKIT_CACHE": str(cache_dir().parent)}
        return execute([program, *words[1:]], folder, env=env)

    return follow


def test_the_first_image(follow: Callable[[str, Path], list[str]], tmp_path: Path) -> None:
    results = follow("first-image", tmp_path)
    images = {name: (tmp_path / name).read_bytes() for name in results}
    assert images.pop("again.png") == images["strong.png"]
    assert len({*images.values()}) == len(images) >= 5
    assert (tmp_path / "astronaut-swirls.png").is_file()
    assert (tmp_path / "me-night.png").is_file()


def test_the_first_video(follow: Callable[[str, Path], list[str]], tmp_path: Path) -> None:
    results = follow("first-video", tmp_path)
    videos = {(tmp_path / name).read_bytes() for name in results}
    assert len(videos) == len(results) == 3
    assert (tmp_path / "walk-night.mp4").is_file()


def test_the_first_training(follow: Callable[[str, Path], list[str]], tmp_path: Path) -> None:
    results = follow("first-training", tmp_path)
    assert results == ["blue/", "astronaut-blue.png"]
    assert [*(tmp_path / "blue/samples").iterdir()]
    assert not {path.name for path in (tmp_path / "photos").iterdir()} & {
        path.name for path in (tmp_path / "cyanotypes").iterdir()
    }
    assert (tmp_path / "astronaut-blue.png").is_file()
