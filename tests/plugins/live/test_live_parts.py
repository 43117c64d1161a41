"""The parts of a live session: the latest frame wins, the strength turns, a window has keys."""

import shutil
import subprocess
import threading
import time

import numpy as np
import pytest
import torch
from pydantic import Field

import stylekit
from stylekit.errors import MemoryLimitError, UsageError
from stylekit.host import Host
from stylekit.images.frames import Clip, Frame
from stylekit.inputs.sources import Sources
from stylekit.methods import FeedForward
from stylekit.weights.manager import WeightsManager
from stylekit_plugins.live.capture import Capture, ClipAsCamera
from stylekit_plugins.live.crew import Crew, make_painters
from stylekit_plugins.live.loop import Live, paint_live
from stylekit_plugins.live.mailbox import Captured, EndOfFrames, Mailbox
from stylekit_plugins.live.painter import Painter
from stylekit_plugins.live.strength import Strength
from stylekit_plugins.live.window import Window

FPS = 50
SIZE = (32, 24)


class TintParams(stylekit.Params):
    strength: float = Field(1.0, ge=0, le=1.5, description="How red the result is.")
    seconds: float = Field(0.0, ge=0, description="Seconds that an image takes.")
    fixed: bool = Field(False, description="Refuse another strength than 1.")


class Tint(FeedForward):
    """A third-party method that knows nothing of live sessions."""

    made = 0

    def __init__(self, params):
        self.params = params
        Tint.made += 1

    def forward_image(self, job):
        time.sleep(self.params.seconds)
        if self.params.fixed and self.params.strength != 1:
            raise UsageError("There is one strength.")
        pixels = job.content.image.pixels[None].clone()
        pixels[:, 0] = self.params.strength / 1.5
        return pixels


class Plugin:
    @stylekit.hookimpl
    def register_methods(self):
        return [
            stylekit.MethodSpec(
                name="tint",
                summary="Make images red.",
                styles=(0, None),
                factory=f"{__name__}:Tint",
                params=f"{__name__}:TintParams",
            )
        ]


@pytest.fixture(scope="module")
def host():
    return Host({"tint": Plugin()}, builtins_only=True)


def plan_of(host, **values):
    return host.plan({"content": [], "style": [], "size": 32, "method": "tint"}, values)


def painter_of(host, **values):
    plan = plan_of(host, **values)
    weights = WeightsManager(host.catalogue, {})
    return Painter(plan, Sources(host.catalogue, {}), SIZE, weights)


def show(live, painters, outputs, frames):
    """Paint a clip live, to its end."""
    capture = Capture(ClipAsCamera(clip(frames), loop=False), live.mailbox, 32, mirror=False)
    crew = Crew(painters, live.mailbox, live.strength, live.stopped)
    capture.start()
    crew.start()
    try:
        paint_live(live, crew, outputs, None)
    finally:
        crew.end()
        capture.stop()
    assert not any(thread.name.startswith("stylekit-painter") for thread in threading.enumerate())


def clip(count):
    """A clip whose frame number is its gray value."""
    frames = [Frame(torch.full((3, SIZE[1], SIZE[0]), index / 255)) for index in range(count)]
    return Clip(frames, "clip", FPS, [index / FPS for index in range(count)])


class Seen:
    """An output that remembers what it was shown."""

    def __init__(self):
        self.numbers = []

    def show(self, pixels, seconds):
        self.numbers.append(int(pixels[0, 0, 1]))

    def idle(self):
        pass


def test_only_the_latest_item_of_a_mailbox_is_kept():
    mailbox = Mailbox()
    assert mailbox.take(0) is None
    for number in range(3):
        mailbox.put(Captured(np.zeros((1, 1, 3), np.uint8), number))
    mailbox.end()
    assert mailbox.take(1).time == 2
    assert mailbox.dropped == 2
    with pytest.raises(EndOfFrames):
        mailbox.take(1)


