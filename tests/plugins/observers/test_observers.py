"""The built-in observers, driven through the kernel's lifecycle with real events and files."""

from __future__ import annotations

import json
import math
import re
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pluggy
import pytest
import torch
from PIL import Image

import stylekit
from stylekit.errors import InputError, UsageError
from stylekit.events import Artifact, RunInfo, Stage, Step
from stylekit.images.frames import Clip, Frame
from stylekit.params import validate
from stylekit.registry.catalogue import load_object, params_model
from stylekit.registry.observers import Lifecycle
from stylekit.result import Result
from stylekit.specs import ObserverSpec
from stylekit.text import clock_text
from stylekit_plugins import observers
from stylekit_plugins.observers.progress_state import Track, describe_losses

SMALL = Stage("128 px", steps=6, width=12, height=8, image="photos/town.jpg", total_steps=10)
LARGE = Stage("256 px", steps=4, width=24, height=16, image="photos/town.jpg", total_steps=10)


def make(name: str, **values: Any) -> tuple[str, object]:
    """Make an observer as a run does: from its spec, with checked parameters."""
    host = stylekit.Host({"observers": observers}, discover=False)
    component = host.catalogue.find(ObserverSpec, name)
    params = validate(params_model(component), values, name)
    return component.id, load_object(component.spec.factory, component)(params)


def losses(total: float) -> dict[str, torch.Tensor]:
    return {name: torch.tensor(v) for name, v in (("total", total), ("style", total / 2))}


def step(stage: Stage, index: int, values: Mapping[str, torch.Tensor] | None = None) -> Step:
    def snapshot() -> Clip:
        shade = torch.full((3, stage.height, stage.width), index / 255)
        return Clip((Frame(shade),), stage.image)

    return Step(stage, index, losses(1 / index) if values is None else values, snapshot)


def run_info(total: int | None = 1, quiet: bool = False) -> RunInfo:
    config = {"seed": 0, "content": ["photos/town.jpg"], "gatys": {"tv": math.inf}}
    return RunInfo("gatys:gatys", "cpu", config, total, quiet)


class Drive:
    """Emits what a run emits."""

    def __init__(self, *pairs: tuple[str, object], **info: Any) -> None:
        self.run = run_info(**info)
        self.lifecycle = Lifecycle(
            pluggy.PluginManager("stylekit"),
            [(name, lambda made=made: made) for name, made in pairs],
        )

    def start(self) -> None:
        self.lifecycle.emit("run_started", run=self.run)

    def stage(self, stage: Stage, first: int, last: int, pause: float = 0.0) -> None:
        self.lifecycle.emit("stage_started", run=self.run, stage=stage)
        for index in range(first, last + 1):
            time.sleep(pause)
            self.lifecycle.emit("step_finished", run=self.run, step=step(stage, index))

    def written(self, path: str = "town.png") -> None:
        artifact = Artifact(Path(path), Path(path + ".stylekit.json"), "ab" * 32)
        self.lifecycle.emit("artifact_written", run=self.run, artifact=artifact)

    def finish(self, **facts: Any) -> None:
        self.lifecycle.emit("run_finished", run=self.run, result=Result(**facts))

    def fail(self, error: BaseException) -> None:
        self.lifecycle.emit("run_failed", run=self.run, error=error)

    def whole(self) -> None:
        self.start()
        self.stage(SMALL, 1, 6)
        self.stage(LARGE, 7, 10)
        self.written()
        self.finish(steps=10)


# --- The plugin --------------------------------------------------------------------------------


def test_the_manifest_is_light() -> None:
    code = (
        "import sys, stylekit_plugins.observers as o; names = [s.name for s in "
        "o.register_observers()]; heavy = {'torch', 'rich', 'pydantic', 'numpy', 'PIL'}; "
        "assert names == ['progress', 'log', 'preview'], names; "
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.parametrize("name", ["progress", "log", "preview"])
def test_every_parameter_is_described_and_has_a_default(name: str) -> None:
    host = stylekit.Host({"observers": observers}, discover=False)
    model = params_model(host.catalogue.find(ObserverSpec, name))
    assert model()
    assert all(field.description for field in model.model_fields.values())


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("progress", {"interval": -1}),
        ("progress", {"style": "fancy"}),
        ("log", {"every": 0}),
        ("preview", {"every": -5}),
        ("preview", {"folder": ""}),
        ("preview", {"format": "gif"}),
    ],
)
def test_bad_parameters_are_refused(name: str, values: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=f"{name}.{next(iter(values))}"):
        make(name, **values)


