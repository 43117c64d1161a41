"""Methods to compare, each with its settings: `METHOD[:BACKBONE][+KEY=VALUE...]`, and sweeps."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from stylekit.errors import StylekitError, UsageError
from stylekit.evaluation.experiment import Variant
from stylekit.inputs.settings import parse_setting
from stylekit.records.trust import user_only
from stylekit.registry.catalogue import Catalogue, Component, params_model
from stylekit.runs.config import RUN_KEYS, SHORTHANDS, RunConfig
from stylekit.runs.layers import Layer, merge
from stylekit.specs import ComponentSpec, MethodSpec
from stylekit.text import did_you_mean

# A plus sign can also be part of a number: 1e+4.
_SETTING = re.compile(r"\+(?=[A-Za-z_][\w.:-]*=)")

KEYS = {"preset", "size", "precision", "seed", *SHORTHANDS}
"""Run keys that may differ from variant to variant, beside the slots of the method."""


@dataclass(frozen=True)
class Sweep:
    """Several values of one setting.

    Attributes:
        key: as the user wrote it.
        path: its parts: a run key, or a table and a key in it.
    """

    key: str
    path: tuple[str, ...]
    values: tuple[Any, ...]

    def layer(self, value: Any) -> Layer:
        """Return the setting as a layer of configuration."""
        table, *inner = self.path
        return {table: {".".join(inner): value}} if inner else {table: value}


def parse_variant(text: str, catalogue: Catalogue) -> Variant:
    """Parse a method with a backbone and settings.

    A setting is a parameter of the method (`style_weight=10`), a run key (`size=256`), or a
    parameter of another component (`vgg19.pooling=avg`).

    Raises:
        UsageError: a name is unknown, or a setting must be the same for all variants.
    """
    head, *settings = _SETTING.split(text)
    method, backbone = _head(head, catalogue)
    own = params_model(method).model_fields
    layer: dict[str, Any] = {"method": method.id}
    if backbone:
        layer["backbone"] = backbone
    for setting in settings:
        parts, value = parse_setting(setting)
        first, *inner = parts
        if not inner and (first in KEYS or first in method.spec.slots):
            layer[first] = value
        elif not inner and first in RUN_KEYS:
            raise UsageError(
                f"'{text}': {first} is the same for all methods of an evaluation.",
                did_you_mean(first, KEYS),
            )
        elif not inner or first in own:
            layer = merge([layer, {method.id: {".".join(parts): value}}])
        else:
            layer = merge([layer, {first: {".".join(inner): value}}])
    refuse_shared_keys(text, layer, catalogue)
    return Variant(text, method, layer, base=text)


def refuse_shared_keys(text: str, layer: Layer, catalogue: Catalogue) -> None:
    """Refuse settings of how runs are carried out, which all variants share.

    Raises:
        UsageError: the layer has such a setting.
    """
    if shared := user_only(layer, RunConfig, catalogue):
        raise UsageError(
            f"'{text}': {'.'.join(shared[0])} is the same for all methods of an evaluation.",
            "Set it for all of them with --set.",
        )


def _head(text: str, catalogue: Catalogue) -> tuple[Component[MethodSpec], str]:
    """Split a method from its backbone, or ""; `plugin:method` has none."""
    try:
        return catalogue.find(MethodSpec, text), ""
    except StylekitError:
        name, separator, backbone = text.rpartition(":")
        if not separator:
            raise
    method = catalogue.find(MethodSpec, name)
    if "backbone" not in method.spec.slots:
        raise UsageError(
            f"'{text}': method '{method.spec.name}' uses no backbone.", f"Write {name}."
        )
    return method, backbone


def parse_sweep(text: str) -> Sweep:
    """Parse `KEY=VALUE,VALUE,...`, or `KEY=[...]` with TOML values.

    Raises:
        UsageError: there is no `=`, or fewer than two values.
    """
    parts, value = parse_setting(text)
    if isinstance(value, str):
        value = [parse_setting(f"x={each}")[1] for each in value.split(",") if each.strip()]
    if not isinstance(value, list) or len(value) < 2:
        raise UsageError(
            f"--sweep {text}: a sweep needs at least two values.",
            "For example --sweep gatys.style_weight=10,30,100.",
        )
    return Sweep(".".join(parts), tuple(parts), tuple(value))


def expand_sweeps(
    variant: Variant, sweeps: Sequence[Sweep], components: Sequence[Component[ComponentSpec]]
) -> Iterator[Variant]:
    """Yield the variant with every combination of the values of the sweeps that apply to it.

    Args:
        components: the components of the variant.
    """
    applying = [sweep for sweep in sweeps if applies(sweep, variant, components)]
    for values in product(*(sweep.values for sweep in applying)):
        settings = list(zip(applying, values, strict=True))
        names = [f"+{_short(sweep, variant)}={_text(value)}" for sweep, value in settings]
        yield replace(
            variant,
            label=variant.label + "".join(names),
            layer=merge([variant.layer, *(sweep.layer(value) for sweep, value in settings)]),
            swept={sweep.key: value for sweep, value in settings},
        )


def applies(sweep: Sweep, variant: Variant, components: Sequence[Component[ComponentSpec]]) -> bool:
    """Return whether a sweep changes a setting that a variant has."""
    first = sweep.path[0]
    if len(sweep.path) > 1:
        return any(first in (component.spec.name, component.id) for component in components)
    if first in SHORTHANDS:
        return first in params_model(variant.method).model_fields
    return first in KEYS or first in variant.method.spec.slots


def _short(sweep: Sweep, variant: Variant) -> str:
    """Return the key without the name of the variant's method."""
    names = (variant.method.spec.name, variant.method.id)
    return ".".join(sweep.path[1:]) if sweep.path[0] in names else sweep.key


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{key}:{_text(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_text(inner) for inner in value) + "]"
    return f"{value:g}" if isinstance(value, float) else str(value)
