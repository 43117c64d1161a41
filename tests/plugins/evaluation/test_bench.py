"""`stylekit bench`: real runs in real processes, timed, saved and compared."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from stylekit_plugins.evaluation.timing.measurements import measurements_of, medians, verdict

pytestmark = pytest.mark.slow

Stylekit = Callable[..., "subprocess.CompletedProcess[str]"]

PAIR = ("--content", "sample:coffee", "--style", "sample:swirls", "--size", "48")


@pytest.fixture(scope="module")
def stylekit(tmp_path_factory: pytest.TempPathFactory) -> Stylekit:
    folder = tmp_path_factory.mktemp("bench")

    def call(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "stylekit.cli.main", *words],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )

    return call


@pytest.fixture(scope="module")
def timed(stylekit: Stylekit) -> dict[str, Any]:
    """Two variants of an iterative method and a method without steps, twice each."""
    done = stylekit(
        "bench", "gatys:vgg16", "gatys:vgg16+optimizer=adam", "identity", *PAIR, "--steps", "5",
        "--repeat", "2", "--warmup", "1", "--set", "gatys.min_size=48", "--objective", "1e9",
        "--out", "first.json", "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def test_every_variant_is_measured(timed: dict[str, Any]) -> None:
    assert [case["label"] for case in timed["cases"]] == [
        "gatys:vgg16",
        "gatys:vgg16+optimizer=adam",
        "identity",
    ]
    for case in timed["cases"]:
        assert case["error"] is None
        assert len(case["runs"]) == len(case["measurements"]) == 2
        values = case["medians"]
        assert 0 < values["startup"] < values["whole"]
        assert values["step"] > 0
        assert values["peak_memory_mb"] > 100
    optimized = timed["cases"][0]
    assert all(len(run["steps"]) == 5 for run in optimized["runs"])
    # The same seed makes the same image, whatever the times are.
    assert len({run["losses"]["total"] for run in optimized["runs"]}) == 1
    assert optimized["medians"]["total"] != timed["cases"][1]["medians"]["total"]
    assert 0 < optimized["medians"]["objective"] <= optimized["medians"]["whole"]


def test_a_saved_run_is_compared(stylekit: Stylekit, timed: dict[str, Any]) -> None:
    done = stylekit("bench", "--compare", "first.json", "first.json")
    assert done.returncode == 0, done.stderr
    assert "new / old" in done.stdout
    assert "same within noise" in done.stdout
    ratios = [
        line.split()[-4] for line in done.stdout.splitlines() if line.endswith("within noise")
    ]
    assert ratios
    assert set(ratios) == {"1"}


def test_a_variant_that_fails_loses_only_its_row(stylekit: Stylekit) -> None:
    done = stylekit("bench", "identity", "gatys:vgg16+size=60000", *PAIR, "--repeat", "2", "--json")
    assert done.returncode == 0, done.stderr
    good, bad = json.loads(done.stdout)["cases"]
    assert good["error"] is None
    assert len(good["runs"]) == 2
    assert "GiB of memory" in bad["error"]
    assert not bad["runs"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), "No method is named"),
        (("gatis",), "gatys"),
        (("gatys", "gatys"), "given 2 times"),
        (("gatys", "--repeat", "0"), "repeat"),
        (("--compare", "nothing.json", "nothing.json"), "nothing.json"),
        (("--compare", "one.json"), "one.json"),
    ],
)
def test_mistakes_are_named(stylekit: Stylekit, words: tuple[str, ...], expected: str) -> None:
    done = stylekit("bench", *words)
    assert done.returncode == 2
    assert expected in done.stderr
    assert "Traceback" not in done.stderr


def run(seconds: list[float], totals: list[float], widths: list[int]) -> dict[str, Any]:
    after = 0.0
    steps = []
    for second, total, width in zip(seconds, totals, widths, strict=True):
        after += second
        steps.append({"size": [width, 10], "seconds": second, "after": after, "total": total})
    return {
        "steps": steps, "whole": 9.0, "startup": 1.0, "peak_memory_mb": 50.0,
        "losses": {"total": totals[-1]},
    }  # fmt: skip


def test_a_step_is_one_of_the_largest_size_after_the_warm_up() -> None:
    timed_run = run([9, 9, 5, 1, 3, 2], [6, 5, 4, 3, 2, 1], [8, 8, 16, 16, 16, 16])
    values = measurements_of(timed_run, warmup=1, objective=4)
    assert values["step"] == 2
    assert values["objective"] == 23
    assert measurements_of(timed_run, 1, 0.5)["objective"] is None
    assert measurements_of(timed_run, 99, None)["step"] == 2
    assert values["total"] == 1


def test_medians_need_every_run() -> None:
    runs = [{"step": 1.0, "objective": None}, {"step": 3.0, "objective": 2.0}]
    whole = [dict.fromkeys(("whole", "startup", "peak_memory_mb", "total"), 1.0) | r for r in runs]
    values = medians(whole)
    assert values["step"] == 2
    assert values["objective"] is None


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([4, 5, 6], [1, 2, 3], "less"),
        ([1, 2, 3], [4, 5, 6], "more"),
        ([1, 2, 3], [2, 3, 4], "same within noise"),
        ([2], [1], "same within noise"),
    ],
)
def test_only_a_change_beyond_all_runs_is_a_difference(
    before: list[float], after: list[float], expected: str
) -> None:
    ratio, word = verdict("step", [{"step": x} for x in before], [{"step": x} for x in after])
    assert word == expected
    assert ratio is not None
