"""Which plugins may load: distributions are allowed, not what they call their plugins."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stylekit import Host
from stylekit.errors import UsageError
from stylekit.registry.discovery import PluginRecord

PLUGIN = "import stylekit\nSTYLEKIT_API = 1\n"

Found = Callable[..., dict[str, PluginRecord]]


@pytest.fixture
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Found]:
    """Two distributions that call their plugin `ink`, and what a host makes of each."""
    for distribution, module in (("aaa_evil", "aaa_evil"), ("stylekit_ink", "honest_ink")):
        info = tmp_path / f"{distribution}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution.replace('_', '-')}\nVersion: 1.0\n"
        )
        (info / "entry_points.txt").write_text(f"[stylekit]\nink = {module}\n")
        (tmp_path / f"{module}.py").write_text(PLUGIN)
    monkeypatch.syspath_prepend(tmp_path)

    def discover(**options: list[str]) -> dict[str, PluginRecord]:
        records = Host(**options).registry.records  # type: ignore[arg-type]
        return {record.dist or "": record for record in records if record.name == "ink"}

    yield discover
    for module in ("aaa_evil", "honest_ink"):
        sys.modules.pop(module, None)


@pytest.mark.parametrize(
    "entry", ["stylekit-ink", "ink", "Stylekit_Ink", "stylekit-ink:ink", "ink:ink"]
)
def test_a_distribution_is_allowed_and_no_other_with_its_plugins_name(
    found: Found, entry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STYLEKIT_PLUGINS", f" {entry} , other")
    records = found()
    assert records["stylekit-ink"].status == "active"
    assert records["aaa-evil"].status == "blocked"
    assert "aaa-evil:ink" in str(records["aaa-evil"].error)
    assert "aaa_evil" not in sys.modules


@pytest.mark.parametrize("entry", ["other", "stylekit-ink:other", "stylekit"])
def test_what_is_not_allowed_is_blocked(found: Found, entry: str) -> None:
    assert {record.status for record in found(allowed=[entry]).values()} == {"blocked"}


@pytest.mark.parametrize("entry", ["aaa-evil", "aaa-evil:ink", "AAA_evil"])
def test_one_of_two_that_are_called_alike_is_blocked(found: Found, entry: str) -> None:
    both = found()
    assert both["stylekit-ink"].status == "broken"
    assert "-p no:aaa-evil:ink" in str(both["stylekit-ink"].error)
    one = found(blocked=[entry])
    assert one["aaa-evil"].status == "blocked"
    assert one["stylekit-ink"].status == "active"


def test_a_name_blocks_every_plugin_of_it(found: Found) -> None:
    assert {record.status for record in found(blocked=["ink"]).values()} == {"blocked"}


def test_blocking_what_is_not_there_is_refused(found: Found) -> None:
    with pytest.raises(UsageError, match="aaa-evil:pen"):
        found(blocked=["aaa-evil:pen"])


def test_a_distribution_that_calls_itself_stylekit_is_no_built_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = tmp_path / "evil-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: stylekit\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[stylekit]\nevil = evil_ink\n")
    (tmp_path / "evil_ink.py").write_text(PLUGIN)
    before = [record.name for record in Host(builtins_only=True).registry.records]
    monkeypatch.syspath_prepend(tmp_path)
    assert [record.name for record in Host(builtins_only=True).registry.records] == before
    assert "evil_ink" not in sys.modules
