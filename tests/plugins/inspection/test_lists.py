"""`list-plugins`, `weights list` and `doctor`: whole names, and lines that fit."""

from __future__ import annotations

from collections.abc import Callable
from itertools import takewhile

import pytest

from stylekit import Host
from stylekit.specs import SPEC_TYPES, MethodSpec, WeightsSpec

Show = Callable[..., list[str]]


@pytest.mark.parametrize("columns", [20, 80, None], ids=["narrow", "80", "pipe"])
def test_list_plugins_shows_every_name_whole(show: Show, host: Host, columns: int | None) -> None:
    words = " ".join(show("list-plugins", columns=columns)).split()
    for spec_type in SPEC_TYPES.values():
        for component in host.catalogue.all(spec_type):
            assert component.spec.name in words or component.id in words


def test_each_component_has_one_line(show: Show, host: Host) -> None:
    lines = show("list-plugins")
    assert max(map(len, lines)) <= 80
    components = sum(len(host.catalogue.all(spec_type)) for spec_type in SPEC_TYPES.values())
    assert sum(line.startswith("  ") for line in lines) == components
    assert any(line.endswith(" ...") for line in lines)
    # Programs that read a pipe get all of it.
    assert not any(line.endswith(" ...") for line in show("list-plugins", columns=None))


@pytest.mark.parametrize("argv", [["list-plugins", "--long"], ["weights"]])
@pytest.mark.parametrize("columns", [80, None], ids=["80", "pipe"])
def test_lines_fit(show: Show, argv: list[str], columns: int | None) -> None:
    for line in show(*argv, columns=columns):
        assert len(line) <= (columns or 100) or len(line.split()) == 1, line


def test_methods_come_first_each_with_its_summary(show: Show, host: Host) -> None:
    lines = show("list-plugins", columns=200)
    assert lines[0] == "Methods (--method NAME):"
    gatys = host.catalogue.find(MethodSpec, "gatys").spec
    (line,) = (line for line in lines if line.split()[:1] == ["gatys"])
    assert line.endswith(gatys.summary)
    assert "stylekit 0.1.0" not in "\n".join(lines)


def test_long_shows_versions(show: Show) -> None:
    assert any(
        line.startswith("gatys: stylekit 0") and line.endswith("API 1, active, built-in")
        for line in show("list-plugins", "--long")
    )
    assert any(line.endswith(" ms") for line in show("list-plugins", "--timings"))


def test_a_third_party_component_names_its_plugin(show: Show, method_host: Host) -> None:
    name = "a-method-with-a-name-that-is-far-longer-than-names-usually-are"
    lines = show("list-plugins", columns=40, host=method_host)
    assert f"  {name}" in lines
    assert "[third] Paint." in lines[lines.index(f"  {name}") + 1]


def test_weights_show_whole_names_and_no_size_of_zero(show: Show, host: Host) -> None:
    lines = show("weights", "list")
    table = [line.split() for line in takewhile(bool, lines) if not line.startswith(" ")]
    rows = {row[1]: row for row in table}
    assert {component.spec.name for component in host.catalogue.all(WeightsSpec)} <= set(rows)
    assert rows["vgg19-file"] == ["vgg19", "vgg19-file", "-", "your", "file"]
    assert rows["vgg19-oxford-8bit"][:5] == ["vgg19", "vgg19-oxford-8bit", "*", "18", "MB"]


def test_weights_show_license_authors_and_changes(show: Show) -> None:
    text = " ".join(" ".join(show("weights", "list", "vgg16")).split())
    assert "License: CC-BY-4.0, by K. Simonyan and A. Zisserman, Visual Geometry Group" in text
    assert "some layers fine-tuned on other images" in text
    assert "https://www.robots.ox.ac.uk/~vgg/research/very_deep/" in text
    assert "vgg16-imagenet1k-features" in text
    assert "vgg19" not in text


def test_verify_shows_only_what_is_on_this_machine(show: Show) -> None:
    lines = show("weights", "verify", "vgg19-oxford-8bit")
    assert lines[1].split()[-1] == "verified"
    assert not any(line.endswith("your file") for line in show("weights", "verify"))


def test_doctor_is_aligned_and_says_what_is_next(show: Show) -> None:
    *facts, blank, last = show("doctor")
    assert (blank, last) == ("", "All is well. Try `stylekit run`.")
    column = facts[0].index("0.")
    assert all(line[column - 2 : column] == "  " for line in facts)
    assert not any("1 threads" in line for line in facts)


def test_doctor_knows_weights_that_the_user_brings(show: Show, method_host: Host) -> None:
    lines = show("doctor", host=method_host)
    (mine,) = (line for line in lines if line.startswith("weights mine"))
    assert mine.endswith("your own file: --weights PATH")
