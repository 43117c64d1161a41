"""The parameters of a component as people read them, and as `--set` and TOML take them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from stylekit_plugins.inspection.layout import wrap

_FIXED_SPACE = "\u00a0"
_EQUALS = f"{_FIXED_SPACE}={_FIXED_SPACE}"
"""Lines wrap between the entries of a table, and not within one."""

Schema = Mapping[str, Any]
"""The JSON schema of one parameter."""


def parameter_lines(component: str, properties: Mapping[str, Schema]) -> Iterator[str]:
    """Yield each parameter: name, default and range on a line, its meaning indented below."""
    for key, schema in properties.items():
        name, allowed = f"{component}.{key}", range_text(schema)
        if "default" not in schema:
            yield _entry(f"{name} (required{': ' if allowed else ''}{allowed})")
        else:
            yield assignment(name, schema["default"], allowed)
        if meaning := schema.get("description", ""):
            yield wrap(meaning, 6)


def assignment(name: str, value: Any, note: str = "") -> str:
    """Return `NAME = VALUE (NOTE)`, wrapped; a value of None is unset."""
    shown = "unset" if value is None else toml(value, _EQUALS)
    return _entry(f"{name}{_EQUALS}{shown}" + (f" ({note})" if note else ""))


def toml(value: Any, equals: str = " = ") -> str:
    """Return a value as `--set` and a TOML file take it: `{relu4_2 = 1}`, `[1, 2]`, `true`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number(value)
    if isinstance(value, Mapping):
        pairs = (f"{_key(key)}{equals}{_inner(entry)}" for key, entry in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_inner, value)) + "]"
    return str(value) or '""'


def number(value: float) -> str:
    """Return a number in its shortest form: `1e9` for a billion, `0.5`, `100000`."""
    short = f"{value:.10g}"
    if float(value).is_integer() and abs(value) >= 1e6:
        digits = str(int(value))
        zeros = len(digits) - len(digits.rstrip("0"))
        return f"{digits[:-zeros]}e{zeros}" if zeros >= 6 else digits
    return re.sub(r"e([+-])0*", lambda found: "e" + found[1].strip("+"), short)


def range_text(schema: Schema) -> str:
    """Return the values that a parameter may have: `0 to 1e9`, `draft | high`, `true or false`."""
    if "enum" in schema:
        return " | ".join(str(choice) for choice in schema["enum"])
    if "const" in schema:
        return str(schema["const"])
    if options := schema.get("anyOf"):
        texts = [range_text(option) for option in options if option.get("type") != "null"]
        return " or ".join(dict.fromkeys(filter(None, texts)))
    kind = schema.get("type", "")
    if kind == "boolean":
        return "true or false"
    if kind in ("integer", "number"):
        return _bounds(schema) or ("a whole number" if kind == "integer" else "a number")
    if kind == "array":
        return _collection("a list", schema.get("items", {}))
    if kind == "object":
        return _collection("a table", schema.get("additionalProperties", {}))
    return "text" if kind == "string" else str(kind)


def other_value(schema: Schema) -> str | None:
    """Return a value that a parameter may have besides its default, or None for texts and tables.

    It is for an example: of a number it is the double, or the half where the double is too large.
    """
    default = schema.get("default")
    if "enum" in schema:
        return next((str(choice) for choice in schema["enum"] if choice != default), None)
    if isinstance(default, bool):
        return toml(not default)
    if isinstance(default, int | float) and default:
        half = default // 2 if isinstance(default, int) else default / 2
        return next((number(x) for x in (default * 2, half) if _allows(schema, x)), None)
    return None


def _entry(text: str) -> str:
    return wrap(text, 8, "  ").replace(_FIXED_SPACE, " ")


def _allows(schema: Schema, value: float) -> bool:
    least, most = schema.get("minimum", value), schema.get("maximum", value)
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    inside = (above is None or value > above) and (below is None or value < below)
    return bool(least <= value <= most and inside)


def _bounds(schema: Schema) -> str:
    least, most = schema.get("minimum"), schema.get("maximum")
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    if least is not None and most is not None:
        return f"{number(least)} to {number(most)}"
    words = []
    if least is not None:
        words.append(number(least) + (" or more" if below is None else ""))
    if above is not None:
        words.append(f"above {number(above)}")
    if most is not None:
        words.append(("up to " if words else "at most ") + number(most))
    if below is not None:
        words.append(("to " if least is not None else "") + f"below {number(below)}")
    return (" " if least is not None else ", ").join(words)


def _collection(word: str, entries: Any) -> str:
    inner = range_text(entries) if isinstance(entries, Mapping) and entries else ""
    return f"{word}, each {inner}" if inner and inner != "text" else word


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key)


def _inner(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else toml(value)
