"""`make_plan`: from layers of configuration to the components of a run."""

from __future__ import annotations

import pytest

import stylekit
from stylekit.errors import PluginError, UsageError


def test_names_become_components(plan):
    decided = plan({"method": "paint"})
    assert decided.method.component.id == "world:paint"
    assert decided.executor.component.id == "world:here"
    assert decided.method.params.strength == 0.5


def test_the_strongest_layer_is_the_last(plan):
    decided = plan({"method": "paint", "paint": {"strength": 0.1}}, {"paint": {"strength": 0.2}})
    assert decided.method.params.strength == 0.2


def test_a_table_may_have_the_full_id_in_one_layer_and_the_name_in_another(plan):
    decided = plan(
        {"method": "paint", "paint": {"strength": 0.1}}, {"world:paint": {"strength": 0.2}}
    )
    assert decided.method.params.strength == 0.2


def test_a_preset_lies_under_all_layers(plan):
    decided = plan({"preset": "strong", "paint": {"strength": 0.2}})
    assert decided.method.params.strength == 0.2
    assert decided.method.params.steps == 7
    assert decided.config.size == 96
    assert [preset.spec.name for preset in decided.presets] == ["strong"]


def test_a_shorthand_is_a_parameter_of_the_method(plan):
    assert plan({"method": "paint", "steps": 9}).method.params.steps == 9


def test_a_dotted_key_changes_one_entry(plan):
    decided = plan({"method": "paint"}, {"paint": {"layers.b": 2.0}})
    assert decided.method.params.layers == {"a": 1.0, "b": 2.0}


def test_slots_have_the_defaults_of_the_method(plan):
    slots = plan({"method": "compare"}).slots
    assert {slot: chosen.component.id for slot, chosen in slots.items()} == {
        "backbone": "world:tiny",
        "style_loss": "world:tiny-style",
    }


def test_a_slot_takes_another_component(plan, toy_host):
    class Other:
        @stylekit.hookimpl
        def register_backbones(self) -> list[stylekit.BackboneSpec]:
            factory = "stylekit.testing.toy_components:TinyBackbone"
            spec = stylekit.BackboneSpec(name="o", summary="O.", layers=("a",), factory=factory)
            return [spec]

    toy_host.register(Other(), "other")
    decided = plan({"method": "compare", "backbone": "o"})
    assert decided.slots["backbone"].component.id == "other:o"


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ({"method": "pain"}, "Unknown method 'pain'"),
        ({"method": "paint", "siez": 3}, "Unknown parameter 'siez'"),
        ({"method": "paint", "paind": {"strength": 1}}, "Unknown component 'paind'"),
        ({"method": "paint", "paint": {"strengh": 1}}, "paint.strengh"),
        ({"method": "paint", "paint": {"strength": 2}}, "paint.strength = 2"),
        ({"method": "paint", "paint": 3}, "paint = 3"),
        ({"method": "paint", "size": 0}, "size = 0"),
        ({"method": "paint", "backbone": "tiny"}, "backbone"),
        ({"method": "compare", "backbone": "tiny-style"}, "Unknown backbone 'tiny-style'"),
        ({"method": "compare", "style_loss": "tiny-content"}, "tiny-content"),
        ({"preset": "storng"}, "Unknown preset 'storng'"),
        ({"prefer": {"metod": {"a": "b"}}}, "metod"),
    ],
)
def test_mistakes_are_named(plan, layer, message):
    with pytest.raises(UsageError) as error:
        plan(layer)
    assert message in error.value.message


def test_a_broken_plugin_is_named(toy_host, plan):
    class Broken:
        @stylekit.hookimpl
        def register_methods(self) -> list[stylekit.MethodSpec]:
            raise ValueError("for the test")

    with pytest.raises(PluginError, match="for the test"):
        toy_host.register(Broken(), "broken")
    with pytest.raises(PluginError, match="'broken' is broken"):
        plan({"method": "broken:paint"})


def test_a_setting_without_effect_is_a_warning(plan):
    warnings = plan({"method": "paint", "compare": {"strength": 0.3}}).warnings
    assert len(warnings) == 1
    assert "compare" in warnings[0]


def test_the_resolved_configuration_gives_the_same_plan(plan):
    decided = plan({"method": "compare", "size": 64, "compare": {"strength": 0.25}})
    again = plan(decided.resolved())
    assert again.resolved() == decided.resolved()
    assert again.method.params == decided.method.params


def test_what_only_the_user_says_is_not_in_the_resolved_configuration(plan):
    resolved = plan({"method": "paint", "out": "a.png", "overwrite": True}).resolved()
    assert not {"out", "overwrite", "executor"} & set(resolved)
