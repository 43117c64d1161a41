"""Make the screenshots of the page in docs/images: desk and phone, light and dark.

Run it in this folder after `pip install "stylekit-ui[test]"`: `python screenshots.py`. It starts a
server of its own and drives Chromium as the tests do.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"

BROWSERS = ("chromium", "chromium-browser", "google-chrome")

VIEWS = (
    ("desk-light", 1280, 830, "light", "wipe"),
    ("desk-dark", 1280, 830, "dark", "both"),
    ("phone-light", 390, 844, "light", "wipe"),
    ("phone-dark", 390, 844, "dark", "after"),
)
"""Name, width, height, color scheme, and view of the result."""

TIMEOUT_MS = 600_000


def main() -> None:
    """Start a server, paint one image, and look at it in each view."""
    with tempfile.TemporaryDirectory() as folder:
        argv = ["ui", "--json", "--no-browser", "--folder", f"{folder}/runs"]
        code = "import sys; from stylekit.cli.main import main; sys.exit(main())"
        server = subprocess.Popen(
            [sys.executable, "-c", code, *argv], cwd=folder, stdout=subprocess.PIPE, text=True
        )
        try:
            assert server.stdout is not None
            printed = ""
            while not printed.rstrip().endswith("}"):
                printed += server.stdout.readline()
            _photograph(json.loads(printed)["url"])
        finally:
            server.send_signal(signal.SIGINT)
            server.wait()


def _photograph(url: str) -> None:
    with sync_playwright() as driver:
        own = Path(driver.chromium.executable_path)
        system = next(filter(None, map(shutil.which, BROWSERS)), None)
        root = hasattr(os, "geteuid") and os.geteuid() == 0
        browser = driver.chromium.launch(
            executable_path=None if own.exists() else system,
            # Root cannot use the sandbox.
            args=["--no-sandbox"] if root else [],
        )
        for name, width, height, scheme, view in VIEWS:
            context = browser.new_context(
                viewport={"width": width, "height": height}, color_scheme=scheme
            )
            page = context.new_page()
            page.set_default_timeout(TIMEOUT_MS)
            page.goto(url)
            page.locator("#image-content-samples img").first.wait_for()
            _paint(page, "chelsea", "waves" if scheme == "light" else "swirls")
            page.locator(f"#image-stage input[value={view}] + span").click()
            if width < 700:
                page.locator("#image-run").evaluate("run => scrollTo(0, run.offsetTop - 24)")
            page.mouse.move(2, 2)
            page.evaluate("document.activeElement.blur()")
            page.wait_for_timeout(1500)
            _save(page.screenshot(), IMAGES / f"page-{name}.jpg")
            context.close()
        browser.close()


def _paint(page: Any, content: str, style: str) -> None:
    for place, name in (("content", content), ("style-1", style)):
        page.locator(f"#image-{place}-samples button[title={name}] img").click()
        page.locator(f"#image-{place} img[src*={name}]").wait_for()
    # The fast method: a screenshot need not wait for minutes.
    page.locator("#image-method input").click()
    page.get_by_role("option", name="arbitrary", exact=True).click()
    page.locator("#image-arbitrary-strength-range").wait_for()
    page.locator("#image-run").click()
    # Run is back after the status: Stop has its place until then.
    page.locator("#image-status", has_text="Done").wait_for()
    page.locator("#image-run").wait_for()


def _save(png: bytes, path: Path) -> None:
    Image.open(io.BytesIO(png)).convert("RGB").save(path, quality=76, optimize=True)


if __name__ == "__main__":
    main()
