"""A real server in its own process, and a real Chromium that opens its page."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from stylekit.records.digests import digest_of_file

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome")

TIMEOUT_MS = 120_000
"""Time limit of each action on the page in milliseconds; a busy machine is slow."""

RUN_TIMEOUT_MS = 600_000
"""Time limit of a run, or of all runs of a queue, in milliseconds."""

ENDED = re.compile("^(Done|Stopped)")
"""Status of a run that has ended."""

# Logs each connection of the server's process from its start.
AUDITED = """
import os, sys

def log_connection(event, arguments):
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        with open(os.environ["UI_TEST_CONNECTIONS"], "a") as file:
            print(arguments[1][0], file=file)
    elif event == "socket.getaddrinfo":
        with open(os.environ["UI_TEST_CONNECTIONS"], "a") as file:
            print(arguments[0], file=file)

sys.addaudithook(log_connection)

if __name__ == "__main__":
    from stylekit.cli.main import main

    sys.exit(main())
"""

SLOW = """
const fetchNow = window.fetch;
window.lateness = () => 0;
window.fetch = async (...request) => {
  await new Promise((ready) => setTimeout(ready, window.lateness()));
  return fetchNow(...request);
};
"""
"""Makes requests of the page late by `lateness()` milliseconds."""


@dataclass
class Server:
    """A running `stylekit ui`.

    Attributes:
        url: the printed address, with the token.
        connections: a file with the hosts that the server has contacted.
        stderr: a file with the output on stderr.
    """

    url: str
    folder: Path
    connections: Path
    stderr: Path
    process: subprocess.Popen[str]

    @property
    def address(self) -> str:
        """The address without the token."""
        return self.url.partition("/?")[0]

    @property
    def token(self) -> str:
        return self.url.partition("/?token=")[2]

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    @property
    def scratch(self) -> Path:
        (folder,) = (self.folder.parent / "temporary").glob("stylekit-ui-*")
        return folder

    @property
    def images(self) -> list[Path]:
        """The results, newest first."""
        return sorted(self.folder.glob("[!.]*.png"), key=lambda path: -path.stat().st_mtime_ns)

    def record(self, image: Path) -> dict[str, Any]:
        text = image.with_name(image.stem + ".stylekit.json").read_text(encoding="utf-8")
        record: dict[str, Any] = json.loads(text)
        return record

    def end(self) -> int:
        """Stop the server with Ctrl-C and return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)


class Artist:
    """A user with an open page.

    Attributes:
        requests: the addresses that the page has requested.
    """

    def __init__(self, page: Any) -> None:
        self.page = page
        self.requests: list[str] = []
        page.set_default_timeout(TIMEOUT_MS)
        page.on("request", lambda request: self.requests.append(request.url))

    def choose(self, control: str, choice: str) -> None:
        """Select an option of a list."""
        self.page.locator(f"{control} input").click()
        self.page.get_by_role("option", name=choice, exact=True).click()

    def upload(self, place: str, path: Path) -> None:
        """Upload a file and wait until the page shows it."""
        self.page.locator(f"{place} input[type=file]").set_input_files(path)
        self.page.locator(f"{place} img, {place} video").first.wait_for()

    def sample(self, place: str, name: str) -> None:
        """Click a sample and wait until the page shows it."""
        self.page.locator(f"{place}-samples").get_by_label(f"Sample {name}", exact=True).click()
        self.page.locator(f"{place} img[src*='{name}']").wait_for()

    def fill(self, control: Any, text: str) -> None:
        """Fill in a field and leave it."""
        field = self.page.locator(control) if isinstance(control, str) else control
        field.fill(text)
        field.blur()

    def unfold(self, name: str) -> None:
        """Open a folded part of the form."""
        self.page.get_by_role("button", name=name).first.click()

    def open_settings(self) -> None:
        """Open all settings."""
        self.unfold("All settings")
        self.page.locator("#image-seed").wait_for()

    def set(self, name: str, value: object) -> None:
        """Fill in a field of the open settings."""
        field = f"#image-{name} input[type=number], #image-{name} textarea"
        self.fill(field, str(value))

    def set_up(
        self, method: str, *, content: Path | None = None, style: str = "swirls", size: int = 64
    ) -> None:
        """Fill in the inputs of an image."""
        if content is None:
            self.sample("#image-content", "coffee")
        else:
            self.upload("#image-content", content)
        self.sample("#image-style-1", style)
        self.choose("#image-method", method)
        self.fill("#image-size input", str(size))

    def set_up_training(self, style: str | Path = "waves", minutes: float = 0.1) -> None:
        """Fill in the inputs of a training whose steps are short."""
        self.page.get_by_role("tab", name="Train").click()
        if isinstance(style, Path):
            self.upload("#train-style", style)
        else:
            self.sample("#train-style", style)
        self.fill("#train-minutes input", str(minutes))
        if not self.page.locator("#train-fast-size").is_visible():
            self.unfold("All settings of the training")
        for name, value in {"size": 64, "style_size": 96, "crops": 2, "validate_steps": 4}.items():
            self.fill(f"#train-fast-{name} input[type=number]", str(value))

    def add(self, paths: list[Path]) -> None:
        """Add images to the queue."""
        self.unfold("More images")
        self.page.locator("#image-more input[type=file]").set_input_files(paths)
        self.page.locator("#image-more").get_by_text(paths[-1].stem).first.wait_for()

    def run(self, kind: str = "image") -> None:
        """Press Run and wait until the run has started; a short one may have ended already."""
        status = self.page.locator(f"#{kind}-status")
        # The status of the run before, which the server replaces.
        mark = "nodes => nodes.forEach(node => node.dataset.old = '')"
        status.locator(".sk-status").evaluate_all(mark)
        self.page.locator(f"#{kind}-run").click()
        started = self.page.locator(f"#{kind}-stop:visible")
        ended = status.locator(".sk-status:not([data-old])", has_text=ENDED)
        started.or_(ended).first.wait_for()

    def finished(self, kind: str = "image") -> str:
        """Wait until a run has ended and return the status line."""
        self.page.locator(f"#{kind}-run").wait_for(timeout=RUN_TIMEOUT_MS)
        return str(self.page.locator(f"#{kind}-status").inner_text())

    def error(self, kind: str = "image") -> str:
        """Wait for an error and return its text."""
        alert = self.page.locator(f"#{kind}-status [role=alert]")
        alert.wait_for()
        return str(alert.inner_text())

    def downloaded(self, button: str) -> bytes:
        """Press a download button and return the file."""
        with self.page.expect_download() as download:
            self.page.locator(button).click()
        return Path(download.value.path()).read_bytes()


