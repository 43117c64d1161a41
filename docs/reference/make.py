"""Writes the reference from specs, schemas and hooks: `python docs/reference/make.py`.

The pages say what the installed built-in plugins say of themselves, so that nothing in them is
written twice.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stylekit import Host, hookspecs
from stylekit.inputs.marks import user_only_fields
from stylekit.registry.catalogue import Catalogue, Component
from stylekit.runs.config import RunConfig
from stylekit.specs import SPEC_TYPES, MethodSpec, PresetSpec, WeightsSpec
from stylekit.weights.defaults import default_weights
from stylekit_plugins.inspection.describe import as_json

FOLDER = Path(__file__).parent

ABOUT_WEIGHTS = """\
`--weights auto`, the default, takes the weights marked with a star: on every
machine the same. `--weights NAME` takes others, and `--weights NETWORK=FILE` a file of yours.
`stylekit weights list` shows what is on this machine; see
[Work without a network](../how-to/offline.md)."""

ABOUT_DIGESTS = """\
Each file is verified by its SHA-256 before it is read, and no code in it runs. Most are pinned by
the whole digest. torchvision publishes 8 digits: the whole digest is remembered at first use, and
a file with another one is refused. If you know the digest, state it:
`--weights vgg16=FILE#sha256=HEX`."""

_BOUNDS = {
    "minimum": "at least",
    "exclusiveMinimum": "more than",
    "maximum": "at most",
    "exclusiveMaximum": "less than",
}


def pages() -> dict[str, str]:
    """Return each page by the name of its file."""
    found = {"components.md": components(), "keys.md": keys(), "hooks.md": hooks()}
    found["weights.md"] = weights()
    return {name: "\n".join(lines) + "\n" for name, lines in found.items()}


def components() -> Iterator[str]:
    """Yield the page of all built-in components with their parameters."""
    catalogue = Host(builtins_only=True).catalogue
    kinds = {
        hook.removeprefix("register_").capitalize(): sorted(
            catalogue.all(SPEC_TYPES[kind]), key=lambda component: component.spec.name
        )
        for hook, kind in hookspecs.REGISTER.items()
    }
    yield from _title("Components", "Every built-in component, with its parameters and defaults.")
    yield "`--set NAME.PARAMETER=VALUE` sets a parameter, as does a table `[NAME]` in a file. Where"
    yield "two components have one name, write `PLUGIN:NAME`. `stylekit list-plugins` also lists"
    yield "the components of installed plugins."
    names = Counter(component.spec.name for found in kinds.values() for component in found)
    names.update(kind.lower() for kind in kinds)
    yield from ("", "| kind | components |", "|---|---|")
    for kind, found in kinds.items():
        shown = ", ".join(_link(component, names) for component in found)
        yield f"| [{kind}](#{kind.lower()}) | {shown} |"
    for kind, found in kinds.items():
        yield from ("", f"## {kind}")
        for component in found:
            yield from _component(component)


def _link(component: Component[Any], names: Counter[str]) -> str:
    """Return a link to a component's section, if its name is the only one of a section."""
    name = component.spec.name
    return f"[`{name}`](#{name})" if names[name] == 1 else f"`{name}`"


def keys() -> Iterator[str]:
    """Yield the page of the keys of a run."""
    yield from _title(
        "Keys of a run", "What a configuration file may set besides the parameters of components."
    )
    yield "Most are options of `stylekit run`, too; all can be set with `--set KEY=VALUE`."
    users = ", ".join(f"`{key}`" for key in sorted(user_only_fields(RunConfig)))
    yield f"A configuration file may set {users} only with `--trust-config`, and so it is with"
    yield "the tables of observers and executors. No run record has them. See"
    yield "[Use configuration files](../how-to/config.md)."
    yield from (
        "",
        *_table(RunConfig.model_json_schema()["properties"], leave_out=("slots", "tables")),
    )
    yield from (
        "",
        "## Slots",
        "",
        "A method names the components that it works with; each slot is a key, too:",
    )
    yield from ("", "| method | key | kind | default |", "|---|---|---|---|")
    for component in Host(builtins_only=True).catalogue.all(MethodSpec):
        for name, slot in component.spec.slots.items():
            kind = f"{slot.kind} ({slot.role})" if slot.role else slot.kind
            yield f"| {component.spec.name} | `{name}` | {kind} | {slot.default} |"


