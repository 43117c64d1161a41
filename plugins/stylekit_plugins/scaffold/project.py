"""The files of a new project: those that all have, and those of its kind.

They are real files, in `templates`, of a plugin that is called charcoal; a new one gets its own
name instead.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from stylekit.errors import InputError, UsageError
from stylekit.specs import SPEC_TYPES

FEED_FORWARD = "feed-forward"
"""A method too, whose result is one pass of a network."""

TRAINER = "trainer"
"""Likewise, with a network that is trained."""

TEMPLATE_KINDS = (*SPEC_TYPES, FEED_FORWARD, TRAINER)
"""Kinds of project; a method works step by step unless it is feed-forward."""

TEMPLATES = Path(__file__).with_name("templates")

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")

_PREFIX = "stylekit-"


@dataclass(frozen=True)
class Names:
    """What a plugin is called in each place.

    Attributes:
        plugin: the plugin and its component, `soft-light`.
        distribution: what pip installs, `stylekit-soft-light`.
        package: what Python imports, `stylekit_soft_light`.
        title: in names of classes, `SoftLight`.
    """

    plugin: str

    @property
    def distribution(self) -> str:
        """What pip installs."""
        return _PREFIX + self.plugin

    @property
    def package(self) -> str:
        """What Python imports."""
        return self.distribution.replace("-", "_")

    @property
    def title(self) -> str:
        """In names of classes."""
        return "".join(word.capitalize() for word in self.plugin.split("-"))

    def put_into(self, text: str) -> str:
        """Return a template's text with these names instead of its own."""
        return (
            text.replace("stylekit_charcoal", self.package)
            .replace("test_charcoal", f"test_{self.plugin.replace('-', '_')}")
            .replace("Charcoal", self.title)
            .replace("charcoal", self.plugin)
        )


def named(name: str) -> Names:
    """Return the names of a plugin; `stylekit-` before it is the distribution's.

    Raises:
        UsageError: it is no name of a plugin.
    """
    bare = name.removeprefix(_PREFIX)
    if not _NAME.fullmatch(bare):
        close = "-".join(re.findall(r"[a-z0-9]+", bare.lower())).lstrip("0123456789-")
        raise UsageError(
            f"'{name}' is no name of a plugin.",
            "Use small letters and digits, words joined by '-', a letter first"
            + (f": for example '{close}'." if close else ", for example 'charcoal'."),
        )
    return Names(bare)


def component_kind(kind: str) -> str:
    """Return the kind of component that a kind of project registers."""
    return "method" if kind in (FEED_FORWARD, TRAINER) else kind


def write(folder: Path, names: Names, kind: str) -> list[str]:
    """Write a project of one of `TEMPLATE_KINDS` into a new or empty folder; return its files.

    Raises:
        InputError: there is something already.
        OSError: it cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(
            f"{folder} is there already.", "Name another folder (--out FOLDER), or remove it."
        )
    written = {f"src/{names.package}/py.typed": ""}
    for root in (TEMPLATES / "every", TEMPLATES / kind):
        for source in sorted(path for path in root.rglob("*") if path.is_file()):
            if "__pycache__" in source.parts:
                continue
            name = names.put_into(source.relative_to(root).as_posix())
            written[name] = names.put_into(source.read_text(encoding="utf-8"))
    for name, text in written.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("x", encoding="utf-8") as file:
            file.write(text)
    return sorted(written)
