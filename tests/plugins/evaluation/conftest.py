"""Experiments in this process, and the command in processes of its own, both with real plugins."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.helpers import toy_dataset, toy_dataset_plugin

from stylekit import Host
from stylekit.evaluation.report import Report
from stylekit_plugins.evaluation.context import Context
from stylekit_plugins.evaluation.plan import make_evaluation_plan
from stylekit_plugins.evaluation.report_files import write_report

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def shapes_host() -> Host:
    """The installed plugins and the third-party one."""
    return Host({"shapes": toy_dataset_plugin})


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with a data set, `set`, and style pictures, `styles`."""
    toy_dataset.write_set(tmp_path / "set", 4)
    toy_dataset.write_styles(tmp_path / "styles", 3)
    return tmp_path


Experiment = Callable[..., Report]

SMALL: dict[str, Any] = {
    "classifier": ["shapes"],
    "metrics": ["ssim"],
    "draws": 500,
    "sheet_rows": 2,
}


@pytest.fixture
def experiment(shapes_host: Host, data: Path) -> Experiment:
    """Return a function that does a small experiment in `data`."""

    def run(
        *methods: str,
        out: str = "out",
        params: dict[str, Any] | None = None,
        **keys: Any,
    ) -> Report:
        layer = {
            "evaluator": "content-retention",
            "dataset": str(data / "set"),
            "style": [str(data / "styles")],
            "methods": list(methods),
            "device": "cpu",
            "content-retention": {**SMALL, **(params or {})},
            **keys,
        }
        plan = make_evaluation_plan(shapes_host.catalogue, [layer])
        context = Context(plan, shapes_host.registry.manager, data / out)
        report: Report = plan.evaluator.make().run(context)
        write_report(report, data / out)
        return report

    return run


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that, on the path of modules, is an installed distribution with the plugin."""
    folder = tmp_path_factory.mktemp("installed")
    info = folder / "stylekit_shapes-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: stylekit-shapes\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        f"[stylekit]\nshapes = {toy_dataset_plugin.__name__}\n", encoding="utf-8"
    )
    return folder


@pytest.fixture
def command(installed: Path, data: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return a function that runs `stylekit` in `data`."""

    def call(*words: object, **options: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words_of(*words), cwd=data, env=environment(installed), text=True, timeout=300,
            capture_output=True, check=False, **options,
        )  # fmt: skip

    return call


def words_of(*words: object) -> list[str]:
    return [sys.executable, "-m", "stylekit.cli.main", *map(str, words)]


def environment(installed: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(installed), str(ROOT)])}


def saved(folder: Path) -> dict[str, Any]:
    """Return the report that was written into a folder."""
    report: dict[str, Any] = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    return report
