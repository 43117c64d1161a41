"""The whole experiment, on a toy dataset of shapes and a classifier trained on it."""

from __future__ import annotations

import csv
import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.helpers import toy_dataset
from tests.helpers.toy_dataset_plugin import Noting
from tests.plugins.evaluation.conftest import Experiment, saved

from stylekit.errors import InputError, UsageError, WeightsError
from stylekit.evaluation.report import Report
from stylekit.weights.manager import WeightsManager
from stylekit_plugins.evaluation.retention.params import RetentionParams

pytestmark = pytest.mark.slow

METHODS = ("overlay+strength=0.3", "overlay+strength=0.7", "identity")


@pytest.fixture
def report(experiment: Experiment) -> Report:
    return experiment(*METHODS)


def rows(report: Report, method: str) -> list[dict[str, Any]]:
    return [row for row in report.values["values"] if row["method"] == method]


def test_the_classifier_knows_its_shapes(report: Report) -> None:
    """It was trained on other images; chance is one in six."""
    assert report.scores["clean top1"] >= 0.9


def test_a_method_that_changes_nothing_retains_everything(report: Report) -> None:
    assert report.scores["identity retention"] == 1
    assert report.values["methods"]["identity"]["agreement"]["mean"] == 1
    assert report.values["methods"]["identity"]["ssim"]["mean"] == pytest.approx(1, abs=1e-6)


def test_more_of_the_style_retains_less(report: Report) -> None:
    weak, strong = (report.scores[f"overlay+strength={s} retention"] for s in (0.3, 0.7))
    assert strong < weak <= 1


def test_every_score_is_the_mean_of_single_values(report: Report) -> None:
    method = "overlay+strength=0.7"
    mine, clean = rows(report, method), {r["image"]: r for r in rows(report, "clean")}
    assert len(mine) == 24 * 3
    assert len(clean) == 24
    score = report.values["methods"][method]
    for key in ("top1", "top5", "agreement", "probability", "ssim"):
        by_style = {
            style: float(np.mean([row[key] for row in mine if row["style"] == style]))
            for style in report.values["styles"]
        }
        assert score[key]["by_style"] == pytest.approx(by_style)
        assert score[key]["mean"] == pytest.approx(np.mean(list(by_style.values())))
        assert score[key]["low"] <= score[key]["mean"] <= score[key]["high"]
        assert score[key]["how"] == "styles"
    before = np.mean([row["top1"] for row in clean.values()])
    assert score["retention"]["mean"] == pytest.approx(score["top1"]["mean"] / before)
    for row in mine:
        assert row["agreement"] == (row["predicted"] == clean[row["image"]]["predicted"])
        assert row["top1"] == (row["predicted"] == row["class"])


def test_differences_are_paired(report: Report) -> None:
    assert report.values["baseline"] == METHODS[0]
    mine, theirs = (
        {(r["style"], r["image"]): r["top1"] for r in rows(report, m)} for m in METHODS[1::-1]
    )
    difference = report.values["differences"][METHODS[1]]["top1"]
    by_style = [
        np.mean([mine[c] - theirs[c] for c in mine if c[0] == style])
        for style in report.values["styles"]
    ]
    assert difference["mean"] == pytest.approx(np.mean(by_style))
    assert METHODS[0] not in report.values["differences"]


def test_the_same_image_for_every_style_is_drawn_by_images(report: Report) -> None:
    identity = report.values["methods"]["identity"]
    assert identity["top1"]["how"] == "wilson"
    assert identity["top1"]["low"] < identity["top1"]["mean"]
    assert report.values["methods"][METHODS[0]]["top1"]["how"] == "styles"


def test_classes_are_counted(report: Report) -> None:
    classes = report.values["classes"]
    assert [each["name"] for each in classes] == list(toy_dataset.NAMES)
    for each in classes:
        assert each["correct"]["clean"]["of"] == 4
        assert each["correct"][METHODS[0]]["of"] == 12
        right = [r["top1"] for r in rows(report, METHODS[0]) if r["class"] == each["name"]]
        assert each["correct"][METHODS[0]]["correct"] == sum(right)


def test_the_same_seed_gives_the_same_bytes(experiment: Experiment, data: Path) -> None:
    for out in ("one", "two"):
        experiment(*METHODS, out=out, seed=5)
    assert (data / "one/report.json").read_bytes() == (data / "two/report.json").read_bytes()
    experiment(*METHODS, out="three", seed=6)
    one, three = saved(data / "one"), saved(data / "three")
    assert one["settings"]["seed"] == 5
    # These methods draw no random numbers.
    assert one["values"] == three["values"]


def test_where_images_are_made_changes_nothing(experiment: Experiment, data: Path) -> None:
    """The user can choose the executor, as in a run."""
    Noting.asked.clear()
    experiment(*METHODS, out="here")
    assert not Noting.asked
    experiment(*METHODS, out="there", executor="noting")
    # Two methods in three styles, and one that uses no style.
    assert len(Noting.asked) == 24 * (3 + 3 + 1)
    assert (data / "here/report.json").read_bytes() == (data / "there/report.json").read_bytes()


