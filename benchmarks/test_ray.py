"""Runs on Ray's workers (contrib/stylekit-ray): their overhead, and the gain from a second one.

Targets: at most 3 % more time per image than the local executor, and with two workers at least 1.7
times the throughput of one, if two processes without Ray reach that, too. One thread each. Times
are those of the written files.

Needs Ray: `pip install ray ./contrib/stylekit-ray`.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

import stylekit

ray = pytest.importorskip("ray", reason="needs Ray: pip install ray ./contrib/stylekit-ray")

IMAGES = 16
GATYS: dict[str, Any] = {
    **{"method": "gatys", "backbone": "vgg19", "style": "sample:waves", "size": 128, "steps": 40},
    **{"device": "cpu", "offline": True, "checkpoint_seconds": 60.0},
}
QUICK: dict[str, Any] = {"method": "identity", "size": 64, "device": "cpu", "offline": True}
MANY = 1000

LOCAL = """
import json, sys, torch, stylekit
torch.set_num_threads(1)
stylekit.run(**json.loads(sys.argv[1]))
"""


@pytest.fixture(scope="module", autouse=True)
def cluster() -> Iterator[None]:
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ["RAY_worker_niceness"] = "0"  # noqa: SIM112 - so it is called
    ray.init("local", num_cpus=2, include_dashboard=False, log_to_driver=False)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
    ray.shutdown()


def contents(folder: Path, count: int) -> list[str]:
    """Write copies of one image, each of which takes the same time."""
    folder.mkdir()
    image = stylekit.run("identity", content="sample:coffee", size=256).image.to_pil()
    paths = [folder / f"{number:04}.png" for number in range(count)]
    for path in paths:
        image.save(path)
    return [str(path) for path in paths]


def write_times(folder: Path) -> list[float]:
    """Return when each image of a folder was written, in seconds."""
    return sorted(path.stat().st_mtime_ns / 1e9 for path in folder.glob("*.png"))


def throughput(folder: Path, workers: int) -> float:
    """Return images per second, counted after each worker has written one."""
    written = write_times(folder)
    return (len(written) - workers) / (written[-1] - written[workers - 1])


def gaps(folder: Path) -> list[float]:
    written = write_times(folder)
    return [after - before for before, after in itertools.pairwise(written)]


def run(out: Path, names: list[str], workers: int | None, **options: Any) -> float:
    """Stylize images; return CPU seconds of this process."""
    more: dict[str, Any] = {"executor": "local"}
    if workers:
        more = {"executor": "ray", "config": {"ray": {"workers": workers, "threads": 1}}}
    start = time.process_time()
    stylekit.run(content=names, out=f"{out}/", **options, **more)
    return time.process_time() - start


def test_overhead_of_an_image(benchmark: Any, tmp_path: Path) -> None:
    """The local executor and one worker, in turn."""
    names = contents(tmp_path / "contents", IMAGES)
    seconds: dict[str, list[float]] = {"local": [], "ray": []}

    def both() -> None:
        for turn in range(2):
            for kind, workers in (("local", None), ("ray", 1)):
                out = tmp_path / f"{kind}-{turn}"
                run(out, names, workers, **GATYS)
                seconds[kind] += gaps(out)

    benchmark.pedantic(both, rounds=1, iterations=1)
    local, there = (statistics.median(seconds[kind]) for kind in ("local", "ray"))
    print(
        f"\n{GATYS['size']} px, {GATYS['steps']} steps: {local:.3f} s an image here, "
        f"{there:.3f} s with a worker: {100 * (there / local - 1):+.1f} %"
    )
    benchmark.extra_info |= {"local_s": local, "ray_s": there}
    assert there < 1.03 * local


def test_two_workers(benchmark: Any, tmp_path: Path) -> None:
    """Two workers beside two processes without Ray, which show the limit of the machine."""
    names = contents(tmp_path / "contents", IMAGES)
    rates: dict[str, float] = {}

    def measure() -> None:
        for workers in (1, 2):
            out = tmp_path / f"ray-{workers}"
            run(out, names, workers, **GATYS)
            rates[f"ray {workers}"] = throughput(out, workers)
        for count in (1, 2):
            outs = [tmp_path / f"plain-{count}-{number}" for number in range(count)]
            with contextlib.ExitStack() as stack:
                for number, out in enumerate(outs):
                    own = names[number::count]
                    options = {**GATYS, "content": own, "out": f"{out}/"}
                    command = [sys.executable, "-c", LOCAL, json.dumps(options)]
                    stack.enter_context(subprocess.Popen(command))
            rates[f"plain {count}"] = sum(1 / statistics.median(gaps(out)) for out in outs)

    benchmark.pedantic(measure, rounds=1, iterations=1)
    gain, limit = (rates[f"{kind} 2"] / rates[f"{kind} 1"] for kind in ("ray", "plain"))
    print(
        f"\n{os.cpu_count()} CPUs: {rates['ray 1']:.3f} and {rates['ray 2']:.3f} images a second "
        f"with one and two workers: {gain:.2f} times; two processes without Ray: {limit:.2f}"
    )
    benchmark.extra_info |= rates
    assert gain >= min(1.7, 0.95 * limit)


def test_overhead_of_the_driver(benchmark: Any, tmp_path: Path) -> None:
    """Images that take no time, so that only the cost in the user's process remains."""
    names = contents(tmp_path / "contents", MANY)
    cpu = benchmark.pedantic(
        lambda: run(tmp_path / "out", names, 1, **QUICK), rounds=1, iterations=1
    )
    each = statistics.median(gaps(tmp_path / "out"))
    print(
        f"\nidentity, {QUICK['size']} px: {1e3 * each:.1f} ms an image in one worker; "
        f"{1e3 * cpu / MANY:.2f} ms of CPU an image in the driver"
    )
    benchmark.extra_info |= {"worker_ms": 1e3 * each, "driver_ms": 1e3 * cpu / MANY}
    assert cpu / MANY < 0.01