def test_a_slow_method_never_falls_behind_the_clip(host):
    painter = painter_of(host, tint={"seconds": 0.1})
    live, seen = Live(Strength(plan_of(host).method.params)), Seen()
    started = time.monotonic()
    show(live, [painter], [seen], 50)
    took = time.monotonic() - started
    # One second of clip: with a queue, its 50 frames would have taken 5.
    assert took < 2.5
    assert 3 <= len(seen.numbers) <= 12
    assert seen.numbers == sorted(set(seen.numbers))
    assert seen.numbers[-1] == 49
    assert live.meter.shown + live.mailbox.dropped == 50
    assert live.meter.mean_fps < 11


def test_painters_side_by_side_show_each_frame_once_and_in_order(host):
    painters = [painter_of(host, tint={"seconds": 0.1}) for _ in range(3)]
    live, seen = Live(Strength(plan_of(host).method.params)), Seen()
    threads = torch.get_num_threads()
    show(live, painters, [seen], 50)
    assert torch.get_num_threads() == threads
    assert seen.numbers == sorted(set(seen.numbers))
    assert seen.numbers[-1] == 49
    assert live.meter.shown + live.mailbox.dropped == 50
    # One painter alone makes 10 a second.
    assert len(seen.numbers) >= 15


def test_each_painter_has_a_share_of_torchs_threads(host, monkeypatch):
    shares = []
    monkeypatch.setattr(
        Painter, "paint", lambda self, pixels: shares.append(torch.get_num_threads()) or pixels
    )
    before = torch.get_num_threads()
    torch.set_num_threads(4)
    try:
        live = Live(Strength(plan_of(host).method.params))
        show(live, [painter_of(host) for _ in range(2)], [Seen()], 10)
        assert set(shares) == {2}
        assert torch.get_num_threads() == 4
    finally:
        torch.set_num_threads(before)


def test_a_failure_is_raised_after_the_frames_before_it(host, monkeypatch):
    def paint(self, pixels):
        if pixels[0, 0, 1] < 3:
            time.sleep(0.1)
            return pixels
        raise ZeroDivisionError

    monkeypatch.setattr(Painter, "paint", paint)
    live, seen = Live(Strength(plan_of(host).method.params)), Seen()
    with pytest.raises(ZeroDivisionError):
        show(live, [painter_of(host) for _ in range(2)], [seen], 20)
    assert seen.numbers == sorted(set(seen.numbers))
    assert seen.numbers
    assert max(seen.numbers) < 3


def test_a_slow_output_holds_the_painters_back(host):
    class Slow(Seen):
        def show(self, pixels, seconds):
            time.sleep(0.1)
            super().show(pixels, seconds)

    live, slow = Live(Strength(plan_of(host).method.params)), Slow()
    show(live, [painter_of(host) for _ in range(2)], [slow], 50)
    # The clip takes a second.
    assert len(slow.numbers) <= 15
    assert live.meter.shown + live.mailbox.dropped == 50


def test_there_are_as_many_painters_as_the_memory_holds(host, monkeypatch):
    monkeypatch.setattr(Tint, "bytes_needed", lambda *arguments: 80 * 2**20, raising=False)
    sources = Sources(host.catalogue, {})
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        for memory, count in ((100, 1), (200, 2)):
            assert len(make_painters(plan_of(host, memory_mb=memory), sources, SIZE)) == count
        with pytest.raises(MemoryLimitError):
            make_painters(plan_of(host, memory_mb=70), sources, SIZE)
    finally:
        torch.set_num_threads(before)


def test_the_strength_turns_between_frames(host):
    params = plan_of(host).method.params
    strength, painter = Strength(params), painter_of(host)
    assert strength.limits == (0, 1.5)
    gray = np.full((24, 32, 3), 100, np.uint8)
    assert painter.paint(gray)[0, 0].tolist() == [170, 100, 100]
    strength.turn(-2)
    assert strength.value == 0.85
    painter.set_strength(strength.value)
    assert painter.paint(gray)[0, 0].tolist() == [144, 100, 100]
    made = Tint.made
    painter.set_strength(strength.value)
    assert Tint.made == made
    strength.turn(99)
    assert strength.value == 1.5
    strength.set(float("nan"))
    strength.set(-3)
    assert strength.value == 0