@pytest.mark.parametrize(
    "pair", [("log", {}), ("preview", {}), ("progress", {"style": "none"})], ids=lambda p: p[0]
)
def test_an_observer_that_is_off_has_no_hooks_to_call(pair: tuple[str, dict[str, Any]]) -> None:
    manager = pluggy.PluginManager("stylekit")
    _, observer = make(pair[0], **pair[1])
    manager.register(observer)
    assert not manager.get_hookcallers(observer)


def test_one_that_fails_is_switched_off_and_the_others_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], warned: list[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    log = tmp_path / "run.jsonl"
    drive = Drive(
        make("preview", every=1, folder=str(tmp_path / "file" / "previews")),
        make("log", path=str(log)),
        make("progress", style="plain"),
    )
    drive.whole()
    assert len(warned) == 1
    assert "observers:preview" in warned[0]
    assert "step_finished" in warned[0]
    assert events(log)[-1]["event"] == "run_finished"
    assert "step 10/10" in capsys.readouterr().err


# --- Progress: plain lines ---------------------------------------------------------------------


def test_plain_lines_say_stage_step_speed_time_left_and_losses(
    capsys: pytest.CaptureFixture[str], warned: list[str]
) -> None:
    drive = Drive(make("progress", style="plain", interval=0))
    drive.start()
    drive.stage(SMALL, 1, 6, pause=0.01)
    drive.stage(LARGE, 7, 10, pause=0.01)
    drive.written()
    drive.finish()
    captured = capsys.readouterr()
    assert captured.out == ""
    lines = captured.err.splitlines()
    assert lines[0] == "128 px: 12 x 8 pixels, up to 6 steps"
    assert lines[7] == "256 px: 24 x 16 pixels, up to 4 steps"
    assert re.fullmatch(
        r"128 px: step 4/10, \d+ steps/s, 0:00 left, total 2\.50e-01 \(style 1\.2e-01\)", lines[4]
    )
    assert re.fullmatch(
        r"256 px: step 10/10, \d+ steps/s, done in 0:00, total 1\.00e-01 \(style 5\.0e-02\)",
        lines[-1],
    )
    assert len(lines) == 2 + 10, "the last step is not printed twice"
    assert not warned


def test_without_a_terminal_auto_prints_the_start_of_stages_and_the_end(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Drive(make("progress")).whole()
    heads = [line.split(",")[0] for line in capsys.readouterr().err.splitlines()]
    assert heads == [
        "128 px: 12 x 8 pixels",
        "256 px: 24 x 16 pixels",
        "256 px: step 10/10",
    ]


def test_a_feed_forward_method_shows_neither_steps_to_come_nor_a_loss(
    capsys: pytest.CaptureFixture[str],
) -> None:
    drive = Drive(make("progress", style="plain", interval=0))
    drive.start()
    stage = Stage("12 px", 1, 12, 8, "town.jpg", 1)
    drive.lifecycle.emit("stage_started", run=drive.run, stage=stage)
    drive.lifecycle.emit(
        "step_finished", run=drive.run, step=step(stage, 1, {"total": torch.zeros(())})
    )
    drive.written()
    drive.finish()
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["12 px: 12 x 8 pixels", "12 px: step 1/1, done in 0:00"]


def test_lines_come_at_most_once_an_interval(capsys: pytest.CaptureFixture[str]) -> None:
    drive = Drive(make("progress", interval=0.1))
    drive.start()
    began = time.perf_counter()
    drive.stage(Stage("64 px", 40, 8, 8, "town.jpg", 40), 1, 40, pause=0.01)
    elapsed = time.perf_counter() - began
    drive.finish()
    lines = capsys.readouterr().err.splitlines()[1:-1]
    assert 1 <= len(lines) <= elapsed / 0.1


def test_quiet_shows_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    for style in ("auto", "bar", "plain"):
        Drive(make("progress", style=style, interval=0), quiet=True).whole()
    captured = capsys.readouterr()
    assert captured.out == captured.err == ""


def test_a_batch_names_each_image_and_tells_its_end(capsys: pytest.CaptureFixture[str]) -> None:
    drive = Drive(make("progress"), total=None)
    drive.start()
    for name in ("photos/town.jpg", "sample:chelsea"):
        drive.stage(Stage("128 px", 3, 8, 8, name, 3), 1, 3)
        drive.written()
    drive.finish()
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(",")[0] for line in lines] == ["town", "town", "chelsea", "chelsea"]
    assert "step 3/3" in lines[1]
    assert "step 3/3" in lines[3]


def test_a_stage_that_stops_early_shortens_the_way(capsys: pytest.CaptureFixture[str]) -> None:
    drive = Drive(make("progress", interval=0))
    drive.start()
    drive.stage(SMALL, 1, 4)
    drive.stage(LARGE, 5, 6)
    drive.written()
    drive.finish()
    lines = capsys.readouterr().err.splitlines()
    assert any("step 4/10" in line for line in lines)
    assert any("step 6/8" in line for line in lines)
    assert "step 6/6" in lines[-1]
    assert "done in" in lines[-1]


def test_a_network_written_during_a_training_does_not_end_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    drive = Drive(make("progress", interval=0))
    drive.start()
    drive.stage(SMALL, 1, 4)
    drive.written("network.safetensors")
    drive.stage(LARGE, 5, 6)
    drive.finish()
    lines = capsys.readouterr().err.splitlines()
    assert any("step 6/8" in line for line in lines)


@pytest.mark.parametrize("interrupted", [True, False])
def test_an_ended_run_says_how_far_it_came(
    interrupted: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    drive = Drive(make("progress"))
    drive.start()
    drive.stage(SMALL, 1, 4)
    if interrupted:
        drive.written()
        drive.finish(interrupted=True)
    else:
        drive.fail(InputError("The disk is full."))
    last = capsys.readouterr().err.splitlines()[-1]
    assert "128 px: step 4/10" in last
    assert "done" not in last


def test_losses_that_cannot_be_read_do_not_hide_the_error(
    capsys: pytest.CaptureFixture[str], warned: list[str]
) -> None:
    drive = Drive(make("progress"))
    drive.start()
    drive.stage(SMALL, 1, 1)
    broken = step(SMALL, 2, {"total": torch.zeros(2)})
    drive.lifecycle.emit("step_finished", run=drive.run, step=broken)
    drive.fail(RuntimeError("The device is gone."))
    assert not warned


def test_most_steps_cost_microseconds() -> None:
    drive = Drive(make("progress", style="plain", interval=1000))
    drive.start()
    drive.stage(SMALL, 1, 2)
    event = step(SMALL, 3)
    costs = []
    for _ in range(20):  # the best of several: others use this machine too
        began = time.perf_counter()
        for _ in range(100):
            drive.lifecycle.emit("step_finished", run=drive.run, step=event)
        costs.append((time.perf_counter() - began) / 100)
    assert min(costs) < 20e-6


# --- Progress: what is counted -----------------------------------------------------------------


def test_speed_follows_the_last_seconds() -> None:
    track = Track(1)
    track.start_stage(Stage("s", 1000, 8, 8, "a", 1000), 0.0)
    assert track.speed == track.clock == ""
    for index in range(1, 101):
        track.mark(index, float(index))
    assert track.rate == pytest.approx(1)
    assert track.clock == "15:00 left"
    for index in range(101, 501):
        track.mark(index, 100 + (index - 100) / 20)
    assert track.rate == pytest.approx(20)
    assert (track.speed, track.clock) == ("20 steps/s", "0:25 left")


def test_a_resumed_image_does_not_count_earlier_steps_as_speed() -> None:
    track = Track(1)
    track.start_stage(Stage("s", 100, 8, 8, "a", 100), 0.0)
    track.mark(51, 2.0)
    track.mark(52, 3.0)
    assert track.rate == pytest.approx(1)
    assert track.total == 100


def test_steps_add_up_where_a_method_states_no_total() -> None:
    track = Track(1)
    track.start_stage(Stage("s", 5, 8, 8, "a"), 0.0)
    assert track.total == 5
    track.mark(5, 1.0)
    track.start_stage(Stage("m", 7, 16, 16, "a"), 1.0)
    assert track.total == 12


def test_a_known_number_of_images_is_shown() -> None:
    track = Track(5)
    for name in ("a.jpg", "b.jpg"):
        track.start_stage(Stage("128 px", 5, 8, 8, name, 5), 0.0)
    assert track.title == "b (2/5), 128 px"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.2, "0:00"), (52, "0:52"), (725, "12:05"), (3750, "1:02:30")]
)
def test_duration(seconds: float, text: str) -> None:
    assert clock_text(seconds) == text


