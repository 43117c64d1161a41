"""A run has its steps once, and what was done is kept however it ends."""

from __future__ import annotations

import gc
import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import stylekit
from stylekit import Clip, Frame, Host
from stylekit.errors import UsageError
from stylekit.records.record import read_record, record_path

SMALL: dict[str, Any] = {
    "content": "sample:chelsea",
    "style": "sample:waves",
    "backbone": "vgg19",
    "size": 40,
    "steps": 6,
    "device": "cpu",
    "offline": True,
    "gatys": {"min_size": 40},
}


@pytest.fixture(scope="module")
def host() -> Host:
    return Host(builtins_only=True)


def test_a_second_loop_continues_and_doubles_nothing(host: Host) -> None:
    run = host.iterate("gatys", **SMALL)
    first = []
    for step in run:
        first.append(step.index)
        if len(first) == 3:
            break
    second = [step.index for step in run]
    assert [*first, *second] == list(range(1, len(first) + len(second) + 1))
    assert len(run.result.clips) == 1
    assert not run.result.interrupted
    assert list(run) == []
    assert len(run.result.clips) == 1
    assert torch.equal(run.result.image.pixels, host.run("gatys", **SMALL).image.pixels)


def test_the_best_image_is_in_the_result_after_break(host: Host) -> None:
    run = host.iterate("gatys", **SMALL)
    for step in run:
        if step.index == 3:
            break
    assert len(run.result.clips) == 1
    assert run.result.interrupted
    assert list(run) == []


def test_a_run_that_is_dropped_saves_its_best_image(host: Host, tmp_path: Path) -> None:
    out = tmp_path / "a.png"
    for step in host.iterate("gatys", out=out, **SMALL):
        if step.index == 3:
            break
    del step
    gc.collect()
    assert read_record(record_path(out)).interrupted


def test_stop_ends_a_run_within_its_loop(host: Host, tmp_path: Path) -> None:
    with host.iterate("gatys", out=tmp_path / "a.png", **SMALL) as run:
        indexes = []
        for step in run:
            indexes.append(step.index)
            if step.index == 2:
                run.stop()
    assert indexes == [1, 2]
    assert run.result.interrupted
    assert (tmp_path / "a.png").exists()


def test_a_run_that_was_never_begun_can_be_stopped(host: Host) -> None:
    run = host.iterate("gatys", **SMALL)
    assert run.stop().clips == []


def test_resume_without_a_file_is_an_error_in_python(host: Host) -> None:
    with pytest.raises(UsageError, match="resume=True needs out="):
        host.run("gatys", resume=True, **SMALL)


def test_a_parameter_at_the_top_is_shown_its_place_in_python(host: Host) -> None:
    with pytest.raises(UsageError) as raised:
        host.run("gatys", style_weight=3, **SMALL)
    assert 'gatys={"style_weight": 3}' in str(raised.value)


def test_styles_in_memory_have_weights_and_contents_may_be_clips(host: Host) -> None:
    image = np.random.default_rng(1).random((40, 40, 3))
    options = {**SMALL, "content": image, "style": [(image, 2.0), "sample:waves"], "steps": 1}
    record = host.run("gatys", **options).record
    assert [text.partition("*")[2] for text in record["config"]["style"]] == ["2", ""]
    frames = tuple(Frame.from_array(image) for _ in range(3))
    result = host.run("identity", content=Clip(frames, fps=5.0, times=(0.0, 0.2, 0.4)))
    assert len(result.clips[0].frames) == 3


def test_a_region_may_be_booleans_and_a_record_is_a_config(host: Host) -> None:
    result = host.run("identity", content="sample:chelsea", size=32, device="cpu")
    again = host.run(config=result.record, region=np.ones((20, 30), bool))
    assert torch.equal(again.image.pixels, result.image.pixels)


def test_help_lists_the_keys() -> None:
    for function in (stylekit.run, stylekit.iterate, Host.run, Host.iterate):
        assert {"size", "seed", "backbone", "resume"} <= inspect.signature(
            function
        ).parameters.keys()


@pytest.mark.slow
def test_type_checkers_know_the_keys(tmp_path: Path) -> None:
    file = tmp_path / "calls.py"
    calls = {
        'stylekit.run(size=64, ink={"strength": 3}, depth="x")': True,
        'stylekit.Host().run("ink", content=[1], steps=3)': True,
        "stylekit.run(syze=64)": False,
        'stylekit.run(seed="abc")': False,
        "stylekit.Host().iterate(syze=64)": False,
    }
    file.write_text("import stylekit\n" + "\n".join(calls))
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    wrong = {int(line.split(":")[1]) - 2 for line in done.stdout.splitlines() if "error" in line}
    assert wrong == {n for n, fine in enumerate(calls.values()) if not fine}, done.stdout