def test_finished_images_are_not_made_again(experiment: Experiment, data: Path) -> None:
    log = data / "log.txt"
    first = experiment("overlay+strength=0.5", overlay={"log": str(log)})
    assert len(log.read_text().splitlines()) == 72
    removed = next((data / "out/images").rglob("disc-0-*.png"))
    for path in (removed, removed.with_name(removed.stem + ".stylekit.json")):
        path.unlink()
    damaged = next(p for p in (data / "out/images").rglob("ring-1-*.png") if p != removed)
    edited = damaged.read_bytes()[:200]
    damaged.write_bytes(edited)
    again = experiment("overlay+strength=0.5", overlay={"log": str(log)})
    assert len(log.read_text().splitlines()) == 74
    # A user may have edited it.
    assert damaged.with_stem(damaged.stem + "-2").read_bytes() == edited
    assert again.values == first.values


def test_more_images_and_styles_add_to_the_finished_ones(
    experiment: Experiment, data: Path
) -> None:
    log = data / "log.txt"
    settings = {"overlay": {"log": str(log)}}
    experiment("overlay", params={"limit": 6}, style=[str(data / "styles/noise0.png")], **settings)
    assert len(log.read_text().splitlines()) == 6
    experiment("overlay", **settings)
    assert len(log.read_text().splitlines()) == 72


def test_a_method_that_fails_on_images_costs_these_cells(experiment: Experiment) -> None:
    report = experiment("overlay+unable=ring-1", "overlay+broken=disc-2", "identity")
    failed = report.values["failures"]
    assert {(f["method"], f["image"]) for f in failed} == {
        ("overlay+unable=ring-1", "ring/ring-1.png"),
        ("overlay+broken=disc-2", "disc/disc-2.png"),
    }
    assert len(failed) == 6
    reasons = {f["method"]: f["reason"] for f in failed}
    assert reasons["overlay+unable=ring-1"] == "ring-1.png is beyond this method."
    assert "no idea what to do with disc-2.png" in reasons["overlay+broken=disc-2"]
    for method in ("overlay+unable=ring-1", "overlay+broken=disc-2"):
        row = report.values["methods"][method]
        assert (row["completed"], row["expected"]) == (69, 72)
        assert row["top1"]["count"] == 69
    assert "69 of 72" in str(report.files["table.md"])
    assert any("3 results failed" in line for line in str(report.files["table.md"]).split("\n"))


def test_a_method_that_always_fails_has_an_empty_row(experiment: Experiment) -> None:
    report = experiment("overlay+broken=-", "overlay", "identity")
    row = report.values["methods"]["overlay+broken=-"]
    assert (row["completed"], row["expected"]) == (0, 72)
    assert "top1" not in row
    assert report.values["methods"]["overlay"]["completed"] == 72
    assert len(report.values["failures"]) == 72


