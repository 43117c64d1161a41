"""Commands are components: third-party ones are listed, fail and collide like any other."""

from __future__ import annotations

import pytest

import stylekit
from stylekit import CommandSpec, Host
from stylekit.cli.commands import Commands, load
from stylekit.errors import PluginError, UsageError


class Plugin:
    """A plugin that registers commands of the given names."""

    def __init__(self, *names: str, factory: str = "nowhere:Nothing") -> None:
        self._specs = [
            CommandSpec(name=name, summary="Third-party.", factory=factory) for name in names
        ]

    @stylekit.hookimpl
    def register_commands(self) -> list[CommandSpec]:
        return self._specs


def commands(**plugins: Plugin) -> Commands:
    return Commands(Host(plugins, builtins_only=True).registry.records)


def test_all_commands_are_listed() -> None:
    listed = commands(mine=Plugin("frame")).listed()
    assert {"run", "list-plugins", "train", "evaluate", "doctor", "frame"} <= set(listed)


def test_a_command_that_does_not_load_names_its_plugin() -> None:
    _, component = commands(mine=Plugin("frame")).find("frame")
    with pytest.raises(PluginError, match="mine"):
        load(component)


def test_two_commands_of_one_name_need_the_plugins_name() -> None:
    registered = commands(one=Plugin("frame"), two=Plugin("frame"))
    assert {"one:frame", "two:frame"} <= set(registered.listed())
    with pytest.raises(UsageError, match=r"one .* and two"):
        registered.find("frame")
    name, component = registered.find("two:frame")
    assert (name, component.plugin.name) == ("two:frame", "two")


def test_a_plugin_cannot_replace_a_built_in_command() -> None:
    registered = commands(mine=Plugin("run"))
    _, component = registered.find("run")
    assert component.plugin.origin == "built-in"
    assert registered.find("mine:run")[1].spec.factory == "nowhere:Nothing"


def test_a_misspelled_command_gets_a_suggestion() -> None:
    with pytest.raises(UsageError) as raised:
        commands().find("evalute")
    assert "evaluate" in (raised.value.hint or "")


def test_a_command_of_a_blocked_plugin_names_the_plugin() -> None:
    blocked = Commands(Host(blocked=["training"], builtins_only=True).registry.records)
    with pytest.raises(UsageError) as raised:
        blocked.find("train")
    assert "'training' is blocked" in (raised.value.hint or "")
