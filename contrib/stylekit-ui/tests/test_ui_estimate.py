"""The time that is shown before a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image


def test_the_time_is_estimated_before_the_run(server: Any, artist: Any, tmp_path: Path):
    before = server.images
    artist.set_up("arbitrary")
    line = artist.page.locator("#image-estimate")
    line.get_by_text("1 step at 64 px by arbitrary").wait_for()
    path = tmp_path / "more.png"
    Image.linear_gradient("L").resize((64, 48)).convert("RGB").save(path)
    artist.add([path])
    line.get_by_text("2 results at 64 px by arbitrary").wait_for()
    assert server.images == before, "an estimate writes nothing"


@pytest.mark.parametrize("lateness", ["1500 * (++n % 2)", "1500 * (n++ % 2)", "400 * (n++ % 4)"])
def test_an_estimate_appears_though_requests_are_late(slow: Any, lateness: str):
    slow.set_up("arbitrary")
    line = slow.page.locator("#image-estimate")
    line.get_by_text("1 step at 64 px by arbitrary").wait_for()
    slow.page.evaluate(f"() => {{ let n = 0; window.lateness = () => {lateness}; }}")
    for size in (80, 96):
        slow.fill("#image-size input", str(size))
        line.get_by_text(f"1 step at {size} px").wait_for(timeout=20_000)


def test_an_earlier_change_that_arrives_late_is_not_shown(slow: Any):
    slow.set_up("arbitrary")
    line = slow.page.locator("#image-estimate")
    line.get_by_text("1 step at 64 px by arbitrary").wait_for()
    slow.page.evaluate("window.lateness = () => 6000")
    with slow.page.expect_request_finished(lambda request: "96" in (request.post_data or "")):
        slow.fill("#image-size input", "96")
        slow.page.evaluate("window.lateness = () => 0")
        slow.fill("#image-size input", "80")
        line.get_by_text("1 step at 80 px").wait_for()
    for _ in range(30):
        slow.page.wait_for_timeout(100)
        assert "80 px" in line.inner_text()
