"""What a component's spec states, in words for people."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from stylekit.registry.catalogue import Component
from stylekit_plugins.inspection.extras import missing_extra

_SHOWN_ELSEWHERE = frozenset(
    (
        *("name", "summary", "version", "factory", "params", "modules"),
        *("trainer", "training", "training_inputs"),
    )
)

_LABELS = {
    "clips": "video",
    "default_size": "size",
    "expands_folders": "folders",
    "frame_method": "frames by",
    "sha256": "SHA-256",
    "higher_is_better": "better",
    "scope": "scores",
    "size_mb": "download",
    "styles": "style images",
}


def facts(component: Component[Any], options: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield the label and the text of each fact that a spec states.

    Args:
        options: those of `stylekit run`, to say which one changes a slot.
    """
    spec = component.spec
    for field in dataclasses.fields(spec):
        if field.name in _SHOWN_ELSEWHERE:
            continue
        value = getattr(spec, field.name)
        label = _LABELS.get(field.name, field.name.replace("_", " "))
        if field.name == "extra":
            if value:
                command = missing_extra(component)
                yield "extra", f"{value} (missing: {command})" if command else value
        elif field.name == "slots":
            yield from (("uses", text) for text in _slots(value, options))
        elif text := _TEXTS.get(field.name, _plain)(value):
            yield label, text


def _slots(slots: Mapping[str, Any], options: Collection[str]) -> Iterator[str]:
    for slot, value in slots.items():
        option = f"--{slot.replace('_', '-')}"
        change = option if option in options else f"--set {slot}=NAME"
        yield f"{slot.replace('_', ' ')} {value.default or '(none)'} ({change})"


def _style_images(value: tuple[int, int | None] | bool) -> str:
    if isinstance(value, bool):
        return "needed" if value else ""
    least, most = value
    if most is None:
        return f"{least} or more" if least else "any number"
    return str(least) if least == most else f"{least} to {most}"


def _size(value: int) -> str:
    return f"{value} px unless --size" if value else "that of the content unless --size"


def _video(value: bool | tuple[str, ...]) -> str:
    if isinstance(value, bool):
        return "works on whole videos" if value else ""
    return " ".join(filter(None, value))


def _megabytes(value: float) -> str:
    return f"{value:g} MB" if value else ""


def _plain(value: Any) -> str:
    if value is True:
        return "yes"
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = dataclasses.asdict(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_plain(entry)}" for key, entry in value.items() if entry)
    if isinstance(value, list | tuple):
        return ", ".join(map(_plain, filter(None, value)))
    return str(value or "")


_TEXTS: Mapping[str, Callable[[Any], str]] = {
    "higher_is_better": lambda value: "higher" if value else "lower",
    "scope": lambda value: "one result at a time" if value == "pair" else "all results together",
    "styles": _style_images,
    "default_size": _size,
    "clips": _video,
    "size_mb": _megabytes,
    "source": lambda source: str(source.describe()),
}
