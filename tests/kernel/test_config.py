"""Settings and layers of configuration: how they are parsed, merged and checked."""

from __future__ import annotations

import pytest

from stylekit.errors import UsageError
from stylekit.inputs.settings import apply_dotted, parse_setting, settings_layer
from stylekit.runs.config import LIST_KEYS, RUN_KEYS, SHORTHANDS, RunConfig
from stylekit.runs.layers import build, canonical, merge


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("size=64", ["size"], 64),
        ("ink.strength=1e4", ["ink", "strength"], 1e4),
        ("ink.on=true", ["ink", "on"], True),
        ("ink.layers=[1, 2]", ["ink", "layers"], [1, 2]),
        ("ink.name=plain words", ["ink", "name"], "plain words"),
        ('ink.name="3"', ["ink", "name"], "3"),
        ("ink.name=", ["ink", "name"], ""),
        ("ink . a . b = 3", ["ink", "a", "b"], 3),
        ("a=b=c", ["a"], "b=c"),
    ],
)
def test_a_setting_has_a_path_and_a_value(text, path, value):
    assert parse_setting(text) == (path, value)


@pytest.mark.parametrize("text", ["size", "=3", ".a=3", "a.=3"])
def test_a_setting_without_key_or_value_is_refused(text):
    with pytest.raises(UsageError, match="expected KEY=VALUE"):
        parse_setting(text)


def test_settings_are_a_layer():
    layer = settings_layer(["size=64", "ink.a=1", "ink.b=2", "ink.layers.x=3"])
    assert layer == {"size": 64, "ink": {"a": 1, "b": 2, "layers.x": 3}}


def test_a_key_is_not_a_value_and_a_table():
    with pytest.raises(UsageError, match="ink"):
        settings_layer(["ink=1", "ink.a=1"])
    with pytest.raises(UsageError, match="ink"):
        merge([{"ink": 1}, {"ink": {"a": 1}}])


def test_tables_merge_key_by_key_and_all_else_is_replaced():
    merged = merge([{"ink": {"a": 1, "b": [1]}, "style": ["x"]}, {"ink": {"b": [2]}, "style": []}])
    assert merged == {"ink": {"a": 1, "b": [2]}, "style": []}


def test_merging_changes_no_layer():
    lower = {"ink": {"a": {"x": 1}}}
    merge([lower, {"ink": {"b": 2}}])["ink"]["a"]["x"] = 5
    assert lower == {"ink": {"a": {"x": 1}}}


def test_names_become_ids_and_shorthands_parameters():
    layer = {"ink": {"a": 1}, "steps": 3, "size": 64, "other": {"b": 2}}
    assert canonical(layer, {"ink": "mine:ink"}, {"steps": "mine:ink"}, RUN_KEYS) == {
        "mine:ink": {"a": 1, "steps": 3},
        "size": 64,
        "other": {"b": 2},
    }


def test_a_dotted_key_changes_a_copy_of_the_default():
    defaults = {"layers": {"x": 1.0, "y": 1.0}}
    assert apply_dotted({"layers.x": 2.0}, defaults, "ink") == {"layers": {"x": 2.0, "y": 1.0}}
    assert defaults == {"layers": {"x": 1.0, "y": 1.0}}


def test_a_dotted_key_of_a_plain_value_is_refused():
    with pytest.raises(UsageError, match="no parts"):
        apply_dotted({"a.b": 1}, {"a": 3}, "ink")


def test_one_source_may_be_written_without_a_list():
    config = build({"content": "a.png", "ink": {"a": 1}}, ["ink"], RunConfig, SHORTHANDS, LIST_KEYS)
    assert config.content == ("a.png",)
    assert config.tables == {"ink": {"a": 1}}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"szie": 3}, "Unknown parameter 'szie'"),
        ({"inc": {}}, "Unknown component 'inc'"),
        ({"ink": 3}, "ink = 3"),
        ({"size": "large"}, "size = 'large'"),
        ({"seed": -1}, "seed = -1"),
        ({"content": ["a\0b"]}, "NUL"),
        ({"blend": ""}, "blend"),
    ],
)
def test_mistakes_are_named(values, message):
    with pytest.raises(UsageError) as error:
        build(values, ["ink"], RunConfig, SHORTHANDS, LIST_KEYS)
    assert message in error.value.message
