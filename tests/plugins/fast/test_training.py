"""`stylekit train --method fast` in separate processes: its files, resuming, what it learns."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stylekit import Host
from stylekit.errors import Interrupted, UsageError
from stylekit.events import Stage, Step
from stylekit.machine import interrupts
from stylekit.methods.training import Epoch, Trainer, TrainingJob
from stylekit.records.trained import trained_in
from stylekit_plugins.training.loop import TrainingRun
from stylekit_plugins.training.plan import DEFAULT_DATASET, TrainingPlan, make_training_plan

Train = Callable[..., "subprocess.CompletedProcess[str]"]

TINY = (
    *(
        "--size",
        "64",
        "--set",
        "fast.style_size=128",
        "--set",
        "fast.crops=4",
        "--set",
        "fast.validate_steps=4",
    ),
    *("--set", "fast.report_seconds=0", "--set", "checkpoint_seconds=0", "--device", "cpu"),
)
"""A training whose steps take a fifth of a second."""


def command(*more: str) -> list[str]:
    return [
        *(sys.executable, "-m", "stylekit.cli.main", "train", "--method", "fast", "--offline"),
        *("--style", "sample:swirls", *TINY, *more),
    ]


def environment() -> dict[str, str]:
    return {**os.environ, "OMP_NUM_THREADS": "1"}


@pytest.fixture
def train(tmp_path: Path) -> Train:
    def run(*more: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            command(*more),
            cwd=tmp_path,
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert not check or done.returncode == 0, done.stderr
        return done

    return run


def plan(**keys: object) -> TrainingPlan:
    stated = {"method": "fast", "style": ["sample:swirls"], **keys}
    return make_training_plan(Host().catalogue, [stated])


def test_the_losses_of_a_run_are_those_of_the_training() -> None:
    planned = plan(style_loss="wasserstein", backbone="vgg16", **{"gatys": {"content_weight": 2.0}})
    of_run = planned.others["gatys"]
    assert of_run.slots["backbone"].component.id == "backbones:vgg16"
    assert of_run.slots["style_loss"].component.id == "losses:wasserstein"
    assert of_run.method.params.content_weight == 2.0  # type: ignore[attr-defined]
    assert of_run.method.params.balance_layers  # type: ignore[attr-defined]
    resolved = planned.resolved()
    assert resolved["backbone"] == "backbones:vgg16"
    assert resolved["gatys:gatys"]["content_weight"] == 2.0
    assert make_training_plan(Host().catalogue, [resolved]).resolved() == resolved


def test_without_photographs_the_samples_are_the_dataset() -> None:
    assert plan().config.dataset == DEFAULT_DATASET
    assert plan(dataset=["photos"]).config.dataset == ("photos",)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"style": []}, "There is no style image."),
        ({"epochs": 3}, "Training 'fast' has no --epochs."),
        ({"domain_a": ["a"]}, "Training 'fast' has no --domain-a."),
        ({"masks_b": "box:0,0,9,9"}, "Training 'fast' has no --masks-b."),
        ({"stop_after": 3}, "Training 'fast' has no --stop-after."),
        ({"minutes": 0}, "minutes"),
        ({"backbone": "vgg17"}, "Unknown backbone 'vgg17'."),
        ({"gatys": {"contentweight": 2}}, "Unknown parameter 'gatys.contentweight'."),
        ({"fast": {"sides": 2}}, "Unknown parameter 'fast.sides'."),
    ],
)
def test_impossible_trainings_are_refused(keys: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message.replace(".", r"\.")):
        plan(**keys)


@pytest.mark.slow
def test_a_training_writes_a_network_sheets_and_history(train: Train, tmp_path: Path) -> None:
    done = train("--out", "o", "--steps", "20", "--json")
    output = json.loads(done.stdout)
    folder = tmp_path / "o"
    assert [Path(path).name for path in output["artifacts"]] == ["network.safetensors"]
    assert output["steps"] == 20
    reports = json.loads((folder / "history.json").read_text())
    # Crops of the last part are larger, and validations come after fewer steps.
    assert [report["step"] for report in reports] == [0, 4, 8, 12, 16, 18, 20]
    assert {"total", "content", "style", "minutes"} <= set(reports[0]["validation"])
    assert {"total", "content", "style", "palette", "temporal"} <= set(reports[1]["losses"])
    sheet = Image.open(folder / "samples" / "step-000020.png")
    assert sheet.size == (4 * 256 + 3 * 4, 4 * 256 + 3 * 4)
    record = json.loads((folder / "network.stylekit.json").read_text())
    assert record["config"]["style"] == ["sample:swirls"]
    assert (folder / "best" / "network.safetensors").is_file()
    run = [*command()[:3], "run", "--method", "fast", "--weights", "o/network.safetensors"]
    run += ["--content", "sample:chelsea", "--size", "96", "--out", "cat.png"]
    subprocess.run(run, cwd=tmp_path, env=environment(), check=True, capture_output=True)
    assert np.asarray(Image.open(tmp_path / "cat.png")).shape[1] == 96


@pytest.mark.slow
def test_a_killed_training_resumes_bit_for_bit(train: Train, tmp_path: Path) -> None:
    steps = "60"  # Many more than a training takes while the signal is on its way.
    train("--out", "whole", "--steps", steps)
    process = subprocess.Popen(
        command("--out", "killed", "--steps", steps, "--set", "progress.interval=0"),
        cwd=tmp_path,
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "step 7/" in line:
            process.send_signal(signal.SIGKILL)
            break
    process.wait()
    process.stderr.close()
    assert not (tmp_path / "killed" / "samples" / "step-000060.png").exists()
    train("--out", "killed", "--steps", steps, "--resume")
    whole, killed = (
        (tmp_path / name / "network.safetensors").read_bytes() for name in ("whole", "killed")
    )
    assert whole == killed


@pytest.mark.slow
def test_ctrl_c_keeps_a_checkpoint_and_a_network(train: Train, tmp_path: Path) -> None:
    process = subprocess.Popen(
        command("--out", "o", "--minutes", "9", "--set", "progress.interval=0"),
        cwd=tmp_path,
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "step 2/" in line:
            process.send_signal(signal.SIGTERM)
            break
    rest = process.stderr.read()
    assert process.wait() == 130
    assert "--resume continues from o/training.stylekit.state" in rest
    assert (tmp_path / "o" / "network.safetensors").is_file()


@dataclass(frozen=True)
class InterruptedAtFirst:
    """A trainer that Ctrl-C reaches while it prepares its first report."""

    trainer: Trainer

    def train(self, job: TrainingJob) -> Iterator[Stage | Step | Epoch]:
        for event in self.trainer.train(job):
            signal.raise_signal(signal.SIGINT)
            yield event


@pytest.mark.slow
def test_ctrl_c_before_the_first_report_leaves_a_network(tmp_path: Path) -> None:
    tiny = {"style_size": 128, "crops": 4, "size": 64}
    planned = plan(minutes=9, device="cpu", out=str(tmp_path), fast=tiny)
    planned = replace(planned, trainer=InterruptedAtFirst(planned.trainer))
    with interrupts.as_keyboard_interrupts(), pytest.raises(Interrupted, match="after 0 steps"):
        list(TrainingRun(planned, Host().registry.manager, quiet=True))
    (network,) = trained_in(tmp_path)
    assert network.path.name == "network.safetensors"
    assert network.is_as_recorded()
    assert (tmp_path / "training.stylekit.state").is_file()


@pytest.mark.slow
def test_the_time_is_kept_and_counts_on(train: Train, tmp_path: Path) -> None:
    train("--out", "o", "--minutes", "0.1")
    reports = json.loads((tmp_path / "o" / "history.json").read_text())
    assert 0.1 <= reports[-1]["validation"]["minutes"] < 0.5
    done = train("--out", "o", "--minutes", "0.1", "--resume", "--json")
    assert json.loads(done.stdout)["steps"] == 0


@pytest.mark.slow
def test_the_style_comes_closer(train: Train, tmp_path: Path) -> None:
    train(
        "--out",
        "o",
        "--steps",
        "40",
        "--set",
        "fast.half_size_part=0",
        "--set",
        "fast.large_size_part=0",
    )
    reports = json.loads((tmp_path / "o" / "history.json").read_text())
    styles = [report["validation"]["style"] for report in reports]
    assert styles[-1] < 0.8 * styles[0]


@pytest.mark.slow
def test_a_transformer_net_first_imitates(train: Train, tmp_path: Path) -> None:
    """Its first steps need no features; then it is trained as the other."""
    train(
        *("--out", "o", "--steps", "12", "--set", "fast.body=transformer"),
        *("--set", "fast.width=8", "--set", "fast.imitation=0.6", "--set", "log.path=log.jsonl"),
    )
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    losses = [line["losses"] for line in lines if line["event"] == "step"]
    assert ["style" in each for each in losses] == [False] * 8 + [True] * 4
    assert losses[7]["total"] < losses[0]["total"]


@pytest.mark.slow
def test_a_plateau_ends_a_training_and_is_said(train: Train, tmp_path: Path) -> None:
    done = train(
        *("--out", "o", "--steps", "80", "--set", "fast.lr=1e-9", "--set", "fast.lr_norms=1e-9"),
        *("--set", "fast.patience=2"),
    )
    assert "The validation loss does not improve any more" in done.stderr
    assert (tmp_path / "o" / "network.safetensors").is_file()
    assert not (tmp_path / "o" / "samples" / "step-000080.png").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("style", "dataset", "message"),
    [
        ((20, 300), None, "it needs at least 32 px each way"),
        ((300, 300), [], "contains no images"),
        ((300, 300), ["bad", "bad"], "unusable"),
    ],
)
def test_bad_inputs_are_refused(
    train: Train,
    tmp_path: Path,
    style: tuple[int, int],
    dataset: list[str] | None,
    message: str,
) -> None:
    Image.effect_noise(style, 60).save(tmp_path / "style.png")
    more: list[str] = []
    if dataset is not None:
        (tmp_path / "photos").mkdir()
        for number, text in enumerate(dataset):
            (tmp_path / "photos" / f"{number}.png").write_bytes(text.encode())
        more = ["--dataset", "photos"]
    done = train("--style", "style.png", *more, "--steps", "4", "--out", "o", check=False)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_one_photograph_and_a_small_style_are_warned_of(train: Train, tmp_path: Path) -> None:
    Image.effect_noise((60, 50), 60).convert("RGB").save(tmp_path / "style.png")
    (tmp_path / "photos").mkdir()
    Image.effect_noise((200, 150), 30).convert("RGB").save(tmp_path / "photos" / "0.png")
    (tmp_path / "photos" / "notes.txt").write_text("no image")
    done = train("--style", "style.png", "--dataset", "photos", "--steps", "2", "--out", "o")
    assert "There is only one photograph to train on" in done.stderr
