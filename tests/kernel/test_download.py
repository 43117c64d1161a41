"""Downloads over broken connections, from a real server on this machine."""

from __future__ import annotations

import hashlib
import http.server
import os
import random
import re
import socket
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path

import pytest

import stylekit
from stylekit import Host
from stylekit.errors import DamagedWeightsError, WeightsError
from stylekit.registry.catalogue import Component
from stylekit.specs import WeightsSpec
from stylekit.weights import Online, cache, download, download_progress
from stylekit.weights.manager import WeightsManager

CONTENT = random.Random(0).randbytes(400_000)
OTHER = random.Random(1).randbytes(400_000)


@dataclass
class Served:
    """The behavior of the server, and the requests that it got."""

    address: str = ""
    content: bytes = CONTENT
    tag: str | None = '"one"'
    ranges: bool = True
    breaks: list[int] = field(default_factory=list)
    announced: bool = True
    status: int = 200
    refusals: list[tuple[int, str]] = field(default_factory=list)
    wrong_length: int = 0
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """A server that breaks the connection after `breaks` bytes, one after the other."""
    state = Served()
    monkeypatch.setenv("STYLEKIT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(download, "BACKOFF_SECONDS", 0.01)
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = self.headers.get("Range", "")
            state.asked.append(asked)
            if state.refusals:
                status, retry_after = state.refusals.pop(0)
                self.send_response(status)
                self.send_header("Retry-After", retry_after)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            same = state.ranges and asked and self.headers.get("If-Range") == state.tag
            begin = int(asked.removeprefix("bytes=").rstrip("-")) if same else 0
            self.send_response(206 if same else state.status)
            if same:
                whole = len(state.content)
                self.send_header("Content-Range", f"bytes {begin}-{whole - 1}/{whole}")
            if state.tag:
                self.send_header("ETag", state.tag)
            body = state.content[begin:]
            if state.announced:
                self.send_header("Content-Length", str(len(body) + state.wrong_length))
            self.end_headers()
            self.wfile.write(body[: state.breaks.pop(0)] if state.breaks else body)

        def log_message(self, *arguments: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    state.address = f"http://127.0.0.1:{server.server_port}/net.pth"
    yield state
    server.shutdown()
    server.server_close()


class Plugin:
    def __init__(self, url: str, sha256: str, size_mb: float) -> None:
        self.url, self.sha256, self.size_mb = url, sha256, size_mb

    @stylekit.hookimpl
    def register_weights(self) -> list[WeightsSpec]:
        return [
            WeightsSpec(
                name="mine",
                network="my-network",
                summary="",
                source=Online(url=self.url),
                sha256=self.sha256,
                size_mb=self.size_mb,
                factory="stylekit_plugins.weights.torchvision_state_dict:TorchvisionStateDict",
            )
        ]


Mine = tuple[WeightsManager, Component[WeightsSpec]]


def mine(served: Served, sha256: str = "", size_mb: float = 0.4) -> Mine:
    digest = sha256 or hashlib.sha256(CONTENT).hexdigest()
    host = Host({"mine": Plugin(served.address, digest, size_mb)}, discover=False)
    component = host.catalogue.find(WeightsSpec, "mine")
    return WeightsManager(host.catalogue, {}), component


def left(component: Component[WeightsSpec]) -> list[str]:
    folder = cache.cached_path(component.spec).parent
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_a_broken_connection_is_continued_where_it_broke(served: Served) -> None:
    served.breaks = [100_000, 150_000, 0, 1]
    manager, component = mine(served)
    assert manager.ensure(component).path.read_bytes() == CONTENT
    assert served.asked == [
        *("", "bytes=100000-", "bytes=250000-", "bytes=250000-", "bytes=250001-")
    ]
    assert left(component) == ["mine-net.pth"]


@pytest.mark.parametrize("change", [{"tag": None}, {"ranges": False}], ids=str)
def test_a_server_that_cannot_continue_sends_all_of_it_again(
    served: Served, change: dict[str, object]
) -> None:
    vars(served).update(change)
    served.breaks = [100_000, 200_000]
    manager, component = mine(served)
    assert manager.ensure(component).path.read_bytes() == CONTENT
    assert left(component) == ["mine-net.pth"]


def test_a_killed_download_is_continued_by_the_next(served: Served, logged: list[str]) -> None:
    def stop(line: str) -> None:
        raise KeyboardInterrupt

    manager, component = mine(served)
    target = cache.cached_path(component.spec)
    served.breaks = [100_000, *[0] * download.ATTEMPTS]
    with pytest.raises(WeightsError, match="broke after 100000 bytes"):
        manager.ensure(component)
    (part,) = left(component)
    assert part.startswith(".mine-net.pth.")
    assert part.endswith(".part")
    served.asked.clear()
    again, component = mine(served)
    assert again.ensure(component).path.read_bytes() == CONTENT
    assert served.asked == ["", "bytes=100000-"]
    assert any("continued" in line for line in logged)
    assert left(component) == [target.name]


def test_the_part_of_another_version_is_not_continued(served: Served) -> None:
    manager, component = mine(served)
    served.content, served.tag = OTHER, '"before"'
    served.breaks = [100_000, *[0] * download.ATTEMPTS]
    with pytest.raises(WeightsError):
        manager.ensure(component)
    served.content, served.tag = CONTENT, '"now"'
    assert manager.ensure(component).path.read_bytes() == CONTENT
    assert left(component) == ["mine-net.pth"]


def test_a_file_that_changes_during_the_download_starts_again(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def changed(seconds: float) -> None:
        served.content, served.tag = CONTENT, '"now"'

    served.content, served.breaks = OTHER, [100_000]
    monkeypatch.setattr(download.time, "sleep", changed)
    manager, component = mine(served)
    assert manager.ensure(component).path.read_bytes() == CONTENT


def test_one_part_belongs_to_one_process(served: Served, tmp_path: Path) -> None:
    target = tmp_path / "net.pth"
    with download._part(target, "http://a", '"v"') as first:
        first.write(b"half")
        first.flush()
        with download._part(target, "http://a", '"v"') as second:
            assert second.name != first.name
    with download._part(target, "http://a", '"v"') as third:
        assert third.read() in (b"half", b"")
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("announced", [True, False])
def test_an_answer_that_is_too_large_is_cut_off(served: Served, announced: bool) -> None:
    served.content, served.announced = CONTENT * 20, announced
    manager, component = mine(served)
    with pytest.raises(WeightsError, match="at most"):
        manager.ensure(component)
    assert left(component) == []


def test_a_server_error_is_not_a_bug(served: Served) -> None:
    served.status = 503
    manager, component = mine(served)
    with pytest.raises(WeightsError, match="503"):
        manager.ensure(component)


@pytest.mark.parametrize("status", [500, 503, 429, 408])
def test_a_busy_server_is_asked_again(served: Served, status: int) -> None:
    served.refusals = [(status, ""), (status, "")]
    manager, component = mine(served)
    assert manager.ensure(component).path.read_bytes() == CONTENT
    assert served.asked == ["", "", ""]


def test_a_busy_server_is_asked_again_in_the_middle(served: Served) -> None:
    served.breaks = [100_000]
    manager, component = mine(served)
    answers = served.asked

    class Refusing(list[int]):
        """Refuses the request after the first answer was cut off."""

        def pop(self, index: int = -1) -> int:
            served.refusals = [(503, "")]
            return super().pop(index)

    served.breaks = Refusing(served.breaks)
    assert manager.ensure(component).path.read_bytes() == CONTENT
    assert answers == ["", "bytes=100000-", "bytes=100000-"]


@pytest.mark.parametrize("date", [False, True])
def test_the_wait_that_a_server_asks_for_is_kept(
    served: Served, monkeypatch: pytest.MonkeyPatch, logged: list[str], date: bool
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(download.time, "sleep", waits.append)
    text = formatdate(time.time() + 7.5, usegmt=True) if date else "7"
    served.refusals = [(429, text)]
    manager, component = mine(served)
    manager.ensure(component)
    assert len(waits) == 1
    assert 5 < waits[0] <= 7.5
    assert any("trying again in" in line for line in logged)


def test_a_server_that_asks_for_too_long_a_wait_is_given_up(served: Served) -> None:
    served.refusals = [(503, "3600")]
    manager, component = mine(served)
    with pytest.raises(WeightsError, match="come back in 3600 seconds"):
        manager.ensure(component)
    assert served.asked == [""]


def test_a_missing_file_is_not_asked_for_again(served: Served) -> None:
    served.refusals = [(404, "")]
    manager, component = mine(served)
    with pytest.raises(WeightsError, match="404"):
        manager.ensure(component)
    assert served.asked == [""]


def test_a_host_that_does_not_answer_costs_seconds(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "CONNECT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        served.address = f"http://127.0.0.1:{silent.getsockname()[1]}/net.pth"
        manager, component = mine(served)
        began = time.monotonic()
        with pytest.raises(WeightsError, match="cannot be reached"):
            manager.ensure(component)
        assert time.monotonic() - began < 10


@pytest.mark.parametrize("wrong", [-1000, 1000], ids=["short", "long"])
def test_a_wrong_length_is_noticed(served: Served, wrong: int) -> None:
    served.wrong_length = wrong
    manager, component = mine(served)
    with pytest.raises((WeightsError, DamagedWeightsError), match=r"damaged|broke"):
        manager.ensure(component)
    assert not cache.cached_path(component.spec).exists()


def test_the_proxy_of_the_environment_is_used(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", served.address.removesuffix("/net.pth"))
    monkeypatch.setenv("no_proxy", "")
    # Python reads the environment once, for the first address that it opens.
    monkeypatch.setattr("urllib.request._opener", None)
    served.address = "http://nowhere.invalid/net.pth"
    manager, component = mine(served)
    assert manager.ensure(component).path.read_bytes() == CONTENT


def test_the_cache_is_named_once(served: Served, logged: list[str]) -> None:
    manager, component = mine(served)
    path = manager.fetch(component)
    manager.fetch(component)
    assert logged.count(f"  kept in {path.parent}") == 1
    assert logged[0].startswith("Fetching mine (0.4 MB, http://")


def test_progress_is_logged_with_speed_and_time_left(
    served: Served, monkeypatch: pytest.MonkeyPatch, logged: list[str]
) -> None:
    monkeypatch.setattr(download_progress, "FIRST_LINE_SECONDS", 0.0)
    monkeypatch.setattr(download_progress, "LINE_SECONDS", 0.0)
    served.breaks = [100_000]
    manager, component = mine(served)
    manager.ensure(component)
    lines = [line for line in logged if re.fullmatch(r"  0\.\d of 0\.4 MB, .* MB/s, .* left", line)]
    assert lines


@pytest.mark.skipif(os.name != "posix", reason="there are no pseudo-terminals")
def test_a_terminal_shows_a_bar(served: Served, tmp_path: Path) -> None:
    import pty
    import subprocess

    script = f"""
import logging, pathlib
from stylekit.cli.log_lines import logging_to_stderr
from stylekit.cli.streams import standard_streams
from stylekit.weights import download
with standard_streams(), logging_to_stderr(False, False):
    target = pathlib.Path({str(tmp_path / "net.pth")!r})
    with download.downloaded({served.address!r}, target, 1e9):
        pass
"""
    served.content = CONTENT * 40
    ours, theirs = pty.openpty()
    with subprocess.Popen([sys.executable, "-c", script], stderr=theirs) as process:
        os.close(theirs)
        seen = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:
                break
            if not piece:
                break
            seen += piece
    os.close(ours)
    assert process.returncode == 0, seen
    assert b"net.pth" in seen
    assert b"/16.0 MB" in seen
    assert (tmp_path / "net.pth").stat().st_size == len(served.content)


def test_a_host_that_falls_silent_halfway_is_given_up(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "CONNECT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        served.address = f"http://127.0.0.1:{listener.getsockname()[1]}/net.pth"

        def answer() -> None:
            connection, _ = listener.accept()
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 400000\r\n\r\nonly this")
            listener.accept()[0].recv(65536)

        threading.Thread(target=answer, daemon=True).start()
        manager, component = mine(served)
        with pytest.raises(WeightsError, match="the connection broke"):
            manager.ensure(component)
    assert left(component) == []


def digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_the_whole_digest_of_a_partly_pinned_file_is_remembered(served: Served) -> None:
    manager, component = mine(served, digest_of(CONTENT)[:8])
    choice = manager.ensure(component)
    kept = cache.digest_file(component.spec)
    assert kept.read_text().split() == [digest_of(CONTENT), "mine-net.pth"]
    assert choice.reference.endswith(f"#sha256={digest_of(CONTENT)}")
    assert cache.first_fetched(component.spec) == digest_of(CONTENT)


def test_another_file_with_the_same_8_digits_is_refused_afterwards(served: Served) -> None:
    # As if both began alike: nothing less than the whole digest tells them apart.
    manager, component = mine(served, digest_of(CONTENT)[:8])
    manager.ensure(component)
    forged = digest_of(CONTENT)[:8] + "f" * 56
    cache.digest_file(component.spec).write_text(f"{forged}  mine-net.pth\n")
    with pytest.raises(DamagedWeightsError) as caught:
        manager.ensure(component)
    assert digest_of(CONTENT) in caught.value.message
    assert forged in caught.value.message
    assert "#sha256=HEX" in str(caught.value.hint)
    with pytest.raises(DamagedWeightsError, match="fetched first"):
        cache.verify(cache.cached_path(component.spec), component.spec)
    # The user knows which is right.
    choice = manager.select("my-network", f"mine#sha256={digest_of(CONTENT)}")
    assert choice.stated
    assert cache.first_fetched(component.spec) == digest_of(CONTENT)
    assert manager.ensure(component).sha256 == digest_of(CONTENT)


def test_a_fetched_file_must_have_the_stated_digest(served: Served) -> None:
    manager, component = mine(served, digest_of(CONTENT)[:8])
    with pytest.raises(DamagedWeightsError, match="not the stated one"):
        manager.select("my-network", f"mine#sha256={'0' * 64}")
    assert left(component) == []


def test_a_run_works_without_a_writable_cache(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warned: list[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("STYLEKIT_CACHE", str(tmp_path / "file"))
    manager, component = mine(served)
    choice = manager.select("my-network")
    assert choice.path.read_bytes() == CONTENT
    assert any("STYLEKIT_CACHE" in line for line in warned)
    with pytest.raises(WeightsError, match="STYLEKIT_CACHE") as caught:
        manager.ensure(component)
    assert caught.value.exit_code == 3
    assert left(component) == []


def test_an_error_without_any_writable_folder_names_the_variable_to_set(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("STYLEKIT_CACHE", str(tmp_path / "file"))

    def nowhere(**options: str) -> None:
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr("tempfile.TemporaryDirectory", nowhere)
    manager, _ = mine(served)
    with pytest.raises(WeightsError, match="STYLEKIT_CACHE"):
        manager.select("my-network")


@pytest.mark.parametrize("variable", ["HOME", "STYLEKIT_CACHE"])
def test_no_folder_is_called_like_an_unknown_home(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STYLEKIT_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr("pwd.getpwuid", lambda uid: {}[uid])
    if variable == "STYLEKIT_CACHE":
        monkeypatch.setenv("STYLEKIT_CACHE", "~/cache")
    assert "~" not in str(cache.cache_dir())
    assert cache.cache_dir().is_absolute()
