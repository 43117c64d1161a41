"""`Method.work`: what methods say beforehand is what they then do."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from stylekit import Host
from stylekit.methods import Method, Work
from stylekit_plugins.gatys.method import Gatys
from stylekit_plugins.gatys.params import GatysParams
from stylekit_plugins.video.flow import Flow
from stylekit_plugins.video.params import FlowParams, PerFrameParams
from stylekit_plugins.video.per_frame import PerFrame

SETTINGS = [
    {"steps": 7},
    {"steps": 7, "init": "content"},
    {"steps": 9, "min_size": 32},
    {"steps": 1},
]


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_gatys_does_what_it_says(settings: dict[str, object]) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    image = Image.fromarray(noise)
    run = Host(builtins_only=True).iterate(
        content=image, style=image, size=96, device="cpu", gatys=settings
    )
    stages = {id(step.stage): step.stage for step in run}.values()
    work = Gatys(GatysParams(**settings)).work(96, 64, 1, {})  # type: ignore[arg-type]
    assert work.steps == settings["steps"]
    assert work.pixels == sum(stage.steps * stage.width * stage.height for stage in stages)


class Untold:
    """A third-party method that says nothing of its work."""

    work = Method.work


def test_a_video_adds_up_its_frames() -> None:
    gatys = Gatys(GatysParams(steps=10, min_size=100))
    methods: dict[str, Method] = {"gatys": gatys}
    assert PerFrame(PerFrameParams()).work(40, 30, 5, methods) == Work(50, 50 * 1200)
    flow = Flow(FlowParams(warm_start_fraction=0.5)).work(40, 30, 5, methods)
    assert flow == Work(10 + 4 * 5, 30 * 1200)


def test_what_a_frame_takes_may_be_unknown() -> None:
    methods = {"gatys": Untold()}
    assert PerFrame(PerFrameParams()).work(40, 30, 5, methods) is None  # type: ignore[arg-type]
    assert Flow(FlowParams()).work(40, 30, 5, methods) is None  # type: ignore[arg-type]
