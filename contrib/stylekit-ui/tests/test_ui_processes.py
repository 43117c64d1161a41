"""Processes that work: what they load, and how they share the machine."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from stylekit_ui.messages import Failed, Made, Make, Progress
from stylekit_ui.process import Child
from stylekit_ui.run_manager import Job, Runs

WORK = """
import json, sys, time
from stylekit_ui.process import Child, warm_up
from stylekit_ui.messages import Failed, Made, Make, Shown

if __name__ == "__main__":
    warm_up()
    for sharing in (1, 2):
        out = f"{sys.argv[1]}/{sharing}.png"
        config = {"method": "identity", "content": ["sample:coffee"], "size": 32, "out": out}
        child = Child(Make([], config, sharing))
        found = []
        while not (found and isinstance(found[-1], Made | Failed)):
            found += child.reports()
            time.sleep(0.02)
        child.join()
        assert isinstance(found[-1], Made), found[-1]
"""


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which two runs have worked, between modules of somebody else's."""
    folder = tmp_path_factory.mktemp("folder")
    for name in ("json", "random", "selectors", "signal", "socket", "struct", "torch", "numpy"):
        (folder / f"{name}.py").write_text("open('ran', 'a').close()\n", encoding="utf-8")
    script = tmp_path_factory.mktemp("script") / "work.py"
    script.write_text(WORK, encoding="utf-8")
    subprocess.run(
        [sys.executable, str(script), str(folder)], cwd=folder, check=True, timeout=120,
        env={**os.environ, "OMP_NUM_THREADS": "2"},
    )  # fmt: skip
    return folder


def test_no_module_of_the_working_folder_is_run(worked: Path):
    assert not (worked / "ran").exists()


def test_two_runs_share_the_threads(worked: Path):
    devices = [
        json.loads((worked / f"{sharing}.stylekit.json").read_text(encoding="utf-8"))["device"]
        for sharing in (1, 2)
    ]
    assert "2 threads" in devices[0]
    assert "1 thread" in devices[1]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no HUP")
def test_a_run_keeps_its_best_when_the_terminal_is_closed(tmp_path: Path):
    vgg19 = {"method": "gatys", "backbone": "vgg19", "gatys": {"steps": 5000}}
    pair = {"content": ["sample:coffee"], "style": ["sample:waves"], "size": 64}
    child = Child(Make([], {**vgg19, **pair, "device": "cpu", "out": f"{tmp_path}/out.png"}))
    heard: list[Any] = []
    hung_up = False
    while not any(isinstance(report, Made | Failed) for report in heard):
        heard += child.reports()
        if not hung_up and any(isinstance(report, Progress) for report in heard):
            os.kill(child._process.pid or 0, signal.SIGHUP)
            hung_up = True
        time.sleep(0.02)
    child.join()
    assert isinstance(heard[-1], Made), heard[-1]
    assert heard[-1].interrupted
    assert heard[-1].image.is_file()


class Worker:
    """Stands for a process that works until it is stopped."""

    started: list[Make] = []  # noqa: RUF012 - emptied by the test

    def __init__(self, task: Make) -> None:
        self.started.append(task)
        self._stopped = False

    def reports(self) -> list[Any]:
        done = Made(Path("x"), Path("y"), None, 0, 0, interrupted=True)
        return [done] if self._stopped else []

    def stop(self) -> None:
        self._stopped = True

    works = False

    def close(self) -> None: ...


def test_a_run_hears_how_many_work_beside_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("stylekit_ui.run_manager.Child", Worker)
    Worker.started.clear()
    runs = Runs(2)

    async def follow(page: str) -> None:
        async for _ in runs.follow((page, "picture"), Make([], {})):
            pass

    async def all_of_them() -> None:
        tasks = []
        for count, page in enumerate(("a", "b"), 1):
            tasks.append(asyncio.ensure_future(follow(page)))
            while len(Worker.started) < count:
                await asyncio.sleep(0.01)
        for page in ("a", "b"):
            runs.leave(page)
        await asyncio.gather(*tasks)
        await asyncio.gather(follow_one := asyncio.ensure_future(follow("c")), stop_soon())
        assert follow_one.done()

    async def stop_soon() -> None:
        while len(Worker.started) < 3:
            await asyncio.sleep(0.01)
        runs.leave("c")

    thread = threading.Thread(target=lambda: asyncio.run(all_of_them()))
    thread.start()
    thread.join(20)
    assert [task.sharing for task in Worker.started] == [1, 2, 1]


def test_a_page_is_left_while_other_runs_end():
    runs = Runs(2)

    class Ending(Job):
        def stop(self) -> None:
            # As if the loop's thread had come between.
            runs._jobs.pop(("b", "picture"), None)

    for page in "abc":
        runs._jobs[page, "picture"] = Ending(Make([], {}))
    runs.leave("a")
    assert ("b", "picture") not in runs._jobs
