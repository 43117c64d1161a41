"""One cluster of this machine for all tests in this process; runs that are handed one leave it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import psutil
import pytest
from stylekit_ray.cluster import cluster


@pytest.fixture(scope="session")
def ray_cluster() -> Iterator[None]:
    with cluster("local", 4):
        yield


def workers_below(process: psutil.Process) -> list[psutil.Process]:
    """Return the workers of a run, by the names that Ray gives them."""
    found = []
    for each in process.children(recursive=True):
        try:
            if each.cmdline()[:1] and each.cmdline()[0].startswith("ray::Worker"):
                found.append(each)
        except psutil.Error:
            continue
    return found


@pytest.fixture
def killing() -> Iterator[Callable[[Callable[[], bool]], threading.Thread]]:
    """Return a function that kills a worker as soon as something is so."""
    threads = []

    def begin(when: Callable[[], bool]) -> threading.Thread:
        def watch() -> None:
            until = time.monotonic() + 120
            while time.monotonic() < until:
                workers = workers_below(psutil.Process())
                if workers and when():
                    workers[0].kill()
                    return
                time.sleep(0.02)

        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        threads.append(thread)
        return thread

    yield begin
    for thread in threads:
        thread.join(timeout=1)
