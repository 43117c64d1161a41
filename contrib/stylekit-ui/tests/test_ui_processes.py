"""Worker processes: their modules, their threads, and how they stop."""

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
from stylekit_ui.messages import Failure, RunFinished, RunProgress, StylizeRequest
from stylekit_ui.process import WorkerProcess
from stylekit_ui.run_manager import QueuedRun, RunManager

WORK = """
import json, sys, time
from stylekit_ui.process import WorkerProcess, warm_up
from stylekit_ui.messages import Failure, RunFinished, StylizeRequest, PreviewReady

if __name__ == "__main__":
    warm_up()
    for concurrent_runs in (1, 2):
        out = f"{sys.argv[1]}/{concurrent_runs}.png"
        config = {"method": "identity", "content": ["sample:coffee"], "size": 32, "out": out}
        worker = WorkerProcess(StylizeRequest([], config, concurrent_runs))
        messages = []
        while not (messages and isinstance(messages[-1], RunFinished | Failure)):
            messages += worker.receive()
            time.sleep(0.02)
        worker.join()
        assert isinstance(messages[-1], RunFinished), messages[-1]
"""


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which two runs have worked beside hostile modules."""
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


def test_no_module_of_the_working_folder_is_imported(run_folder: Path):
    assert not (run_folder / "ran").exists()


def test_two_runs_share_the_threads(run_folder: Path):
    devices = [
        json.loads((run_folder / f"{concurrent_runs}.stylekit.json").read_text(encoding="utf-8"))[
            "device"
        ]
        for concurrent_runs in (1, 2)
    ]
    assert "2 threads" in devices[0]
    assert "1 thread" in devices[1]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no HUP")
def test_a_run_keeps_its_best_when_the_terminal_is_closed(tmp_path: Path):
    vgg19 = {"method": "gatys", "backbone": "vgg19", "gatys": {"steps": 5000}}
    pair = {"content": ["sample:coffee"], "style": ["sample:waves"], "size": 64}
    config = {**vgg19, **pair, "device": "cpu", "out": f"{tmp_path}/out.png"}
    worker = WorkerProcess(StylizeRequest([], config))
    messages: list[Any] = []
    hung_up = False
    while not any(isinstance(message, RunFinished | Failure) for message in messages):
        messages += worker.receive()
        if not hung_up and any(isinstance(message, RunProgress) for message in messages):
            os.kill(worker._process.pid or 0, signal.SIGHUP)
            hung_up = True
        time.sleep(0.02)
    worker.join()
    assert isinstance(messages[-1], RunFinished), messages[-1]
    assert messages[-1].interrupted
    assert messages[-1].image.is_file()


BLOCKED = """
import sys, time
from pathlib import Path
from stylekit_ui import process
from stylekit_ui.messages import PreviewRequest

def work(connection, request):
    time.sleep(600)

if __name__ == "__main__":
    process._run = work
    worker = process.WorkerProcess(PreviewRequest([], "sample:coffee", Path("preview.png")))
"""


def test_the_end_of_the_server_does_not_wait_for_a_preview(tmp_path: Path):
    script = tmp_path / "blocked.py"
    script.write_text(BLOCKED, encoding="utf-8")
    subprocess.run([sys.executable, str(script)], timeout=120, check=True)


class StubWorker:
    """A process that works until it is stopped."""

    started: list[StylizeRequest] = []  # noqa: RUF012 - emptied by the test

    def __init__(self, request: StylizeRequest) -> None:
        self.started.append(request)
        self._stopped = False

    def receive(self) -> list[Any]:
        done = RunFinished(Path("x"), Path("y"), None, 0, 0, interrupted=True)
        return [done] if self._stopped else []

    def stop(self) -> None:
        self._stopped = True

    is_alive = False

    def close(self) -> None: ...


def test_a_run_knows_how_many_share_the_processors(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("stylekit_ui.run_manager.WorkerProcess", StubWorker)
    StubWorker.started.clear()
    run_manager = RunManager(2)

    async def follow(page: str) -> None:
        async for _ in run_manager.stream((page, "image"), StylizeRequest([], {})):
            pass

    async def all_of_them() -> None:
        tasks = []
        for count, page in enumerate(("a", "b"), 1):
            tasks.append(asyncio.ensure_future(follow(page)))
            while len(StubWorker.started) < count:
                await asyncio.sleep(0.01)
        for page in ("a", "b"):
            run_manager.close_page(page)
        await asyncio.gather(*tasks)
        await asyncio.gather(follow_one := asyncio.ensure_future(follow("c")), stop_soon())
        assert follow_one.done()

    async def stop_soon() -> None:
        while len(StubWorker.started) < 3:
            await asyncio.sleep(0.01)
        run_manager.close_page("c")

    thread = threading.Thread(target=lambda: asyncio.run(all_of_them()))
    thread.start()
    thread.join(20)
    assert [request.concurrent_runs for request in StubWorker.started] == [1, 2, 1]


def test_a_page_closes_while_other_runs_end():
    run_manager = RunManager(2)

    class Ending(QueuedRun):
        def stop(self) -> None:
            # As if the event loop's thread had removed it.
            run_manager._runs.pop(("b", "image"), None)

    for page in "abc":
        run_manager._runs[page, "image"] = Ending(StylizeRequest([], {}))
    run_manager.close_page("a")
    assert ("b", "image") not in run_manager._runs
