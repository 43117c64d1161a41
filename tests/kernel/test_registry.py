"""The registry and the catalogue: registration, lookup by name, and what happens to mistakes."""

from __future__ import annotations

from dataclasses import replace

import pytest

import stylekit
from stylekit.errors import PluginError, UsageError
from stylekit.registry.catalogue import Catalogue, load_object, make, params_model
from stylekit.registry.discovery import Registry
from stylekit.registry.validation import check_spec
from stylekit.specs import LossSpec, MediaSpec, MethodSpec

SPEC = LossSpec(name="ink", role="style", summary="Ink.", factory="somewhere:Ink")


def plugin(*specs: LossSpec) -> object:
    class Plugin:
        @stylekit.hookimpl
        def register_losses(self) -> list[LossSpec]:
            return list(specs)

    return Plugin()


def catalogue(prefer: dict[str, dict[str, str]] | None = None, **plugins: object) -> Catalogue:
    registry = Registry()
    for name, each in plugins.items():
        registry.register(each, name)
    return Catalogue(registry.records, prefer)


def test_a_name_and_an_id_mean_a_component():
    found = catalogue(mine=plugin(SPEC))
    assert found.find(LossSpec, "ink").id == "mine:ink"
    assert found.find(LossSpec, "mine:ink").spec is SPEC


def test_kinds_have_names_of_their_own():
    with pytest.raises(UsageError, match="Unknown method 'ink'"):
        catalogue(mine=plugin(SPEC)).find(MethodSpec, "ink")


def test_a_name_of_two_plugins_is_refused_and_both_are_named():
    both = catalogue(one=plugin(SPEC), two=plugin(SPEC))
    with pytest.raises(UsageError) as error:
        both.find(LossSpec, "ink")
    assert "one" in error.value.message
    assert "two" in error.value.message
    assert "'one:ink' or 'two:ink'" in str(error.value.hint)
    assert both.find(LossSpec, "two:ink").plugin.name == "two"


def test_a_preference_decides():
    chosen = catalogue({"loss": {"ink": "two"}}, one=plugin(SPEC), two=plugin(SPEC))
    assert chosen.find(LossSpec, "ink").plugin.name == "two"
    wrong = catalogue({"loss": {"ink": "three"}}, one=plugin(SPEC), two=plugin(SPEC))
    with pytest.raises(UsageError, match="three"):
        wrong.find(LossSpec, "ink")


def test_a_few_names_are_listed_and_many_are_not():
    few = catalogue(mine=plugin(SPEC))
    with pytest.raises(UsageError) as error:
        few.find(LossSpec, "pen")
    assert error.value.hint == "Known: ink."
    names = [f"ink-{number}" for number in range(20)]
    many = catalogue(mine=plugin(*(replace(SPEC, name=name) for name in names)))
    with pytest.raises(UsageError) as error:
        many.find(LossSpec, "imk-7")
    hint = str(error.value.hint)
    assert hint.startswith("Did you mean 'ink-7'? Similar: ")
    assert hint.endswith("`stylekit list-plugins` lists them all.")
    assert len(hint) < 120


def test_a_plugin_that_fails_is_a_record_and_no_exception():
    class Broken:
        @stylekit.hookimpl
        def register_losses(self) -> list[LossSpec]:
            raise ValueError("for the test")

    registry = Registry()
    registry.register(plugin(SPEC), "mine")
    record = registry.register(Broken(), "broken")
    assert (record.status, record.components) == ("broken", [])
    assert "for the test" in str(record.error)
    found = Catalogue(registry.records)
    assert found.find(LossSpec, "ink").plugin.name == "mine"
    with pytest.raises(PluginError, match="'broken' is broken"):
        found.find(LossSpec, "broken:ink")
    with pytest.raises(UsageError) as error:
        found.find(LossSpec, "pen")
    assert "'broken' is broken" in str(error.value.hint)


def test_a_name_is_taken_once():
    registry = Registry()
    registry.register(plugin(SPEC), "mine")
    assert registry.register(plugin(SPEC), "mine").status == "broken"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"name": "Ink"}, ValueError),
        ({"name": "a.b"}, ValueError),
        ({"factory": "nowhere"}, ValueError),
        ({"params": "a b:C"}, ValueError),
        ({"summary": 3}, TypeError),
        ({"role": "other"}, TypeError),
        ({"version": "1"}, TypeError),
    ],
)
def test_a_wrong_spec_is_refused(changes, error):
    with pytest.raises(error, match="register_losses"):
        check_spec(replace(SPEC, **changes), "register_losses")


def test_a_tuple_of_another_type_is_refused():
    spec = MediaSpec(name="m", summary="M.", factory="a:B", suffixes=(".png", 3))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="suffixes"):
        check_spec(spec, "register_media")


def test_an_import_string_that_does_not_load_names_the_plugin():
    component = catalogue(mine=plugin(SPEC)).find(LossSpec, "ink")
    with pytest.raises(PluginError, match=r"mine .* is broken: somewhere:Ink"):
        load_object("somewhere:Ink", component)


def test_parameters_must_derive_from_params():
    component = catalogue(mine=plugin(replace(SPEC, params="builtins:dict"))).find(LossSpec, "ink")
    with pytest.raises(PluginError, match="builtins:dict"):
        params_model(component)


def test_a_component_is_made_with_the_table_of_its_id_or_name(toy_host):
    component = toy_host.catalogue.find(MethodSpec, "paint")
    assert make(component, {}).params.strength == 0.5
    assert make(component, {"paint": {"strength": 0.1}}).params.strength == 0.1
    tables = {"paint": {"strength": 0.1}, "world:paint": {"strength": 0.2}}
    assert make(component, tables).params.strength == 0.2
