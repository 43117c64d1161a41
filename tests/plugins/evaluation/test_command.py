"""`stylekit evaluate` as users run it: metrics, classifiers, experiments and errors."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from tests.plugins.evaluation.conftest import environment, saved, words_of

pytestmark = pytest.mark.slow

Command = Callable[..., "subprocess.CompletedProcess[str]"]

SMALL = (
    *("--dataset", "set", "--styles", "styles", "--device", "cpu"),
    *("--set", 'content-retention.classifier=["shapes"]'),
    *("--set", 'content-retention.metrics=["ssim"]'),
    *("--set", "content-retention.draws=200"),
)


def refused(done: Any, code: int, *words: str) -> None:
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    for word in words:
        assert word in done.stderr, done.stderr


def test_an_experiment_prints_a_table_and_writes_files(command: Command, data: Path) -> None:
    done = command("evaluate", "content-retention", "--methods", "overlay", "identity", *SMALL)
    assert done.returncode == 0, done.stderr
    assert "identity" in done.stdout
    assert "retention %" in done.stdout
    names = {path.name for path in (data / "evaluation").iterdir() if path.is_file()}
    assert names >= {
        *("report.json", "table.md", "table.tex", "values.csv", "contact-sheet.png", "page.html"),
    }
    page = (data / "evaluation/page.html").read_text(encoding="utf-8")
    assert "Command: stylekit evaluate content-retention --methods overlay identity" in page


def test_json_is_one_object(command: Command, data: Path) -> None:
    done = command(
        "evaluate", "content-retention", "--methods", "identity", *SMALL, "--out", "o", "--json"
    )
    assert done.returncode == 0, done.stderr
    output = json.loads(done.stdout)
    assert output["scores"]["identity retention"] == 1
    files = output.pop("files")
    assert saved(data / "o") == output
    assert all((data / file).is_file() for file in files)


def test_an_interrupted_experiment_resumes(installed: Path, data: Path, command: Command) -> None:
    log = data / "log.txt"
    words = (
        "evaluate",
        "content-retention",
        "--methods",
        "overlay",
        "--set",
        f"overlay.log={log}",
        *SMALL,
    )
    process = subprocess.Popen(
        words_of(*words),
        cwd=data,
        env=environment(installed),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 120
    while not (log.exists() and len(log.read_text().splitlines()) >= 3):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    # Another run in that folder, meanwhile, is refused.
    process.send_signal(signal.SIGSTOP)
    second = command(*words)
    process.send_signal(signal.SIGCONT)
    refused(second, 2, "Another run is at work in evaluation", str(process.pid))
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "Run the same command again to resume" in errors
    records = (data / "evaluation/images").rglob("*.stylekit.json")
    done = sum(not json.loads(path.read_text())["interrupted"] for path in records)
    assert 0 < done < 72
    again = command(*words)
    assert again.returncode == 0, again.stderr
    assert f"{done} of 72 images exist already" in again.stderr
    assert saved(data / "evaluation")["methods"]["overlay"]["completed"] == 72


@pytest.fixture
def results(data: Path) -> Path:
    """Two contents, and a result of each."""
    for name, shade in (("cat", 60), ("dog", 180)):
        for folder, extra in (("contents", ""), ("results", "-night")):
            (data / folder).mkdir(exist_ok=True)
            color = (shade, shade // 2, 90 if extra else 30)
            Image.new("RGB", (64, 48), color).save(data / folder / f"{name}{extra}.png")
    return data


PAIRS = ("--result", "results", "--content", "contents", "--style", "styles/noise0.png")


def test_results_are_scored_with_their_contents(command: Command, results: Path) -> None:
    done = command("evaluate", "ssim", *PAIRS, "--json", "--out", "measured")
    assert done.returncode == 0, done.stderr
    output = json.loads(done.stdout)
    pairs = {(Path(v["result"]).name, Path(v["content"]).name) for v in output["values"]}
    assert pairs == {("cat-night.png", "cat.png"), ("dog-night.png", "dog.png")}
    scores = [value["score"] for value in output["values"]]
    assert output["scores"]["ssim"] == pytest.approx(sum(scores) / 2)
    assert saved(results / "measured")["values"] == output["values"]


def test_one_result_is_reported_layer_by_layer(command: Command, results: Path) -> None:
    one = ("--result", "results/cat-night.png", "--content", "contents/cat.png")
    done = command("evaluate", "style", *one, "--style", "sample:swirls", "--offline")
    assert done.returncode == 0, done.stderr
    for word in ("relu1_1", "relu5_1", "mean", "vgg19"):
        assert word in done.stdout


def test_sets_are_scored_together(command: Command, results: Path) -> None:
    words = ("--result", "results", "--content", "contents", "--style", "styles", "--offline")
    done = command("evaluate", "kid", *words, "--json")
    assert done.returncode == 0, done.stderr
    output = json.loads(done.stdout)
    assert output["results"] == 2
    assert output["weights"]["vgg19"].startswith("c34748d2")


def test_a_classifier_classifies_each_image(command: Command, data: Path) -> None:
    done = command("evaluate", "shapes", "--content", "set/cross", "set/ring/ring-0.png", "--json")
    assert done.returncode == 0, done.stderr
    values = json.loads(done.stdout)["values"]
    likeliest = [value["classes"][0]["name"] for value in values]
    assert likeliest == ["cross"] * 4 + ["ring"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["ssin"], 2, ["Unknown evaluator 'ssin'", "ssim"]),
        (["ssim", "--content", "set", "--style", "styles"], 2, ["needs a result", "--result"]),
        (["ssim", "--result", "x.png", "--content", "set", "--style", "styles"], 2, ["x.png"]),
        (
            ["ssim", "--result", "set/disc", "--content", "set/ring", "--style", "styles"],
            2,
            ["disc-0.png matches none of the 4 contents"],
        ),
        (["shapes"], 2, ["needs images", "--content"]),
        (["content-retention", "--methods", "identity"], 2, ["needs a dataset", "--dataset"]),
        (["content-retention", "--methods", "identitty", *SMALL], 2, ["identity"]),
        (["content-retention", "--methods", "identity", *SMALL, "--dataset", "no"], 2, ["no"]),
        (["ssim", "--set", "ssim.window=3", "--result", "a"], 2, ["window"]),
        (
            ["lpips", "--result", "set/disc", "--content", "set/disc", "--style", "styles"],
            3,
            ["alexnet"],
        ),
    ],
    ids=lambda value: " ".join(value[:3]) if isinstance(value, list) else "",
)
def test_mistakes_are_named(
    command: Command, data: Path, words: list[str], code: int, said: list[str]
) -> None:
    before = sorted(data.rglob("*"))
    refused(command("evaluate", *words, "--offline"), code, *said)
    assert sorted(data.rglob("*")) == before


def test_videos_are_scored_without_styles(command: Command, data: Path) -> None:
    frames = [Image.new("RGB", (64, 48), (40 + 10 * k, 90, 120)) for k in range(4)]
    for name in ("walk", "walk-night"):
        frames[0].save(data / f"{name}.gif", save_all=True, append_images=frames[1:], duration=80)
    words = ("--result", "walk-night.gif", "--content", "walk.gif")
    done = command("evaluate", "temporal", *words, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["scores"]["e_warp_result_short"] >= 0