def test_losses_for_people() -> None:
    assert describe_losses({}) == ""
    assert describe_losses({"total": 0.0}) == "", "a feed-forward method minimizes nothing"
    assert describe_losses({"total": 0.321}) == "total 3.21e-01"
    assert describe_losses({"content": 0.12}) == "content 1.2e-01"
    assert describe_losses({"total": math.nan, "tv": 1.0}) == "total nan (tv 1.0e+00)"


# --- Progress: the bar -------------------------------------------------------------------------

ON_A_TERMINAL = """
import json, sys, time
import torch, pluggy
from stylekit.events import RunInfo, Stage, Step
from stylekit.result import Result
from stylekit.registry.observers import Lifecycle
import stylekit
from stylekit_plugins.observers.params import ProgressParams
from stylekit_plugins.observers.progress import make_progress

class Broken:
    @stylekit.hookimpl
    def step_finished(self, step):
        if step.index == 10:
            raise ValueError("no more")

def begin(pause, pictures=1):
    global lifecycle, run
    pairs = [("progress", lambda: make_progress(ProgressParams())), ("broken", Broken)]
    lifecycle = Lifecycle(pluggy.PluginManager("stylekit"), pairs)
    run = RunInfo("m", "cpu", {}, pictures, False)
    lifecycle.emit("run_started", run=run)
    stage = Stage("192 px", 40, 192, 128, "town.jpg", 40)
    lifecycle.emit("stage_started", run=run, stage=stage)
    for index in range(1, 31):
        time.sleep(pause)
        parts = {"total": torch.tensor(0.5), "content": torch.tensor(0.125)}
        step = Step(stage, index, parts, lambda: None)
        lifecycle.emit("step_finished", run=run, step=step)
        if index == 20:
            print(json.dumps({"step": index}), flush=True)

begin(0.02)
lifecycle.emit("run_finished", run=run, result=Result())
print("FIRST-END", file=sys.stderr)
begin(0.005)
lifecycle.emit("run_failed", run=run, error=KeyboardInterrupt())
print("SECOND-END", file=sys.stderr)
begin(0.005, pictures=5)
sys.exit("LEFT")  # the observer hears of no end
"""


