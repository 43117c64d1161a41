"""A real server in a process of its own, and a real Chromium that looks at it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome")

SECONDS = 120_000
"""How long the page may take for anything, in milliseconds: a busy machine is slow."""

# Notes whom the server's process turns to, before anything of it is loaded.
WATCHED = """
import os, sys

def noted(event, arguments):
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        with open(os.environ["UI_TEST_CONNECTIONS"], "a") as file:
            print(arguments[1][0], file=file)
    elif event == "socket.getaddrinfo":
        with open(os.environ["UI_TEST_CONNECTIONS"], "a") as file:
            print(arguments[0], file=file)

sys.addaudithook(noted)

if __name__ == "__main__":
    from stylekit.cli.main import main

    sys.exit(main())
"""


@dataclass
class Server:
    """A running `stylekit ui`.

    Attributes:
        url: the address that it printed, with the token.
        said: what it says on stderr.
    """

    url: str
    folder: Path
    connections: Path
    said: Path
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
        """Those that it made, the newest first."""
        return sorted(self.folder.glob("[!.]*.png"), key=lambda path: -path.stat().st_mtime_ns)

    def record(self, image: Path) -> dict[str, Any]:
        text = image.with_name(image.stem + ".stylekit.json").read_text(encoding="utf-8")
        record: dict[str, Any] = json.loads(text)
        return record

    def end(self) -> int:
        """End it as Ctrl-C does, and return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)


class Artist:
    """Somebody at a page of their own.

    Attributes:
        asked: the addresses that the page has turned to.
    """

    def __init__(self, page: Any) -> None:
        self.page = page
        self.asked: list[str] = []
        page.set_default_timeout(SECONDS)
        page.on("request", lambda request: self.asked.append(request.url))

    def choose(self, control: str, choice: str) -> None:
        """Choose from a list."""
        self.page.locator(f"{control} input").click()
        self.page.get_by_role("option", name=choice, exact=True).click()

    def put(self, place: str, path: Path) -> None:
        """Put a file somewhere, and wait until it is shown."""
        self.page.locator(f"{place} input[type=file]").set_input_files(path)
        self.page.locator(f"{place} img, {place} video").first.wait_for()

    def sample(self, place: str, name: str) -> None:
        """Take a sample, and wait until it is shown."""
        self.choose(f"{place}-sample", name)
        self.page.locator(f"{place} img").wait_for()

    def fill(self, control: Any, text: str) -> None:
        """Write into a field, and leave it."""
        field = self.page.locator(control) if isinstance(control, str) else control
        field.fill(text)
        field.blur()

    def open_settings(self) -> None:
        """Open the form of all settings."""
        self.page.get_by_role("button", name="All settings").first.click()
        self.page.locator("#picture-seed").wait_for()

    def set(self, name: str, value: object) -> None:
        """Write into a field of the form of all settings, which is open."""
        field = f"#picture-{name} input[type=number], #picture-{name} textarea"
        self.fill(field, str(value))

    def set_up(
        self, method: str, *, content: Path | None = None, style: str = "swirls", size: int = 64
    ) -> None:
        """Choose all that a picture needs."""
        if content is None:
            self.sample("#picture-content", "coffee")
        else:
            self.put("#picture-content", content)
        self.sample("#picture-style-1", style)
        self.choose("#picture-method", method)
        self.fill("#picture-size input", str(size))

    def run(self, desk: str = "picture") -> None:
        """Press Run, and see that it has begun."""
        self.page.locator(f"#{desk}-run").click()
        self.page.locator(f"#{desk}-stop").wait_for()

    def finished(self, desk: str = "picture") -> str:
        """Wait until a run has ended, and return what is said of it."""
        self.page.locator(f"#{desk}-run").wait_for()
        return str(self.page.locator(f"#{desk}-status").inner_text())

    def told(self, desk: str = "picture") -> str:
        """Wait for an error, and return it."""
        alert = self.page.locator(f"#{desk}-status [role=alert]")
        alert.wait_for()
        return str(alert.inner_text())

    def downloaded(self, button: str) -> bytes:
        """Press a button that gives a file, and return it."""
        with self.page.expect_download() as download:
            self.page.locator(button).click()
        return Path(download.value.path()).read_bytes()


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    """Starts servers, each with a folder of its own."""
    pytest.importorskip("gradio", reason="the page is made with Gradio")
    script = tmp_path_factory.mktemp("script") / "watched.py"
    script.write_text(WATCHED, encoding="utf-8")
    started: list[Server] = []

    def start(*words: str, **variables: str) -> Server:
        place = tmp_path_factory.mktemp("server")
        connections = place / "connections.txt"
        connections.touch()
        said = place / "stderr.txt"
        (place / "temporary").mkdir()
        command = [sys.executable, str(script), "ui", "--json"]
        browser = () if "BROWSER" in variables else ("--no-browser",)
        process = subprocess.Popen(
            [*command, *browser, "--folder", "runs", *words],
            cwd=place,
            # Threads only delay pictures as small as these.
            env={
                **os.environ,
                "UI_TEST_CONNECTIONS": str(connections),
                "OMP_NUM_THREADS": "1",
                "TMPDIR": str(place / "temporary"),
                **variables,
            },
            stdout=subprocess.PIPE,
            stderr=said.open("w"),
            text=True,
        )
        assert process.stdout is not None
        printed = ""
        while not printed.rstrip().endswith("}"):
            line = process.stdout.readline()
            assert line, f"the server ended with {process.wait()}: {said.read_text()}"
            printed += line
        facts = json.loads(printed)
        server = Server(facts["url"], Path(facts["folder"]), connections, said, process)
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
        found = next(filter(None, map(shutil.which, BROWSERS)), None)
        if not own.exists() and found is None:
            pytest.skip("there is no Chromium: `playwright install chromium`")
        # What the brush draws with, without a GPU; no sandbox where the tests run as root.
        options = ["--enable-unsafe-swiftshader"]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            options.append("--no-sandbox")
        opened = driver.chromium.launch(
            executable_path=None if own.exists() else found, args=options
        )
        yield opened
        opened.close()


@pytest.fixture
def visit(browser: Any) -> Iterator[Callable[..., Artist]]:
    """Opens pages that share nothing, as two people's browsers do."""
    contexts = []

    def open_one(server: Server) -> Artist:
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        contexts.append(context)
        artist = Artist(context.new_page())
        artist.page.goto(server.url)
        artist.page.locator("#picture-run").wait_for()
        return artist

    yield open_one
    for context in contexts:
        context.close()


@pytest.fixture
def artist(server: Server, visit: Callable[[Server], Artist]) -> Artist:
    return visit(server)
