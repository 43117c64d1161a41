"""Labels mean classes by id or name; whatever means none is named and counted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.helpers import toy_dataset

from stylekit.errors import InputError
from stylekit.evaluation.classifier import ImageClass
from stylekit_plugins.evaluation.retention.dataset import Dataset, limited, read_dataset
from stylekit_plugins.evaluation.retention.labels import Classes, read_meanings
from stylekit_plugins.metrics.classifiers.imagenet import imagenet_classes

CLASSES = (
    ImageClass(0, "tench", "n01440764"),
    ImageClass(1, "crane", "n02012849"),
    ImageClass(2, "crane", "n03126707"),
    ImageClass(3, "black swan", "n01860187"),
)


def listed(folder: str) -> list[str]:
    found = sorted(str(path) for path in Path(folder).iterdir() if path.suffix == ".png")
    if not found:
        raise InputError("empty")
    return found


def dataset(folder: Path, classes: Classes | None = None) -> Dataset:
    return read_dataset(str(folder), classes or Classes(CLASSES), listed)


def write(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        toy_dataset.draw("disc", 0).save(path)
    return folder


@pytest.mark.parametrize(
    ("label", "index"),
    [
        ("n01440764", 0),
        ("n01440764_tench", 0),
        ("n01440764-Tinca", 0),
        ("Tench", 0),
        ("black_swan", 3),
        ("Black  Swan", 3),
        ("n02012849", 1),
        ("n03126707_crane", 2),
    ],
)
def test_labels_are_found_by_id_or_name(label: str, index: int) -> None:
    found = Classes(CLASSES).find(label)
    assert isinstance(found, ImageClass)
    assert found.index == index


@pytest.mark.parametrize(
    ("label", "reason"),
    [
        ("crane", "several classes"),
        ("n00000000", "no such class"),
        ("n00000000_unicorn", "no such class"),
        ("unicorn", "no such class"),
        # A number is an order, and whose order nobody knows.
        ("0", "no such class"),
    ],
)
def test_other_labels_have_a_reason(label: str, reason: str) -> None:
    found = Classes(CLASSES).find(label)
    assert isinstance(found, str)
    assert reason in found


def test_a_file_says_what_labels_mean(tmp_path: Path) -> None:
    path = tmp_path / "labels.json"
    path.write_text(json.dumps({"birds": "n02012849", "0": "tench"}))
    classes = Classes(CLASSES, read_meanings(path))
    assert classes.find("birds") == CLASSES[1]
    assert classes.find("0") == CLASSES[0]
    path.write_text("[1]")
    with pytest.raises(InputError, match="not a JSON object"):
        read_meanings(path)
    with pytest.raises(InputError, match=r"No such file"):
        read_meanings(tmp_path / "label.json")


def test_folders_are_classes_whatever_their_order(tmp_path: Path) -> None:
    write(tmp_path, "black swan/b.png", "n01440764/a.png", "n01440764/c.png", "unicorn/x.png")
    (tmp_path / "empty").mkdir()
    found = dataset(tmp_path)
    assert [(each.name, each.label.index) for each in found.examples] == [
        ("black swan/b.png", 3),
        ("n01440764/a.png", 0),
        ("n01440764/c.png", 0),
    ]
    assert found.unknown == {"unicorn": (1, "the classifier has no such class")}


def test_names_of_files_say_the_class(tmp_path: Path) -> None:
    write(tmp_path, "7_n01440764_tench.png", "9_n01860187_black_swan.png", "holiday.png")
    found = dataset(tmp_path)
    # The number is of another list: what counts is the id.
    assert [each.label.index for each in found.examples] == [0, 3]
    assert found.unlabeled == ["holiday.png"]


def test_all_of_imagenet_is_known_by_its_ids() -> None:
    classes = imagenet_classes()
    assert [each.index for each in classes] == list(range(1000))
    ids = [each.key for each in classes]
    assert ids == sorted(set(ids))
    known = {
        0: ("n01440764", "tench"),
        281: ("n02123045", "tabby"),
        999: ("n15075141", "toilet tissue"),
    }
    for index, (wnid, name) in known.items():
        assert (classes[index].key, classes[index].name) == (wnid, name)
    assert Classes(classes).find("281_tabby") == "the classifier has no such class"


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ([], "There are no images"),
        (["holiday.png"], "have no labels"),
        (
            ["unicorn/a.png", "0/b.png"],
            "No label of .* is a class of the classifier: 0, unicorn",
        ),
    ],
)
def test_sets_of_no_use_are_refused(tmp_path: Path, names: list[str], words: str) -> None:
    folder = write(tmp_path / "set", *names)
    folder.mkdir(exist_ok=True)
    if not names:
        (folder / "tench").mkdir()
    with pytest.raises(InputError, match=words):
        dataset(folder)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such dataset"):
        dataset(tmp_path / "nowhere")
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="is not a folder"):
        dataset(tmp_path / "file")


def test_a_limit_is_spread_over_the_set(tmp_path: Path) -> None:
    write(tmp_path, *(f"tench/{number}.png" for number in range(10)))
    examples = dataset(tmp_path).examples
    assert [each.name for each in limited(examples, 3)] == [
        "tench/0.png",
        "tench/3.png",
        "tench/6.png",
    ]
    assert limited(examples, 99) == examples