@pytest.fixture(scope="module")
def terminal() -> tuple[str, str]:
    """What a run writes to a real pseudo-terminal of 80 columns, and to its stdout."""
    pty = pytest.importorskip("pty")
    fcntl = pytest.importorskip("fcntl")
    import os
    import struct
    import termios

    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    environment = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES")}
    process = subprocess.Popen(
        [sys.executable, "-c", ON_A_TERMINAL],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=slave,
        env=environment | {"TERM": "xterm-256color"},
    )
    os.close(slave)
    chunks = list(read_terminal(master, deadline=time.monotonic() + 60))
    assert process.stdout is not None
    out = process.stdout.read().decode()
    process.stdout.close()
    process.wait(timeout=10)
    os.close(master)
    return b"".join(chunks).decode(), out


def read_terminal(master: int, deadline: float) -> Iterator[bytes]:
    import os

    while time.monotonic() < deadline:
        if select.select([master], [], [], 0.5)[0]:
            try:
                chunk = os.read(master, 65536)
            except OSError:  # Linux says so when the other end is closed
                return
            if not chunk:
                return
            yield chunk


def shown(text: str) -> list[str]:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text).replace("\r", "\n").splitlines()


HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"


def test_the_bar_shows_stage_steps_speed_and_losses(terminal: tuple[str, str]) -> None:
    lines = shown(terminal[0].split("FIRST-END")[0])
    bars = [line for line in lines if line.startswith("192 px")]
    assert len(bars) >= 4
    assert "0/40" in bars[0]
    assert any(re.search(r"━.* \d+/40 +\d+ steps/s +0:0\d left", bar) for bar in bars)
    assert re.search(r"━.* 30/30 +\d+ steps/s +done in 0:0\d", bars[-1])
    assert "total 5.00e-01 (content 1.2e-01)" in {line.strip() for line in lines}
    assert max(map(len, lines)) <= 80