def test_a_method_without_strength_has_no_dial(host):
    strength = Strength(plan_of(host, method="identity").method.params)
    strength.turn(1)
    assert strength.value is None


def test_a_network_of_one_strength_goes_on_when_a_key_is_pressed(host, caplog):
    painter = painter_of(host, tint={"fixed": True})
    live, seen = Live(Strength(plan_of(host).method.params)), Seen()
    live.strength.turn(-1)
    show(live, [painter, painter_of(host, tint={"fixed": True})], [seen], 10)
    assert len(seen.numbers) >= 3
    assert live.strength.value is None
    assert caplog.text.count("There is one strength") == 1


def test_arbitrary_keeps_its_networks_when_the_strength_turns(host):
    plan = host.plan({"content": [], "style": ["sample:waves"], "method": "arbitrary"})
    painter = Painter(plan, Sources(host.catalogue, {}), SIZE, WeightsManager(host.catalogue, {}))
    gray = np.random.default_rng(0).integers(0, 256, (24, 32, 3), dtype=np.uint8)
    full = painter.paint(gray)
    before = painter._method.unchecked
    painter.set_strength(0.3)
    weaker = painter.paint(gray)
    after = painter._method.unchecked
    assert after._transform is before._transform
    assert after._predict is before._predict
    assert not np.array_equal(full, weaker)
    painter.set_strength(1.0)
    assert np.array_equal(painter.paint(gray), full)


def test_frames_are_scaled_and_mirrored():
    live = Live(Strength(stylekit.Params()))
    frame = Frame(torch.zeros(3, 48, 64))
    frame.pixels[:, :, 32:] = 1
    capture = Capture(
        ClipAsCamera(Clip([frame], "x", 25, [0.0]), loop=False), live.mailbox, 32, mirror=True
    )
    assert capture.size == SIZE
    capture.start()
    taken = live.mailbox.take(5)
    capture.stop()
    assert taken.pixels.shape == (24, 32, 3)
    assert taken.pixels[12, 2].tolist() == [255] * 3
    assert taken.pixels[12, -2].tolist() == [0] * 3


@pytest.fixture
def display(monkeypatch):
    """A display of its own."""
    pytest.importorskip("tkinter")
    program = shutil.which("Xvfb")
    if program is None:
        pytest.skip("Xvfb is not installed (Debian: xvfb)")
    server = subprocess.Popen(
        [program, "-displayfd", "1", "-screen", "0", "900x700x24"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    monkeypatch.setenv("DISPLAY", f":{server.stdout.readline().strip()}")
    yield
    server.terminate()
    server.wait()


def test_a_window_shows_frames_and_has_keys(host, display):
    live = Live(Strength(plan_of(host).method.params))
    window = Window(live, SIZE)
    image = np.full((24, 32, 3), (200, 10, 60), np.uint8)
    for _ in range(5):
        live.meter.count()
        window.show(image, 0.0)
    root = window._root
    assert "frames a second, strength 1.00" in root.title()
    assert window._photo.width() == 640
    shown = window._photo._PhotoImage__photo.get(300, 200)
    assert tuple(shown) == (200, 10, 60)
    root.focus_force()
    root.update()
    root.event_generate("<Up>")
    root.event_generate("<Up>")
    root.event_generate("<Down>")
    window.idle()
    assert live.strength.value == 1.075
    root.event_generate("q")
    window.idle()
    assert live.stopped.is_set()
    assert window._closed
    window.show(image, 0.0)


def test_without_a_display_the_error_names_what_works(host, monkeypatch):
    pytest.importorskip("tkinter")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with pytest.raises(UsageError) as caught:
        Window(Live(Strength(plan_of(host).method.params)), SIZE)
    assert "display" in caught.value.message
    assert "--out" in caught.value.hint
    assert "--port" in caught.value.hint
