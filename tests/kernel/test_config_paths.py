"""Only what says that it names a file is written as a path into records and read as one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from pydantic import Field

import stylekit
from stylekit.inputs.config_paths import map_paths, placed, portable
from stylekit.records.record import portable_config
from stylekit.registry.catalogue import Catalogue
from stylekit.runs.config import RunConfig


class Params(stylekit.Params):
    """Parameters of `archive`."""

    member: str = Field("", description="Name inside the archive.")
    start: stylekit.FileText = Field("", description="Image file.")
    masks: tuple[stylekit.FileText, ...] = Field((), description="Image files.")


class Plugin:
    @stylekit.hookimpl
    def register_methods(self) -> list[stylekit.MethodSpec]:
        return [
            stylekit.MethodSpec(
                name="archive",
                summary="Reads a file.",
                factory=f"{__name__}:Nothing",
                params=f"{__name__}:Params",
            )
        ]


@pytest.fixture
def catalogue() -> Catalogue:
    return stylekit.Host({"archive": Plugin()}, discover=False).catalogue


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("weights.pt", "a.png", "content"):
        Path(name).write_bytes(b"")
    return tmp_path


def absolute(values: dict[str, Any], catalogue: Catalogue) -> dict[str, Any]:
    return portable_config(values, RunConfig, catalogue, None)


def test_a_text_that_is_no_path_stays_as_it_is(catalogue, folder):
    table = {"archive": {"member": "weights.pt"}}
    assert absolute(table, catalogue) == table


@pytest.mark.parametrize("key", ["archive", "archive:archive"])
def test_a_parameter_that_names_files_becomes_absolute(catalogue, folder, key):
    written = absolute({key: {"start": "a.png", "masks": ["a.png", "b.png"]}}, catalogue)
    assert written == {
        key: {"start": str(folder / "a.png"), "masks": [str(folder / "a.png"), "b.png"]}
    }


def test_a_word_is_no_path_even_if_a_file_is_called_so(catalogue, folder):
    values = {"archive": {"start": "content"}, "init": "content"}
    assert absolute(values, catalogue) == values


def test_a_shorthand_may_be_a_path(catalogue, folder):
    assert absolute({"init": "a.png"}, catalogue) == {"init": str(folder / "a.png")}


def test_a_source_keeps_what_is_written_around_it(catalogue, folder):
    written = absolute({"style": ["a.png@2s*0.5", "sample:a"]}, catalogue)
    assert written == {"style": [f"{folder / 'a.png'}@2s*0.5", "sample:a"]}


def test_other_keys_and_the_output_stay_as_they_are(catalogue, folder):
    values = {"out": "a.png", "executor": "a.png", "prefer": {"loss": {"a.png": "a.png"}}}
    assert absolute(values, catalogue) == values


def test_a_broken_component_has_no_paths(folder):
    class Broken:
        @stylekit.hookimpl
        def register_methods(self) -> list[stylekit.MethodSpec]:
            return [stylekit.MethodSpec(name="b", summary="B.", factory="no:F", params="no:P")]

    catalogue = stylekit.Host({"b": Broken()}, discover=False).catalogue
    assert absolute({"b": {"start": "a.png"}}, catalogue) == {"b": {"start": "a.png"}}


def test_what_is_written_for_a_folder_is_found_from_there(folder):
    record = folder / "results" / "deep"
    text = portable(folder / "a.png", record)
    assert text == "../../a.png"
    assert os.path.realpath(placed(text, record)) == os.path.realpath(folder / "a.png")


def test_a_relative_path_looks_like_one(folder):
    assert portable(folder / "content", folder) == "./content"


def test_paths_of_a_config_file_are_relative_to_its_folder(catalogue, folder, monkeypatch):
    monkeypatch.chdir("/")

    def beside(named: Any) -> str | None:
        return str(placed(named.text, folder))

    values = map_paths({"archive": {"start": "a.png"}}, RunConfig, catalogue, beside, folder)
    assert values == {"archive": {"start": str(folder / "a.png")}}
