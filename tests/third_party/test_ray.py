"""The executor of contrib/stylekit-ray, installed beside stylekit, with workers of this machine.

Needs Ray, which is no dependency: `pip install ray` and run this file.
"""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import skimage.data
from PIL import Image
from tests.third_party.conftest import Environment, executable

from stylekit.files.atomic import sha256_of
from stylekit.weights.cache import cache_dir

pytestmark = pytest.mark.slow

pytest.importorskip("ray", reason="needs Ray: pip install ray")

RAY = ("--executor", "ray", "--set", "ray.workers=2", "--set", "ray.threads=1")
CONTENTS = ("astronaut", "coffee", "cat", "rocket", "camera", "moon")


@pytest.fixture(scope="module")
def environment(make_environment, build_wheels, stylekit_wheel, repository, weights) -> Environment:
    weights.select("efficientnet-lite0")  # Fetched once, into the cache that the tests share.
    (wheel,) = build_wheels(repository / "contrib" / "stylekit-ray")
    return make_environment(stylekit_wheel, wheel)


@pytest.fixture(scope="module")
def variables() -> dict[str, str]:
    """The weights that the tests share; here as in the workers one thread."""
    return {"STYLEKIT_CACHE": str(cache_dir().parent), "OMP_NUM_THREADS": "1"}


@pytest.fixture
def contents(tmp_path: Path) -> Path:
    folder = tmp_path / "contents"
    folder.mkdir()
    for name in CONTENTS:
        image = Image.fromarray(getattr(skimage.data, name)()).convert("RGB")
        image.resize((96, 64)).save(folder / f"{name}.png")
    return folder


def test_a_batch_is_the_same_although_a_worker_is_killed(environment, variables, contents):
    words = ["run", "--method", "gatys", "--backbone", "vgg19", "--style", "sample:waves"]
    words += ["--content", str(contents), "--size", "64", "--steps", "40"]
    words += ["--device", "cpu", "--offline", "--json", "--out"]
    here, there = contents.parent / "here", contents.parent / "there"
    ran = environment.stylekit(*words, f"{here}/", env=variables)
    assert ran.returncode == 0, ran.stderr

    process = subprocess.Popen(
        [str(executable(environment.folder, "stylekit")), *words, f"{there}/", *RAY],
        cwd=environment.folder, env={**os.environ, **variables}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    watchdog = threading.Timer(240, process.kill)
    watchdog.start()
    try:
        while process.poll() is None and len(list(there.glob("[!.]*.png"))) < 2:
            time.sleep(0.02)
        # Whatever it is at, it is not done with it: the others are more than one each.
        next(workers_of(process.pid)).kill()
        out, err = process.communicate()
    finally:
        watchdog.cancel()
    assert process.returncode == 0, err
    assert "A worker died" in err
    assert len(json.loads(out)["artifacts"]) == len(CONTENTS)
    assert images(there) == images(here)
    assert len(images(there)) == len(CONTENTS)
    # Nothing is left of what the dead one was writing, either.
    assert {path.name.partition(".")[2] for path in there.glob("[!.]*")} == {"png", "stylekit.json"}
    for record in here.glob("*.json"):
        assert facts(there / record.name) == facts(record)


def test_an_evaluation_goes_over_the_workers(environment, variables, contents):
    """One method with a network, one with none, in two styles each; the values are the same."""
    data = contents.parent / "set"
    for name, label in (("cat", "n02123045_tabby_cat"), ("coffee", "n07930864_cup")):
        data.mkdir(exist_ok=True)
        (contents / f"{name}.png").rename(data / f"{len(list(data.iterdir()))}_{label}.png")
    words = ["evaluate", "content-retention", "--dataset", str(data), "--styles", "sample:waves"]
    words += ["sample:swirls", "--methods", "identity", "gatys:vgg19+steps=2", "--size", "64"]
    words += ["--device", "cpu", "--offline", "--quiet"]
    words += ["--set", 'content-retention.classifier=["efficientnet-lite0"]']
    reports = []
    for more in ((), RAY):
        out = contents.parent / f"report-{len(more)}"
        ran = environment.stylekit(*words, "--out", str(out), *more, env=variables)
        assert ran.returncode == 0, ran.stderr
        reports.append(json.loads((out / "report.json").read_text(encoding="utf-8")))
    assert reports[0]["values"] == reports[1]["values"]


def workers_of(pid: int) -> Iterator[psutil.Process]:
    for each in psutil.Process(pid).children(recursive=True):
        if "".join(each.cmdline()).startswith("ray::Worker"):
            yield each


def images(folder: Path) -> dict[str, str]:
    """Return digests: of bytes themselves, pytest would print differences for minutes."""
    return {path.name: sha256_of(path) for path in folder.glob("[!.]*.png")}


def facts(path: Path) -> dict[str, Any]:
    """Return a record without what is of the hour."""
    details = json.loads(path.read_text(encoding="utf-8"))
    return {key: details[key] for key in details if key not in ("seconds", "peak_memory_mb")}