@pytest.fixture
def training() -> Callable[..., Path]:
    """Write the files of a training, with a network that nothing loads."""

    def write(folder: Path, style: str | None, method: str = "fast:fast") -> Path:
        folder.mkdir(parents=True)
        file = folder / "network.safetensors"
        file.write_bytes(folder.name.encode())
        artifact = {"file": file.name, "sha256": digest_of_file(file)}
        styles = {} if style is None else {"style": [style]}
        record = {"config": {"method": method, **styles}, "artifact": artifact}
        file.with_suffix(".stylekit.json").write_text(json.dumps(record))
        return file

    return write


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    """Start servers, each in its own folder."""
    pytest.importorskip("gradio", reason="the page is made with Gradio")
    script = tmp_path_factory.mktemp("script") / "audited.py"
    script.write_text(AUDITED, encoding="utf-8")
    started: list[Server] = []

    def start(*argv: str, **variables: str) -> Server:
        place = tmp_path_factory.mktemp("server")
        connections = place / "connections.txt"
        connections.touch()
        stderr = place / "stderr.txt"
        (place / "temporary").mkdir()
        command = [sys.executable, str(script), "ui", "--json"]
        browser = () if "BROWSER" in variables else ("--no-browser",)
        process = subprocess.Popen(
            [*command, *browser, "--folder", "runs", *argv],
            cwd=place,
            # Threads only slow down images as small as these.
            env={
                **os.environ,
                "UI_TEST_CONNECTIONS": str(connections),
                "OMP_NUM_THREADS": "1",
                "TMPDIR": str(place / "temporary"),
                **variables,
            },
            stdout=subprocess.PIPE,
            stderr=stderr.open("w"),
            text=True,
        )
        assert process.stdout is not None
        printed = ""
        while not printed.rstrip().endswith("}"):
            line = process.stdout.readline()
            assert line, f"the server ended with {process.wait()}: {stderr.read_text()}"
            printed += line
        facts = json.loads(printed)
        server = Server(facts["url"], Path(facts["folder"]), connections, stderr, process)
        started.append(server)
        return server

    yield start
    for server in started:
        server.end()


@pytest.fixture(scope="session")
def server(serve: Callable[..., Server]) -> Server:
    return serve()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium: Playwright's own, or the system's."""
    why = "the page is tested with Playwright"
    playwright = pytest.importorskip("playwright.sync_api", reason=why)
    with playwright.sync_playwright() as driver:
        own = Path(driver.chromium.executable_path)
        system = next(filter(None, map(shutil.which, BROWSERS)), None)
        if not own.exists() and system is None:
            pytest.skip("there is no Chromium: `playwright install chromium`")
        # The brush needs WebGL without a GPU; root cannot use the sandbox.
        options = ["--enable-unsafe-swiftshader"]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            options.append("--no-sandbox")
        launched = driver.chromium.launch(
            executable_path=None if own.exists() else system, args=options
        )
        yield launched
        launched.close()


@pytest.fixture
def visit(browser: Any) -> Iterator[Callable[..., Artist]]:
    """Open pages that share nothing, like the browsers of two people."""
    contexts = []

    def open_one(server: Server) -> Artist:
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        contexts.append(context)
        artist = Artist(context.new_page())
        artist.page.goto(server.url)
        artist.page.locator("#image-run").wait_for()
        # The thumbnails come when the page's scripts work.
        artist.page.locator("#image-content-samples img").first.wait_for()
        return artist

    yield open_one
    for context in contexts:
        context.close()


@pytest.fixture
def artist(server: Server, visit: Callable[[Server], Artist]) -> Artist:
    return visit(server)


@pytest.fixture
def slow(artist: Any) -> Any:
    """A page on which requests can be late."""
    page = artist.page
    page.add_init_script(SLOW)
    page.reload()
    page.locator("#image-content-samples img").first.wait_for()
    return artist
