"""The cache of trained weights under faults: concurrent, killed, full, read-only, damaged."""

from __future__ import annotations

import hashlib
import http.server
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.helpers.scenarios import apart, install, needs_apart

PLUGIN = """
import os
import stylekit
from stylekit.specs import WeightsSpec
from stylekit.weights import Online

STYLEKIT_API = 1

@stylekit.hookimpl
def register_weights():
    yield WeightsSpec(
        name="mine", network="my-network", summary="", source=Online(url=os.environ["SERVED"]),
        sha256=os.environ["PROMISED"], factory="stylekit_plugins.weights.state_dict:StateDict",
    )
"""

CONTENT = random.Random(0).randbytes(3_000_000)
COMMAND = (sys.executable, "-m", "stylekit.cli.main", "weights")

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A server that takes half a second for a file, so that there is a while to be killed in."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(CONTENT)))
            self.end_headers()
            for start in range(0, len(CONTENT), 300_000):
                try:
                    self.wfile.write(CONTENT[start : start + 300_000])
                except OSError:
                    return  # Whoever asked was killed.
                time.sleep(0.05)

        def log_message(self, *arguments: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/net.pth"
    server.shutdown()
    server.server_close()


@pytest.fixture
def start(address: str, tmp_path: Path) -> Start:
    """Return a function that starts `stylekit weights`."""
    folder = tmp_path / "installed"
    install(folder, "mine", "stylekit_mine")
    (folder / "stylekit_mine.py").write_text(PLUGIN)
    kept = {key: value for key, value in os.environ.items() if "proxy" not in key.lower()}
    variables = {
        **kept,
        "PYTHONPATH": str(folder),
        "STYLEKIT_CACHE": str(tmp_path / "cache"),
        "SERVED": address,
        "PROMISED": hashlib.sha256(CONTENT).hexdigest(),
    }

    def begin(*words: str, within: tuple[str, ...] = ()) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*within, *COMMAND, *words],
            env=variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return begin


@pytest.fixture
def cached(tmp_path: Path) -> Path:
    return tmp_path / "cache/weights/mine-net.pth"


def finish(process: subprocess.Popen[str], code: int) -> str:
    """Wait for a process that must exit with `code`; return its stderr."""
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == code, stderr
    assert "Traceback" not in stderr
    assert "bug" not in stderr
    return stderr


def test_concurrent_fetches(start: Start, cached: Path) -> None:
    for process in [start("fetch", "mine") for _ in range(4)]:
        finish(process, 0)
    assert cached.read_bytes() == CONTENT
    assert list(cached.parent.iterdir()) == [cached]


def test_killed_while_it_fetches(start: Start, cached: Path) -> None:
    moments = random.Random(0)
    cut = 0
    for _ in range(6):
        process = start("fetch", "mine")
        deadline = time.monotonic() + 30
        while not cached.parent.is_dir() and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(moments.uniform(0, 0.5))
        process.kill()
        process.communicate()
        cut += not cached.exists()
        assert not cached.exists() or cached.read_bytes() == CONTENT
        cached.unlink(missing_ok=True)
    assert cut > 0
    finish(start("fetch", "mine"), 0)
    assert cached.read_bytes() == CONTENT


def test_damaged_at_random(start: Start, cached: Path) -> None:
    chance = random.Random(0)
    finish(start("fetch", "mine"), 0)
    damages: list[Callable[[bytearray], bytes]] = [
        lambda content: bytes(content[: chance.randrange(len(content))]),
        lambda content: bytes(content) + chance.randbytes(chance.randrange(1, 9)),
        lambda content: b"",
        lambda content: bytes(content[:-4096]) + bytes(4096),
        lambda content: bytes(flipped(content)),
    ]

    def flipped(content: bytearray) -> bytearray:
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        return content

    for damage in damages:
        cached.write_bytes(damage(bytearray(CONTENT)))
        stderr = finish(start("fetch", "mine", "--offline"), 2)
        assert f"{cached} is damaged" in stderr
        assert "Delete it" in stderr
        assert "is damaged" in finish(start("verify", "mine"), 2)
        assert "Fetching it again" in finish(start("fetch", "mine"), 0)
        assert cached.read_bytes() == CONTENT


@needs_apart
def test_a_cache_that_is_read_only(start: Start, cached: Path) -> None:
    folder = cached.parents[1]
    folder.mkdir()
    stderr = finish(start("fetch", "mine", within=apart(f"mount -t tmpfs -o ro t {folder}")), 3)
    assert f"Cannot write {cached}: Read-only file system" in stderr
    assert "STYLEKIT_CACHE" in stderr
    finish(start("fetch", "mine"), 0)
    frozen = apart(f"mount --bind {folder} {folder} && mount -o remount,ro,bind {folder}")
    assert "damaged" not in finish(start("verify", "mine", within=frozen), 0)
    finish(start("fetch", "mine", within=frozen), 0)


@needs_apart
def test_a_cache_that_is_full(start: Start, cached: Path) -> None:
    folder = cached.parents[1]
    folder.mkdir()
    # In KiB; the file has 2930.
    for size in (4, 1024, 2600):
        small = apart(f"mount -t tmpfs -o size={size}k t {folder}")
        stderr = finish(start("fetch", "mine", within=small), 3)
        assert f"Cannot write {cached}: No space left on device" in stderr
