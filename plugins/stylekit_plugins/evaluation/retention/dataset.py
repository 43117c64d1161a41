"""Labeled pictures: a folder a class, or files called `INDEX_WNID_LABEL.jpg`."""

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
    """A labeled picture.

    Attributes:
        source: to read it from.
        name: within the data set, for people.
        label: what it shows.
    """

    source: str
    name: str
    label: ImageClass


@dataclass
class Dataset:
    """The labeled pictures of a folder.

    Attributes:
        unknown: labels that mean no class of the classifier, each with the number of pictures left
            out and the reason.
        unlabeled: files whose names say no label.
    """

    examples: list[Example] = field(default_factory=list)
    unknown: dict[str, tuple[int, str]] = field(default_factory=dict)
    unlabeled: list[str] = field(default_factory=list)


def read_dataset(folder: str, classes: Classes, expand: Callable[[str], list[str]]) -> Dataset:
    """Find the pictures and their labels; nothing is decoded yet.

    Args:
        expand: lists the pictures of a folder.

    Raises:
        InputError: there is no such folder, no picture in it, or no label that means a class.
    """
    root = Path(folder)
    if not exists(root):
        raise missing_file(root, "data set")
    if not root.is_dir():
        raise InputError(f"The data set {root} is no folder.", "Name the folder of its pictures.")
    dataset = Dataset()
    for source, label in _labeled(root, expand):
        if not label:
            dataset.unlabeled.append(Path(source).name)
            continue
        found = classes.find(label)
        if isinstance(found, str):
            count, _ = dataset.unknown.get(label, (0, ""))
            dataset.unknown[label] = count + 1, found
        else:
            name = Path(source).relative_to(root).as_posix()
            dataset.examples.append(Example(source, name, found))
    if not dataset.examples:
        raise _nothing(root, dataset)
    return dataset


def limited(examples: list[Example], limit: int | None) -> list[Example]:
    """Return so many examples, evenly spread."""
    if limit is None or limit >= len(examples):
        return examples
    return [examples[number * len(examples) // limit] for number in range(limit)]


def _labeled(root: Path, expand: Callable[[str], list[str]]) -> Iterator[tuple[str, str]]:
    """Yield each picture with its label, or nothing where its name says none."""
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
            # An empty class is no mistake.
            continue
        for source in sources:
            yield source, each.name


def _nothing(root: Path, dataset: Dataset) -> InputError:
    if dataset.unknown:
        some = list(dataset.unknown)[:5]
        return InputError(
            f"No label of {root} means a class of the classifier: {', '.join(some)}"
            f"{' and others' if len(dataset.unknown) > len(some) else ''}.",
            "Call folders by WordNet ids or the classifier's names, or say what they mean with "
            "--set content-retention.labels=FILE.json.",
        )
    if dataset.unlabeled:
        return InputError(
            f"The pictures in {root} have no labels.",
            "Put them into a folder for each class, or call them INDEX_WNID_LABEL.jpg.",
        )
    return InputError(f"There are no pictures in {root}.", "Put them into a folder for each class.")
