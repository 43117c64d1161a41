"""Labeled images: one folder for each class, or files called `INDEX_WNID_LABEL.jpg`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from stylekit.errors import InputError
from stylekit.evaluation.classifier import ImageClass
from stylekit.files.paths import exists, missing_file
from stylekit_plugins.evaluation.retention.labels import Classes

_NAMED = re.compile(r"\d+_(n\d{8})_(.+)")


@dataclass(frozen=True)
class Example:
    """A labeled image.

    Attributes:
        name: its path in the dataset, for people.
        label: its class.
    """

    source: str
    name: str
    label: ImageClass


@dataclass
class Dataset:
    """The labeled images of a folder.

    Attributes:
        unknown: labels that are no class of the classifier, each with its number of images and
            the reason.
        unlabeled: names of the files without a label.
    """

    examples: list[Example] = field(default_factory=list)
    unknown: dict[str, tuple[int, str]] = field(default_factory=dict)
    unlabeled: list[str] = field(default_factory=list)


def read_dataset(folder: str, classes: Classes, expand: Callable[[str], list[str]]) -> Dataset:
    """Find the images and their labels; nothing is decoded yet.

    Args:
        expand: lists the images of a folder.

    Raises:
        InputError: the folder is missing or holds no image whose label is a class.
    """
    root = Path(folder)
    if not exists(root):
        raise missing_file(root, "dataset")
    if not root.is_dir():
        raise InputError(f"The dataset {root} is not a folder.", "Name the folder with its images.")
    dataset = Dataset()
    for source, label in _labeled(root, expand):
        if not label:
            dataset.unlabeled.append(Path(source).name)
            continue
        label_class = classes.find(label)
        if isinstance(label_class, str):
            count, _ = dataset.unknown.get(label, (0, ""))
            dataset.unknown[label] = count + 1, label_class
        else:
            name = Path(source).relative_to(root).as_posix()
            dataset.examples.append(Example(source, name, label_class))
    if not dataset.examples:
        raise _nothing_usable(root, dataset)
    return dataset


def limited(examples: list[Example], limit: int | None) -> list[Example]:
    """Return at most `limit` examples, evenly spread."""
    if limit is None or limit >= len(examples):
        return examples
    return [examples[number * len(examples) // limit] for number in range(limit)]


def _labeled(root: Path, expand: Callable[[str], list[str]]) -> Iterator[tuple[str, str]]:
    """Yield the source of each image with its label, or "" if its name has none."""
    folders = sorted(
        (each for each in root.iterdir() if each.is_dir() and not each.name.startswith(".")),
        key=lambda each: each.name,
    )
    if not folders:
        for source in expand(str(root)):
            match = _NAMED.fullmatch(Path(source).stem)
            yield source, f"{match[1]}_{match[2]}" if match else ""
        return
    for each in folders:
        try:
            sources = expand(str(each))
        except InputError:
            # A class may be empty.
            continue
        for source in sources:
            yield source, each.name


def _nothing_usable(root: Path, dataset: Dataset) -> InputError:
    if dataset.unknown:
        labels = list(dataset.unknown)[:5]
        return InputError(
            f"No label of {root} is a class of the classifier: {', '.join(labels)}"
            f"{' and others' if len(dataset.unknown) > len(labels) else ''}.",
            "Name the folders by WordNet ids or the classifier's class names, or map them with "
            "--set content-retention.labels=FILE.json.",
        )
    if dataset.unlabeled:
        return InputError(
            f"The images in {root} have no labels.",
            "Put them into a folder for each class, or name them INDEX_WNID_LABEL.jpg.",
        )
    return InputError(f"There are no images in {root}.", "Put them into a folder for each class.")