def weights() -> Iterator[str]:
    """Yield the page of the trained weights, with their authors and licenses."""
    what = "Trained networks: who made them, under which license, and where they come from."
    yield from _title("Weights", what)
    yield ABOUT_WEIGHTS
    yield from ("", "| network | weights | MB | source | license |", "|---|---|---|---|---|")
    catalogue = Host(builtins_only=True).catalogue
    known = sorted(
        (component.spec for component in catalogue.all(WeightsSpec)),
        key=lambda spec: (spec.network, not _is_default(spec, catalogue), spec.source.by_user),
    )
    for spec in known:
        source = spec.source.describe()
        shown = f"[{source.rpartition('/')[2]}]({source})" if "://" in source else source
        cells = (
            spec.network,
            f"`{spec.name}`" + " \\*" * _is_default(spec, catalogue),
            f"{spec.size_mb:g}" if spec.size_mb else "",
            f"{shown} ([authors' page]({spec.url}))" if spec.url else shown,
            _license(spec),
        )
        yield f"| {' | '.join(cells)} |"
    yield ""
    yield ABOUT_DIGESTS
    yield from ("", "| weights | SHA-256 |", "|---|---|")
    for spec in known:
        if spec.sha256:
            yield f"| `{spec.name}` | `{spec.sha256}` |"


def _is_default(spec: WeightsSpec, catalogue: Catalogue) -> bool:
    return spec in [component.spec for component in default_weights(spec.network, catalogue)]


def _license(spec: WeightsSpec) -> str:
    authors = f", by {spec.authors}" if spec.authors else ""
    return spec.license + authors + (f"; {spec.changes}" if spec.changes else "")


def hooks() -> Iterator[str]:
    """Yield the page of the hooks."""
    yield from _title(
        "Hooks", "What a plugin can implement; [Writing a plugin](../../PLUGINS.md) shows how."
    )
    yield "`register_*` hooks register components: each returns *specs*. The others are called in"
    yield "the course of a run, and change nothing."
    yield ""
    for name in (*hookspecs.REGISTER, *hookspecs.LIFECYCLE):
        function = getattr(hookspecs, name)
        arguments = ", ".join(inspect.signature(function).parameters)
        text = inspect.cleandoc(function.__doc__ or "").partition("\nExample:")[0].strip()
        yield from (f"## `{name}({arguments})`", "", text, "")
        if name in hookspecs.REGISTER:
            yield from _spec(SPEC_TYPES[hookspecs.REGISTER[name]])


def _title(title: str, what: str) -> Iterator[str]:
    yield from (f"# {title}", "", what, "", "<!-- Made by docs/reference/make.py. -->", "")


def _component(component: Component[Any]) -> Iterator[str]:
    spec = component.spec
    yield from ("", f"### `{spec.name}`", "")
    yield f"{spec.summary} (`{component.id}`, version {spec.version})"
    if isinstance(spec, PresetSpec):
        values = ", ".join(f"`{key} = {_plain(value)}`" for key, value in spec.values.items())
        yield from ("", values)
        return
    described = as_json(component)
    if rows := _table(described["parameters"]):
        yield from ("", *rows)
    if getattr(spec, "training", None):
        yield from ("", "In `stylekit train`:", "", *_table(described["training"]))


def _table(properties: dict[str, dict[str, Any]], leave_out: tuple[str, ...] = ()) -> list[str]:
    rows = [
        f"| `{name}` | {_default(entry)} | {_range(entry)} | {entry.get('description', '')} |"
        for name, entry in properties.items()
        if name not in leave_out
    ]
    return ["| name | default | values | meaning |", "|---|---|---|---|", *rows] if rows else []


def _spec(spec_type: type[Any]) -> Iterator[str]:
    fields = [
        f"`{field.name}`" + ("" if field.default is field.default_factory else " (optional)")
        for field in dataclasses.fields(spec_type)
    ]
    yield from (f"`{spec_type.__name__}`: {', '.join(fields)}.", "")


def _default(entry: dict[str, Any]) -> str:
    if "default" not in entry:
        return "(required)"
    shown = _plain(entry["default"])
    return f"`{shown}`" if shown else ""


def _range(entry: dict[str, Any]) -> str:
    if "enum" in entry:
        return ", ".join(f"`{choice}`" for choice in entry["enum"])
    for alternative in entry.get("anyOf", ()):
        if alternative.get("type") != "null":
            return _range(alternative)
    bounds = [f"{word} {entry[key]:g}" for key, word in _BOUNDS.items() if key in entry]
    return ", ".join([entry.get("type", ""), *bounds]).replace("|", "\\|")


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_plain(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_plain(entry) for entry in value) + "]"
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
