"""A report replaces the one that the same evaluation wrote before, and no file of a user's."""

from __future__ import annotations

from pathlib import Path

import pytest

from stylekit.errors import InputError
from stylekit.evaluation.report import Report
from stylekit_plugins.evaluation.report_files import refuse_other_report, write_report


def report(value: float) -> Report:
    return Report({"value": value}, files={"table.md": f"| {value} |\n"})


def test_a_report_is_written_again_and_an_edited_file_stays(
    tmp_path: Path, warned: list[str]
) -> None:
    write_report(report(1), tmp_path, "one")
    write_report(report(2), tmp_path, "one")
    assert (tmp_path / "table.md").read_text() == "| 2 |\n"
    assert not warned
    (tmp_path / "table.md").write_text("edited")
    paths = write_report(report(3), tmp_path, "one")
    assert (tmp_path / "table.md").read_text() == "edited"
    assert (tmp_path / "table-2.md").read_text() == "| 3 |\n"
    assert [path.name for path in paths] == ["report.json", "table-2.md"]
    assert len(warned) == 1


def test_another_evaluation_is_refused_before_it_begins(tmp_path: Path) -> None:
    write_report(report(1), tmp_path, "one")
    refuse_other_report(tmp_path, "one", overwrite=False)
    refuse_other_report(tmp_path, "two", overwrite=True)
    with pytest.raises(InputError, match="exists already"):
        refuse_other_report(tmp_path, "two", overwrite=False)
    write_report(report(2), tmp_path, "two", overwrite=True)
    assert (tmp_path / "table.md").read_text() == "| 2 |\n"


def test_a_report_whose_writing_was_cut_short_is_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_report(report(1), tmp_path, "one")
    with monkeypatch.context() as broken:
        broken.setattr(Path, "write_bytes", _stop_at("table"))
        with pytest.raises(KeyboardInterrupt):
            write_report(report(2), tmp_path, "one")
    refuse_other_report(tmp_path, "one", overwrite=False)
    paths = write_report(report(3), tmp_path, "one")
    assert [path.name for path in paths] == ["report.json", "table.md"]
    assert (tmp_path / "table.md").read_text() == "| 3 |\n"


def _stop_at(name: str):  # type: ignore[no-untyped-def]
    write = Path.write_bytes

    def stopping(path: Path, content: bytes) -> int:
        if name in path.name:
            raise KeyboardInterrupt
        return write(path, content)

    return stopping