def test_the_bar_is_redrawn_seldom(terminal: tuple[str, str]) -> None:
    bars = [line for line in shown(terminal[0]) if line.startswith("192 px")]
    assert len(bars) < 3 * 15


def test_warnings_come_out_whole_and_stdout_stays_data(terminal: tuple[str, str]) -> None:
    assert terminal[0].count("Observer 'broken' failed in step_finished") == 3
    assert [json.loads(line) for line in terminal[1].splitlines()] == [{"step": 20}] * 3


def test_the_cursor_is_visible_after_every_end(terminal: tuple[str, str]) -> None:
    first, rest = terminal[0].split("FIRST-END")
    second, third = rest.split("SECOND-END")
    for text in (first, second, third):
        assert HIDE in text
        assert text.rfind(SHOW) > text.rfind(HIDE)
    assert "LEFT" in third
    assert re.search(r"━.* 30/40 ", "\n".join(shown(second))), "it ended at this step"


def test_the_bar_of_a_batch_names_the_image(terminal: tuple[str, str]) -> None:
    first, third = terminal[0].split("FIRST-END")[0], terminal[0].split("SECOND-END")[1]
    assert "town (1/5)" in [line.strip() for line in shown(third)]
    assert "town" not in first


# --- Log ---------------------------------------------------------------------------------------


def events(path: Path) -> list[dict[str, Any]]:
    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is no JSON")

    text = path.read_text(encoding="utf-8")
    assert text.endswith("\n")
    return [json.loads(line, parse_constant=refuse) for line in text.splitlines()]