def test_a_method_with_unavailable_weights_has_an_empty_row(
    experiment: Experiment, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("STYLEKIT_CACHE", str(tmp_path / "empty"))
    report = experiment("overlay", "cyclegan", offline=True, params={"metrics": ["ssim", "lpips"]})
    assert report.values["methods"]["cyclegan"]["completed"] == 0
    assert "cyclegan-generator" in report.values["failures"][0]["reason"]
    assert "alexnet" in report.values["unavailable"]["lpips"]
    assert "lpips is unavailable" in str(report.files["page.html"])
    assert report.values["methods"]["overlay"]["completed"] == 72


def test_unreadable_images_are_left_out_everywhere(experiment: Experiment, data: Path) -> None:
    (data / "set/disc/disc-1.png").write_bytes(b"no picture")
    (data / "set/unicorn").mkdir()
    Image.new("RGB", (40, 40)).save(data / "set/unicorn/u.png")
    (data / "styles/noise1.png").write_bytes(b"no picture either")
    report = experiment("overlay", "identity")
    left_out = report.values["left_out"]
    assert list(left_out["unreadable"]) == ["disc/disc-1.png"]
    assert left_out["unknown_labels"]["unicorn"]["images"] == 1
    assert list(left_out["unreadable_styles"]) == [str(data / "styles/noise1.png")]
    assert report.values["counts"] == {"images": 23, "styles": 2}
    assert all(
        row["completed"] == row["expected"] == 46 for row in report.values["methods"].values()
    )
    assert all(row["image"] != "disc/disc-1.png" for row in report.values["values"])
    assert "disc/disc-1.png" in str(report.files["table.md"])


def test_a_sweep_has_a_curve_and_a_front(experiment: Experiment) -> None:
    report = experiment(
        *("overlay", "identity"),
        sweep=["overlay.strength=0.2,0.5,0.8"],
        params={"metrics": ["style"]},
    )
    labels = [f"overlay+strength={s}" for s in (0.2, 0.5, 0.8)]
    assert list(report.values["methods"]) == [*labels, "identity"]
    distances = [report.values["methods"][label]["style"]["mean"] for label in labels]
    assert distances == sorted(distances, reverse=True)
    assert set(report.values["front"]) <= set(labels)
    plot = str(report.files["curve.svg"])
    (line,) = [part for part in plot.splitlines() if part.startswith("<polyline")]
    assert line.count(",") == 3
    assert plot.count('r="8"') == len(report.values["front"])
    assert plot.count('r="4.5"') == 4


class Page(HTMLParser):
    """Collects the addresses of a page, and checks that its tags match."""

    VOID = ("meta", "img", "br")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in ("script", "link", "iframe")
        self.addresses += [value or "" for key, value in attrs if key in ("src", "href", "srcset")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ("rect", "path", "circle", "polyline")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_holds_all_of_itself(experiment: Experiment, data: Path) -> None:
    experiment(*METHODS, params={"metrics": ["style"]})
    text = (data / "out/page.html").read_text(encoding="utf-8")
    page = Page()
    page.feed(text)
    assert page.open == []
    (address,) = page.addresses
    assert address.startswith("data:image/png;base64,")
    assert "url(" not in text
    for word in ("Retention against style", "Seed 0", "SHA-256", "identity", "disc"):
        assert word in text


def test_the_files(report: Report, data: Path) -> None:
    with (data / "out/values.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == 24 + 3 * 72
    assert {line["method"] for line in lines} == {"clean", *METHODS}
    assert {line["top1"] for line in lines} == {"0", "1"}
    tex = (data / "out/table.tex").read_text(encoding="utf-8")
    assert tex.count(r"\\") == 1 + 1 + len(METHODS)
    for word in (r"\toprule", r"\textbf{", r"\underline{", r"top-1 \%", r"$\uparrow$"):
        assert word in tex
    # The reference is shown and not ranked.
    (identity,) = [line for line in tex.splitlines() if line.strip().startswith("identity")]
    assert "textbf" not in identity
    with Image.open(data / "out/contact-sheet.png") as sheet:
        assert sheet.width > 5 * 176
        assert sheet.height > 2 * 176
    assert saved(data / "out")["methods"].keys() == set(METHODS)


@pytest.mark.parametrize(
    ("keys", "error", "words"),
    [
        ({"dataset": None}, UsageError, "needs a dataset"),
        ({"style": []}, UsageError, "needs styles"),
        ({"params": {"baseline": "overlaid"}}, UsageError, "overlaid"),
        ({"params": {"metrics": ["shapes"]}}, UsageError, "Unknown metric 'shapes'"),
        ({"params": {"classifier": ["ssim"]}}, UsageError, "Unknown classifier 'ssim'"),
        ({"params": {"classifier": ["shapez"]}}, UsageError, "shapes"),
        ({"params": {"labels": "none.json"}}, InputError, "none.json"),
    ],
)
def test_impossible_settings_are_refused(
    experiment: Experiment, keys: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        experiment("overlay", **keys)


def test_no_methods(experiment: Experiment) -> None:
    with pytest.raises(UsageError, match="needs methods"):
        experiment()


def test_no_classifier(
    experiment: Experiment, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("STYLEKIT_CACHE", str(tmp_path / "empty"))
    params = {"classifier": ["resnet50", "efficientnet-lite0"]}
    with pytest.raises(WeightsError, match="No classifier is available") as caught:
        experiment("identity", params=params, offline=True)
    assert "resnet50-imagenet1k-v2, 98 MB" in caught.value.message
    assert "efficientnet-lite0-imagenet" in str(caught.value.hint)


def test_another_classifier_is_used_with_a_warning(
    experiment: Experiment,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    weights: WeightsManager,
    caplog: pytest.LogCaptureFixture,
    data: Path,
) -> None:
    cached = weights.select("efficientnet-lite0").path
    folder = tmp_path / "weights"
    folder.mkdir()
    (folder / cached.name).write_bytes(cached.read_bytes())
    monkeypatch.setenv("STYLEKIT_CACHE", str(tmp_path))
    default = list(RetentionParams().classifier)
    assert default[0] == "resnet50"
    labels = tmp_path / "labels.json"
    names = [path.name for path in (data / "set").iterdir()]
    ids = ["n01440764", "n01860187", "n01882714", "n01530575", "n01950731"]
    labels.write_text(json.dumps(dict(zip(names, ids, strict=False))))
    params = {"classifier": default, "labels": str(labels)}
    report = experiment("identity", params=params, offline=True)
    assert report.values["classifier"] == "efficientnet-lite0"
    (warning,) = [line for line in caplog.messages if line.startswith("The classifier is")]
    assert "the weights of resnet50 are unavailable" in warning
    alone = {"classifier": default[:1]}
    with pytest.raises(WeightsError, match="The weights of resnet50") as caught:
        experiment("identity", params=alone, offline=True)
    assert caught.value.exit_code == 3


def test_unknown_labels_are_named(experiment: Experiment, data: Path) -> None:
    toy_dataset.write_set(data / "other", 1, ["disc"])
    (data / "other/disc").rename(data / "other/unicorn")
    with pytest.raises(InputError, match="unicorn"):
        experiment("identity", dataset=str(data / "other"))
    meanings = data / "meanings.json"
    meanings.write_text(json.dumps({"unicorn": "disc"}))
    report = experiment("identity", dataset=str(data / "other"), params={"labels": str(meanings)})
    assert report.values["counts"]["images"] == 1
