"""Frames of a clip are painted two at a time, in their order, by methods that say they can."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import ClassVar

import pytest
import torch

import stylekit
from stylekit import Clip, Frame, Host
from stylekit.errors import InputError
from stylekit.events import FrameDone
from stylekit.images.frames import LazyFrames
from stylekit.methods import FeedForward
from stylekit.methods.base import Job
from stylekit_plugins.execution.per_frame import FrameByFrame

COUNT = 7


class Watched(FeedForward):
    """Inverts images, slowly; remembers how many it painted at once, and each one's threads."""

    side_by_side = True
    at_once: ClassVar[list[int]] = []
    threads: ClassVar[list[int]] = []
    alive = 0
    fails_at: float = 2.0
    bytes_wanted = 0.0
    lock = threading.Lock()

    def __init__(self, params) -> None:
        self.params = params

    def bytes_needed(self, components, width, height):
        return self.bytes_wanted

    def forward_image(self, job):
        with self.lock:
            Watched.alive += 1
            self.at_once.append(Watched.alive)
            self.threads.append(torch.get_num_threads())
        time.sleep(0.05)
        with self.lock:
            Watched.alive -= 1
        pixels = job.content.image.pixels[None]
        if float(pixels.max()) >= self.fails_at:
            raise ZeroDivisionError
        return 1 - pixels


class Alone(Watched):
    side_by_side = False


class Plugin:
    @stylekit.hookimpl
    def register_methods(self):
        return [
            stylekit.MethodSpec(
                name=name, summary="Invert.", styles=(0, None), factory=f"{__name__}:{factory}"
            )
            for name, factory in (("watched", "Watched"), ("alone", "Alone"))
        ]


class Ramp(LazyFrames):
    """Frames whose gray value is their number; one may be damaged."""

    damaged = -1

    def __init__(self) -> None:
        self.read: list[int] = []

    def __len__(self) -> int:
        return COUNT

    def load(self, index: int) -> Frame:
        self.read.append(index)
        if index == self.damaged:
            raise InputError(f"Frame {index} is damaged.")
        return Frame(torch.full((3, 24, 32), index / 10))


@pytest.fixture(autouse=True)
def two_threads(monkeypatch):
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    monkeypatch.setattr(Watched, "at_once", [])
    monkeypatch.setattr(Watched, "threads", [])
    yield
    assert torch.get_num_threads() == 2
    assert not any("stylekit-frame" in thread.name for thread in threading.enumerate())
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def host() -> Host:
    return Host({"watched": Plugin()})


def ramp() -> Clip:
    return Clip(Ramp(), "ramp", 5.0, [index / 5 for index in range(COUNT)])


def values(clip: Clip) -> list[float]:
    return [round(float(frame.pixels[0, 0, 0]), 2) for frame in clip.frames]


def test_two_frames_at_once_come_out_in_order(host: Host) -> None:
    result = host.run("watched", content=ramp())
    assert values(result.clips[0]) == [round(1 - index / 10, 2) for index in range(COUNT)]
    assert max(Watched.at_once) == 2
    assert set(Watched.threads) == {1}


def test_a_method_that_does_not_say_so_paints_one_at_a_time(host: Host) -> None:
    result = host.run("alone", content=ramp())
    assert values(result.clips[0]) == [round(1 - index / 10, 2) for index in range(COUNT)]
    assert max(Watched.at_once) == 1
    assert set(Watched.threads) == {2}


@pytest.mark.parametrize("threads", [1, 4])
def test_other_numbers_of_threads(host: Host, threads: int) -> None:
    torch.set_num_threads(threads)
    host.run("watched", content=ramp())
    assert torch.get_num_threads() == threads
    assert max(Watched.at_once) == min(2, threads)
    assert set(Watched.threads) == {max(1, threads // 2)}
    torch.set_num_threads(2)


def test_memory_for_one_frame_only(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Watched, "bytes_wanted", 80.0 * 2**20)
    host.run("watched", content=ramp(), memory_mb=100)
    assert max(Watched.at_once) == 1


def test_a_failure_keeps_the_frames_before_it(host: Host, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(Watched, "fails_at", 0.35)
    with pytest.raises(ZeroDivisionError):
        host.run("watched", content=ramp(), out=str(tmp_path / "clip.gif"), resume=True)
    monkeypatch.setattr(Watched, "fails_at", 2.0)
    Watched.at_once.clear()
    host.run("watched", content=ramp(), out=str(tmp_path / "clip.gif"), resume=True)
    # Frames 0 to 3 were kept.
    assert len(Watched.at_once) == COUNT - 4


def test_frames_are_read_once_and_a_damaged_one_is_reported_in_its_turn(monkeypatch) -> None:
    frames = Ramp()
    job = Job(
        content=Clip(frames, "ramp", 5.0, [index / 5 for index in range(COUNT)]),
        styles=(),
        components={},
        device=torch.device("cpu"),
        seed=0,
        memory=2**30,
        read_image=lambda source: pytest.fail(source),
        weights=lambda network: pytest.fail(network),
    )
    by_frames = FrameByFrame(Watched(None))
    done = [event for event in by_frames.stylize(job) if isinstance(event, FrameDone)]
    assert [event.index for event in done] == list(range(COUNT))
    assert frames.read == list(range(COUNT))

    monkeypatch.setattr(Ramp, "damaged", 3)
    done.clear()
    events = by_frames.stylize(replace(job, content=replace(job.content, frames=Ramp())))
    with pytest.raises(InputError, match="Frame 3 is damaged"):
        done.extend(event for event in events if isinstance(event, FrameDone))
    assert [event.index for event in done] == [0, 1, 2]


def test_networks_paint_the_same_clip_as_frame_by_frame(host: Host) -> None:
    frames = [Frame(torch.rand(3, 48, 64)) for _ in range(3)]
    clip = Clip(frames, "noise", 5.0, [0.0, 0.2, 0.4])
    options = {"style": ["sample:waves", "sample:swirls"], "size": 64}
    painted = host.run("arbitrary", content=clip, **options).clips[0]
    for frame, result in zip(frames, painted.frames, strict=True):
        alone = host.run("arbitrary", content=frame, **options).images[0]
        torch.testing.assert_close(result.pixels, alone.pixels, atol=0.6 / 255, rtol=0)
