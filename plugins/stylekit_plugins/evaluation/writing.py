"""Writing what an evaluation found."""

from __future__ import annotations

import json
from pathlib import Path

from stylekit.atomic import replacing
from stylekit.errors import PluginError
from stylekit.frames import Frame
from stylekit.report import Report

REPORT = "report.json"


def write_report(report: Report, folder: Path) -> list[Path]:
    """Write `report.json` and the files of a report, each complete or not at all.

    Raises:
        InputError: the folder cannot be written to.
        PluginError: a file's name would leave the folder.
    """
    text = json.dumps(report.to_json(), indent=1, ensure_ascii=False, allow_nan=False)
    files: dict[str, str | Frame] = {REPORT: text + "\n", **report.files}
    paths = []
    for name, content in files.items():
        if Path(name).name != name:
            raise PluginError(f"A report has a file '{name}', which is no plain file name.")
        with replacing(folder / name) as temporary:
            if isinstance(content, Frame):
                content.to_pil().save(temporary)
            else:
                temporary.write_text(content, encoding="utf-8")
        paths.append(folder / name)
    return paths
