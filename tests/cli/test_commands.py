"""Commands are components: a stranger's appear, fail and collide like any other."""

from __future__ import annotations

import pytest

import stylekit
from stylekit import CommandSpec, Host
from stylekit.cli.commands import Commands, load
from stylekit.errors import PluginError, UsageError


class Offers:
    """A plugin that offers commands of some names."""

    def __init__(self, *names: str, factory: str = "nowhere:Nothing") -> None:
        self._specs = [
            CommandSpec(name=name, summary="A stranger's.", factory=factory) for name in names
        ]

    @stylekit.hookimpl
    def register_commands(self) -> list[CommandSpec]:
        return self._specs


def commands(**plugins: Offers) -> Commands:
    return Commands(Host(plugins, builtins_only=True).registry.records)


def test_all_are_listed() -> None:
    listed = commands(mine=Offers("frame")).listed()
    assert {"run", "list-plugins", "train", "evaluate", "doctor", "frame"} <= set(listed)


def test_a_command_that_does_not_load_names_its_plugin() -> None:
    _, component = commands(mine=Offers("frame")).find("frame")
    with pytest.raises(PluginError, match="mine"):
        load(component)


def test_two_of_a_name_are_called_by_their_plugins() -> None:
    found = commands(one=Offers("frame"), two=Offers("frame"))
    assert {"one:frame", "two:frame"} <= set(found.listed())
    with pytest.raises(UsageError, match=r"one .* and two"):
        found.find("frame")
    name, component = found.find("two:frame")
    assert (name, component.plugin.name) == ("two:frame", "two")


def test_nobody_takes_a_built_in_one_over() -> None:
    found = commands(mine=Offers("run"))
    _, component = found.find("run")
    assert component.plugin.origin == "built-in"
    assert found.find("mine:run")[1].spec.factory == "nowhere:Nothing"


def test_a_misspelled_one_is_guessed() -> None:
    with pytest.raises(UsageError) as raised:
        commands().find("evalute")
    assert "evaluate" in (raised.value.hint or "")


def test_a_command_of_a_blocked_plugin_says_so() -> None:
    blocked = Commands(Host(blocked=["training"], builtins_only=True).registry.records)
    with pytest.raises(UsageError) as raised:
        blocked.find("train")
    assert "'training' is blocked" in (raised.value.hint or "")
