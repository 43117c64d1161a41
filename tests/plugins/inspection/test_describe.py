"""`stylekit describe`: every name can be typed, at any width, and the example is a command."""

from __future__ import annotations

import shlex
from collections.abc import Callable

import pytest

from stylekit import Host
from stylekit.inputs.settings import settings_layer
from stylekit.registry.catalogue import params_model
from stylekit.specs import SPEC_TYPES, MethodSpec
from stylekit_plugins.inspection.parameters import number, other_value, range_text, toml

Show = Callable[..., list[str]]


@pytest.mark.parametrize("columns", [20, 80, 200, None], ids=["narrow", "80", "wide", "pipe"])
def test_no_name_is_cut_at_any_width(show: Show, host: Host, columns: int | None) -> None:
    for component in host.catalogue.all(MethodSpec):
        text = "\n".join(show("describe", component.id, columns=columns))
        for name in params_model(component).model_fields:
            assert f"  {component.spec.name}.{name}" in text
        for slot in component.spec.slots.values():
            assert slot.default in text


@pytest.mark.parametrize("columns", [80, None], ids=["80", "pipe"])
def test_lines_wrap_between_words(show: Show, host: Host, columns: int | None) -> None:
    for spec_type in SPEC_TYPES.values():
        for component in host.catalogue.all(spec_type):
            for line in show("describe", f"{spec_type.kind}/{component.id}", columns=columns):
                fits = len(line) <= (columns or 100) or len(line.split()) <= 3
                assert fits or (line.startswith("  stylekit ") and len(line) < 150), line


def test_a_method_says_what_it_uses_and_how_to_change_it(show: Show) -> None:
    lines = [" ".join(line.split()) for line in show("describe", "gatys")]
    assert "uses backbone vgg19 (--backbone)" in lines
    assert "content loss content (--set content_loss=NAME)" in lines
    assert "style images 1 or more" in lines
    assert "size 512 px unless --size" in lines
    assert "regions yes" in lines
    assert "gatys.style_weight = 30 (0 to 1e9)" in lines
    assert "gatys.content_layers = {relu4_2 = 1} (a table, each 0 to 1e9)" in lines


def test_a_preset_shows_its_values(show: Show) -> None:
    lines = show("describe", "crowson-w2")
    assert "  optimizer = adam" in lines
    assert "  adam.lr = 0.02" in lines


def test_examples_are_plans(show: Show, host: Host) -> None:
    for component in host.catalogue.all(MethodSpec):
        lines = show("describe", component.id, columns=200)
        words = shlex.split(lines[-1])
        assert words[:4] == ["stylekit", "run", "--method", component.spec.name]
        host.plan({"method": words[3]}, settings_layer(words[5:6]))


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({"type": "number", "minimum": 0, "maximum": 1e9}, "0 to 1e9"),
        ({"type": "integer", "minimum": 1}, "1 or more"),
        ({"type": "number", "exclusiveMinimum": 0, "maximum": 4}, "above 0, up to 4"),
        ({"type": "number", "minimum": 0, "exclusiveMaximum": 1}, "0 to below 1"),
        ({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}, "above 0, below 1"),
        ({"type": "number", "maximum": 4}, "at most 4"),
        ({"type": "integer"}, "a whole number"),
        ({"type": "boolean"}, "true or false"),
        ({"enum": ["a", "b"]}, "a | b"),
        ({"anyOf": [{"type": "integer", "minimum": 0}, {"type": "null"}]}, "0 or more"),
        ({"type": "array", "items": {"type": "string"}}, "a list"),
        ({"type": "object", "additionalProperties": {"type": "number"}}, "a table, each a number"),
        ({}, ""),
    ],
)
def test_ranges(schema: dict[str, object], text: str) -> None:
    assert range_text(schema) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1e9, "1e9"),
        (1234567.0, "1234567"),
        (16_384, "16384"),
        (1e-12, "1e-12"),
        (1.1171875, "1.1171875"),
        (-1e6, "-1e6"),
    ],
)
def test_numbers(value: float, text: str) -> None:
    assert number(value) == text
    assert float(text) == value


def test_values_are_toml() -> None:
    layers = {"relu4_2": 1.0, "a b": [1, 2], "c": "x"}
    assert toml(layers) == '{relu4_2 = 1, "a b" = [1, 2], c = "x"}'
    assert settings_layer([f"gatys.layers={toml(layers)}"])["gatys"]["layers"] == layers
    assert (toml(False), toml("mixup"), toml("")) == ("false", "mixup", '""')


def test_an_example_is_another_value_in_range() -> None:
    assert other_value({"enum": ["a", "b"], "default": "a"}) == "b"
    assert other_value({"type": "boolean", "default": True}) == "false"
    assert other_value({"type": "number", "default": 0.5, "exclusiveMaximum": 1}) == "0.25"
    assert other_value({"type": "integer", "default": 3}) == "6"
    assert other_value({"type": "string", "default": "a"}) is None


def test_an_unknown_name_has_the_nearest_names_as_a_hint(host: Host) -> None:
    from stylekit.errors import UsageError
    from stylekit_plugins.inspection.find import find_any

    with pytest.raises(UsageError) as raised:
        find_any(host.catalogue, "vgg")
    assert raised.value.hint is not None
    assert "Did you mean 'vgg19'? Similar: vgg16." in raised.value.hint
    assert "stylekit list-plugins" in raised.value.hint
    assert "gatys" not in raised.value.hint
