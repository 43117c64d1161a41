"""Pages that scripts write are what their scripts write."""

from __future__ import annotations

import importlib.util
import runpy
import shlex
import sys
from types import ModuleType

import pytest
from tests.docs.documents import ROOT, read

from stylekit import Host
from stylekit.cli.commands import Commands
from stylekit.cli.main import make_parser
from stylekit.cli.options import layers
from stylekit.runs.config import RunConfig
from stylekit_plugins.execution.command import KEYS


@pytest.fixture(scope="module")
def gallery() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_gallery", ROOT / "docs/gallery/make.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["make_gallery"] = module
    spec.loader.exec_module(module)
    return module


def test_the_gallery_is_what_its_script_makes(gallery: ModuleType) -> None:
    page = read(ROOT / "docs/gallery.md")
    assert gallery.written(page) == page
    assert all(table in page for table in gallery.tables().values())
    assert len(gallery.ENTRIES) >= 12


def test_the_commands_of_the_gallery_are_plans(gallery: ModuleType) -> None:
    """Every image is there, and its caption is the command that made it."""
    host = Host(builtins_only=True)
    for entry in gallery.ENTRIES:
        assert entry.image.is_file()
        parser = make_parser(Commands(host.registry.records), "run")
        arguments = parser.parse_args(["run", *shlex.split(entry.options)])
        host.plan(*layers(arguments, KEYS, host.catalogue, RunConfig))


def test_the_reference_is_what_the_components_say() -> None:
    folder = ROOT / "docs/reference"
    made = runpy.run_path(str(folder / "make.py"))["pages"]()
    assert made
    for name, text in made.items():
        assert read(folder / name) == text, "Make it anew: python docs/reference/make.py"
