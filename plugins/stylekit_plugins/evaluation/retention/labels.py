"""Matches labels of a dataset to classes of a classifier: by WordNet id or name, never by order."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from stylekit.errors import InputError
from stylekit.evaluation.classifier import ImageClass
from stylekit.files.tables import read_json

_WNID = re.compile(r"n\d{8}")


class Classes:
    """The classes of a classifier, by the labels of datasets.

    Args:
        meanings: replacements for labels.
    """

    def __init__(
        self, classes: Sequence[ImageClass], meanings: Mapping[str, str] | None = None
    ) -> None:
        self._meanings = dict(meanings or {})
        self._by_key = {each.key: each for each in classes if each.key}
        self._by_name: dict[str, list[ImageClass]] = {}
        for each in classes:
            self._by_name.setdefault(_plain(each.name), []).append(each)

    def find(self, label: str) -> ImageClass | str:
        """Return the class of a label, or the reason why there is none.

        A label is a WordNet id (`n02123045`), one with something after it (`n02123045_tabby`), or
        a name in any case, its words joined by spaces, `_` or `-`.
        """
        label = self._meanings.get(label, label)
        wnid = _WNID.match(label)
        if wnid is not None:
            by_key = self._by_key.get(wnid[0])
            # The classifier may have no ids, and know its classes by name alone.
            rest = _plain(label[len(wnid[0]) :])
            if by_key is not None or not rest:
                return by_key or "the classifier has no such class"
            label = rest
        named = self._by_name.get(_plain(label), [])
        if len(named) > 1:
            return "several classes have this name; use WordNet ids"
        return named[0] if named else "the classifier has no such class"


def read_meanings(path: Path) -> dict[str, str]:
    """Read replacements for labels from a JSON file.

    Raises:
        InputError: it is missing, or no object of strings.
    """
    loaded = read_json(path)
    if not all(isinstance(v, str) for v in loaded.values()):
        raise InputError(
            f"{path} is not a JSON object of strings.", 'For example {"cats": "n02123045"}.'
        )
    return loaded


def _plain(name: str) -> str:
    return " ".join(re.split(r"[\s_-]+", name.strip(" _-").casefold()))
