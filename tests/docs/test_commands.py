"""Every command that a document shows is accepted, and every run that it shows is planned."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from tests.docs.documents import DOCS, MANUAL, README, SHOWING, blocks, commands, named, read

from stylekit import Host
from stylekit.cli.commands import Commands
from stylekit.cli.main import make_parser
from stylekit.cli.options import layers
from stylekit.inputs.settings import settings_layer
from stylekit.runs.config import RunConfig
from stylekit.specs import MediaSpec
from stylekit_plugins.execution.command import KEYS
from stylekit_plugins.training.plan import make_training_plan

PLACEHOLDERS = re.compile(r"[A-Z:]{4,}$|\.\.\.$")
"""What stands for words of the reader's, as in `stylekit describe NAME`."""

MADE_BY_THE_READER = {"charcoal", "sketch"}
"""Components of the tutorial, which tests/third_party/test_tutorial.py makes and runs."""

SHOWN = sorted({(named(path), *words[1:]) for path in SHOWING for words in commands(read(path))})
TABLES = sorted(
    {
        (named(path), setting)
        for path in SHOWING
        for setting in re.findall(r"`--set '?([a-z][\w:-]*\.[a-z_.]+=[^`']+)'?`", read(path))
    }
)

TRAINING = sorted(
    {
        (named(path), setting)
        for path in SHOWING
        for setting in re.findall(r"`((?:cyclegan|fast)\.[a-z_]+=[^`]+)`", read(path))
    }
)
"""Settings of `stylekit train` in tables."""


@pytest.mark.parametrize("shown", SHOWN, ids=" ".join)
def test_commands_are_accepted(
    shown: tuple[str, ...],
    every_plugin: Host,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """The command and its options exist; what a run names exists, and `--set` sets parameters."""
    _, *argv = shown
    if not argv or any(PLACEHOLDERS.match(word) for word in argv[:2]):
        return
    known = Commands(every_plugin.registry.records)
    arguments = make_parser(known, argv[0]).parse_args(argv)
    if argv[0] != "run" or MADE_BY_THE_READER & {*argv}:
        return
    if arguments.config is not None and Path(arguments.config).suffix == ".json":
        # The record of a run that the document shows: its settings are planned there.
        arguments.config = None
    monkeypatch.chdir(tmp_path)
    for name, text in configurations():
        (tmp_path / name).write_text(text, encoding="utf-8")
    every_plugin.plan(*layers(arguments, KEYS, every_plugin.catalogue, RunConfig))


def configurations() -> list[tuple[str, str]]:
    """The configuration files that documents show; each says its name before the block."""
    shown = re.compile(r"`(\w+\.toml)`[^`]*```toml\n(.*?)```", re.DOTALL)
    return [found for path in (README, *DOCS) for found in shown.findall(read(path))]


@pytest.mark.parametrize("setting", TABLES, ids=" ".join)
def test_settings_in_tables_are_parameters(setting: tuple[str, str], every_plugin: Host) -> None:
    every_plugin.plan(settings_layer([setting[1]]))


@pytest.mark.parametrize("setting", TRAINING, ids=" ".join)
def test_settings_of_training_are_parameters(setting: tuple[str, str], every_plugin: Host) -> None:
    inputs: dict[str, dict[str, object]] = {
        "cyclegan": {"domain_a": ["photos"], "domain_b": ["paintings"]},
        "fast": {"style": ["night.jpg"]},
    }
    method = setting[1].partition(".")[0]
    stated = {"method": method, **inputs[method]}
    make_training_plan(every_plugin.catalogue, [stated, settings_layer([setting[1]])])


def test_tables_have_settings() -> None:
    assert len(TABLES) >= 10
    assert len(TRAINING) >= 10


def test_configuration_files_are_plans() -> None:
    shown = configurations()
    assert shown
    for name, text in shown:
        plan = Host(builtins_only=True).plan(tomllib.loads(text))
        assert plan.slots["backbone"].component.id == "backbones:vgg19", name


def test_every_sample_is_named(host: Host) -> None:
    listed = {name for c in host.catalogue.all(MediaSpec) for name in c.spec.samples}
    gallery = next(read(path) for path in DOCS if path.name == "gallery.md")
    assert listed
    assert all(name in gallery for name in listed)


@pytest.mark.parametrize("name", Commands(Host(builtins_only=True).registry.records).listed())
def test_every_command_is_in_a_document(name: str) -> None:
    assert any(re.search(rf"stylekit {name}\b", read(path)) for path in (README, MANUAL, *DOCS))


def test_every_configuration_block_is_toml() -> None:
    for path in SHOWING:
        for text in blocks(read(path), "toml"):
            assert tomllib.loads(text), named(path)