def test_the_log_tells_the_whole_run(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "run.jsonl"
    Drive(make("log", path=str(path))).whole()
    lines = events(path)
    assert [line["event"] for line in lines] == (
        ["run_started", "stage_started"]
        + ["step"] * 6
        + ["stage_started"]
        + ["step"] * 4
        + ["artifact", "run_finished"]
    )
    for line in lines:
        assert datetime.fromisoformat(line["time"]).utcoffset() == timedelta(0)
    assert lines[0]["method"] == "gatys:gatys"
    assert lines[0]["config"]["seed"] == 0
    assert lines[0]["config"]["gatys"] == {"tv": None}
    assert lines[1]["stage"] == "128 px"
    assert (lines[1]["width"], lines[1]["height"], lines[1]["steps"]) == (12, 8, 6)
    assert lines[5] == lines[5] | {
        "stage": "128 px",
        "step": 4,
        "losses": {"total": 0.25, "style": 0.125},
    }
    assert lines[-2]["path"] == "town.png"
    assert lines[-2]["sha256"] == "ab" * 32
    assert lines[-1]["steps"] == 10


def test_only_each_nth_step_is_logged(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    Drive(make("log", path=str(path), every=4)).whole()
    assert [line["step"] for line in events(path) if line["event"] == "step"] == [4, 8]


def test_losses_that_are_not_finite_become_null(tmp_path: Path, warned: list[str]) -> None:
    path = tmp_path / "run.jsonl"
    drive = Drive(make("log", path=str(path)))
    drive.start()
    values = {name: torch.tensor(float(name)) for name in ("nan", "inf", "-inf", "2.5")}
    drive.lifecycle.emit("step_finished", run=drive.run, step=step(SMALL, 1, values))
    drive.finish()
    assert events(path)[1]["losses"] == {"nan": None, "inf": None, "-inf": None, "2.5": 2.5}
    assert not warned


def test_an_earlier_log_survives_even_if_it_was_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    Drive(make("log", path=str(path))).whole()
    whole = path.read_bytes()
    Drive(make("log", path=str(path))).whole()
    assert path.read_bytes().startswith(whole)
    assert [line["event"] for line in events(path)].count("run_started") == 2

    path.write_bytes(whole + b'{"event": "st')
    Drive(make("log", path=str(path))).whole()
    lines = path.read_bytes().splitlines()
    assert lines[15] == b'{"event": "st'
    assert json.loads(lines[16])["event"] == "run_started"


def test_each_line_is_on_disk_at_once(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    drive = Drive(make("log", path=str(path)))
    drive.start()
    drive.stage(SMALL, 1, 2)
    assert [line["event"] for line in events(path)][-1] == "step"
    drive.finish()


@pytest.mark.parametrize(
    ("error", "facts"),
    [
        (
            InputError("It is damaged.", "Take another."),
            {"error": "InputError", "message": "It is damaged.", "hint": "Take another."},
        ),
        (ValueError("böse"), {"error": "ValueError", "message": "böse", "hint": None}),
        (KeyboardInterrupt(), {"error": "KeyboardInterrupt", "message": "", "hint": None}),
    ],
)
def test_a_failed_run_logs_its_error(
    error: BaseException, facts: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "run.jsonl"
    drive = Drive(make("log", path=str(path)))
    drive.start()
    drive.fail(error)
    last = events(path)[-1]
    assert last == last | facts | {"event": "run_failed"}


def test_a_log_that_cannot_be_written_is_one_warning(tmp_path: Path, warned: list[str]) -> None:
    drive = Drive(make("log", path=str(tmp_path)))
    drive.whole()
    assert len(warned) == 1
    assert f"Cannot write the log {tmp_path}" in warned[0]


def test_quiet_runs_are_logged(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    Drive(make("log", path=str(path)), quiet=True).whole()
    assert len(events(path)) == 15


# --- Previews ----------------------------------------------------------------------------------


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_previews_are_saved_at_their_steps(tmp_path: Path, warned: list[str]) -> None:
    folder = tmp_path / "deep" / "previews"
    drive = Drive(make("preview", every=4, folder=str(folder)))
    drive.whole()
    assert files(folder) == ["town-0004.png", "town-0008.png"]
    for index, size in ((4, (12, 8)), (8, (24, 16))):
        with Image.open(folder / f"town-{index:04}.png") as image:
            image.verify()
        with Image.open(folder / f"town-{index:04}.png") as image:
            assert (image.format, image.mode, image.size) == ("PNG", "RGB", size)
            assert image.getpixel((0, 0)) == (index, index, index)
    assert not warned


def test_the_folder_is_previews_unless_another_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Drive(make("preview", every=10)).whole()
    assert files(tmp_path / "previews") == ["town-0010.png"]


@pytest.mark.parametrize(("suffix", "kind"), [("jpg", "JPEG"), ("webp", "WEBP")])
def test_other_formats_even_of_a_transparent_image(
    suffix: str, kind: str, tmp_path: Path, warned: list[str]
) -> None:
    frame = Frame(torch.rand(3, 8, 12), torch.rand(8, 12))
    snapshot: Callable[[], Clip] = lambda: Clip((frame,))  # noqa: E731
    drive = Drive(make("preview", every=1, folder=str(tmp_path), format=suffix))
    event = Step(SMALL, 1, {}, snapshot)
    drive.lifecycle.emit("step_finished", run=drive.run, step=event)
    with Image.open(tmp_path / f"town-0001.{suffix}") as image:
        image.load()
        assert (image.format, image.size) == (kind, (12, 8))
    assert not warned


def test_images_of_a_batch_with_one_name_keep_their_previews_apart(tmp_path: Path) -> None:
    drive = Drive(make("preview", every=2, folder=str(tmp_path)), total=None)
    drive.start()
    for source in ("a/me.jpg", "b/me.jpg", "sample:me", ""):
        drive.stage(Stage("s", 2, 8, 8, source, 2), 1, 2)
    drive.finish()
    assert files(tmp_path) == ["me-0002.png", "me-2-0002.png", "me-3-0002.png", "picture-0002.png"]


def test_a_snapshot_is_not_made_between_previews(tmp_path: Path, warned: list[str]) -> None:
    def snapshot() -> Clip:
        raise AssertionError("nothing requested it")

    drive = Drive(make("preview", every=5, folder=str(tmp_path)))
    for index in (1, 2, 3, 4, 6):
        event = Step(SMALL, index, {}, snapshot)
        drive.lifecycle.emit("step_finished", run=drive.run, step=event)
    assert not warned
    assert files(tmp_path) == []
