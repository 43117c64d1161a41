"""Every example runs, small, and does what its first lines say."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from PIL import Image

import stylekit
from stylekit.records.record import record_path

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SCRIPTS = sorted(EXAMPLES.glob("*.py"))
NOTEBOOK = EXAMPLES / "first_steps.ipynb"

Load = Callable[[str], ModuleType]


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Load:
    """Imports an example, so that import strings find its classes."""

    def call(name: str) -> ModuleType:
        spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, module)
        spec.loader.exec_module(module)
        return module

    return call


def pixels(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB"), dtype=np.float32) / 255


@pytest.mark.parametrize("path", [*SCRIPTS, NOTEBOOK], ids=lambda path: path.name)
def test_an_example_is_in_the_table_and_says_how_to_run_it(path: Path) -> None:
    assert f"[{path.name}]({path.name})" in (EXAMPLES / "README.md").read_text(encoding="utf-8")
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        assert f"python examples/{path.name}" in text.split('"""')[1]
    assert len(text.splitlines()) < 200


def test_a_loss_of_this_process_makes_another_image(load: Load, tmp_path: Path) -> None:
    out = tmp_path / "gradients.png"
    load("own_loss").main(out, size=48, steps=4)
    mine, builtin = pixels(out), pixels(tmp_path / "gradients-gram.png")
    assert mine.shape == builtin.shape
    assert abs(mine - builtin).mean() > 0.02


@pytest.mark.slow
def test_a_script_runs_from_the_command_line(tmp_path: Path) -> None:
    command = [sys.executable, str(EXAMPLES / "own_iterative_method.py"), "colors.png"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    losses = [float(value) for value in re.findall(r"step \d+: ([\d.]+)", done.stdout)]
    assert len(losses) == 4
    assert losses[-1] < 0.5 * losses[0]
    assert (tmp_path / "colors.png").exists()


def test_the_method_changes_colors_alone_and_resumes(load: Load, tmp_path: Path) -> None:
    example = load("own_iterative_method")
    example.main(tmp_path / "colors.png", size=48, steps=6)
    content = stylekit.run("identity", content="sample:rocket", size=48).image.to_array()
    changed = pixels(tmp_path / "colors.png")
    assert abs(changed - content / np.float32(255)).mean() > 0.02

    host = stylekit.Host({"colors": example.Plugin()})
    options = {"content": "sample:rocket", "style": "sample:poppies", "size": 48, "steps": 6}
    out = tmp_path / "resumed.png"
    with host.iterate("affine-colors", out=out, **options) as run:
        for step in run:
            if step.index == 3:
                run.stop()
    host.run("affine-colors", out=out, resume=True, **options)
    assert np.array_equal(pixels(out), changed)


@pytest.mark.slow
def test_the_method_passes_the_suite(load: Load, tmp_path: Path) -> None:
    """With every check that `stylekit.testing` has for methods, in a pytest of its own."""
    (tmp_path / "test_colors.py").write_text(
        "import own_iterative_method as example\n"
        "from stylekit.testing import MethodSuite\n\n\n"
        "class TestColors(MethodSuite):\n"
        "    component = 'affine-colors'\n"
        "    plugin = example.Plugin()\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_colors.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(EXAMPLES)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("method", "steps"), [("arbitrary", None), pytest.param("dual", 5, marks=pytest.mark.slow)]
)
def test_the_style_of_the_video_changes(
    load: Load, tmp_path: Path, method: str, steps: int | None
) -> None:
    out = tmp_path / "change.mp4"
    load("video_two_styles").main(out, method, seconds=0.5, fps=8.0, width=48, steps=steps)
    clip = stylekit.run("identity", content=str(out)).clips[0]
    assert len(clip.frames) == 4
    assert clip.fps == pytest.approx(8)
    first, last = (clip.frames[number].to_array().mean(axis=(0, 1)) for number in (0, 3))
    assert abs(first - last).max() > 8
    assert record_path(out).exists()


def test_the_batch_skips_what_is_damaged_and_is_resumed(
    load: Load, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    batch = load("batch_api")
    photos, out = tmp_path / "photos", tmp_path / "painted"
    assert batch.main(photos, out, size=48) == 1
    shown = capsys.readouterr()
    assert shown.out.count("new: ") == 3
    assert "damaged.png" in shown.err
    painted = {path.name: path.read_bytes() for path in out.glob("*.png")}
    assert len(painted) == 3
    (photos / "damaged.png").unlink()
    assert batch.main(photos, out, size=48) == 0
    shown = capsys.readouterr()
    assert shown.out.count("kept: ") == 3
    assert "new: " not in shown.out
    assert {path.name: path.read_bytes() for path in out.glob("*.png")} == painted


@pytest.mark.slow
def test_the_table_for_a_paper_is_latex(
    load: Load, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    load("paper_table").main(tmp_path, size=64, steps=2)
    shown = capsys.readouterr().out
    assert re.search(r"top-1 of the photographs: \d+%", shown)
    assert r"\toprule" in shown
    assert shown.count(r"gatys:vgg19+style\_weight") == 2
    assert (tmp_path / "report" / "page.html").exists()


def test_the_notebook_has_no_outputs() -> None:
    for cell in nbformat.read(NOTEBOOK, as_version=4).cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


@pytest.mark.slow
def test_the_notebook_runs_and_shows_images(tmp_path: Path) -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    for cell in notebook.cells:
        cell.source = cell.source.replace("SIZE, STEPS = 256, 40", "SIZE, STEPS = 48, 10")
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    kinds = [[list(output.get("data", {})) for output in cell.outputs] for cell in code]
    assert sum("image/png" in data for outputs in kinds for data in outputs) == 5
    assert code[0].outputs[-1].data["text/plain"].startswith("Result(1 done in ")
    assert code[-2].outputs[-1].data["text/plain"] == "True"
    assert [path.name for path in tmp_path.iterdir()] == ["chelsea-waves.png"]
