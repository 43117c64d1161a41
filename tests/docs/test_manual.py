"""The tutorial's loss, the suites and the hooks of PLUGINS.md are as it says."""

from __future__ import annotations

import importlib
import inspect
import re
import sys
import textwrap
import types
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.docs.documents import MANUAL, blocks, read

import stylekit
from stylekit import Host, hookspecs, testing
from stylekit.specs import SPEC_TYPES, LossSpec

TEXT = read(MANUAL)


def test_the_loss_in_the_manual_paints(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A third-party loss: its files as shown, at most 30 lines, and a few steps of gatys."""
    package = tmp_path / "stylekit_charcoal"
    package.mkdir()
    lines = 0
    for code in blocks(TEXT, "python"):
        named = re.match(r"# stylekit_charcoal/(__init__|loss)\.py", code)
        if named and not (package / f"{named[1]}.py").exists():
            (package / f"{named[1]}.py").write_text(code, encoding="utf-8")
            lines += sum(bool(line.strip()) for line in code.splitlines())
    assert sorted(path.name for path in package.iterdir()) == ["__init__.py", "loss.py"]
    assert lines <= 30
    monkeypatch.syspath_prepend(tmp_path)
    plugin = importlib.import_module("stylekit_charcoal")
    try:
        run = Host({"charcoal": plugin}).iterate(
            "gatys",
            style_loss="charcoal",
            content="sample:coffee",
            style=["sample:chelsea*0.7", "sample:rocket*0.3"],
            backbone="vgg19",
            size=64,
            device="cpu",
            offline=True,
            config={"gatys": {"steps": 8, "init": "content"}},
        )
        losses = [float(step.losses["style"]) for step in run]
    finally:
        for name in ("stylekit_charcoal", "stylekit_charcoal.loss"):
            sys.modules.pop(name, None)
    assert losses[-1] < 0.5 * losses[0]
    assert run.result.image.pixels.isfinite().all()


def test_the_suite_in_the_manual_checks_the_loss_in_the_manual(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With the manifest, the loss and the test as they are printed."""
    modules = {}
    for name, mark in (
        ("stylekit_charcoal", "def register_losses"),
        ("stylekit_charcoal.loss", "class CharcoalLoss"),
        ("test_charcoal", "class TestCharcoal"),
    ):
        code = next(block for block in blocks(TEXT, "python") if mark in block)
        modules[name] = types.ModuleType(name)
        monkeypatch.setitem(sys.modules, name, modules[name])
        exec(compile(code, "PLUGINS.md", "exec"), modules[name].__dict__)
    suite = modules["test_charcoal"].TestCharcoal
    suite.plugin = modules["stylekit_charcoal"]
    test = suite()
    found = test.make_host({}).catalogue.find(LossSpec, test.component)
    loss = modules["stylekit_charcoal.loss"].CharcoalLoss(test.params_for(found))
    features = torch.rand(1, 6, 12, 10)
    test.test_costs_nothing_at_the_target(
        found, loss, lambda x: loss.compare(loss.measure(x), torch.zeros(2, 6)), features
    )


def test_every_attribute_of_a_suite_is_in_the_manual() -> None:
    (table,) = re.findall(r"\| suite \|.*?\n\n", TEXT, re.DOTALL)
    rows = [line.split("|")[1:3] for line in table.splitlines()[2:] if line]
    assert {name for names, _ in rows for name in re.findall(r"`(\w+)`", names)} == {
        "TrainerSuite",
        *(testing.suite_of(kind).__name__ for kind in SPEC_TYPES),
    }
    for names, attributes in rows:
        suites = [getattr(testing, name) for name in re.findall(r"`(\w+)`", names)]
        for suite in suites or [testing.ComponentSuite]:
            own = set(vars(suite).get("__annotations__", {})) - {"component", "spec_type"}
            if suite is not testing.ComponentSuite:
                own -= {"discover"}
            listed = set(re.findall(r"`(\w+)`", attributes))
            assert own <= listed
            assert all(hasattr(suite, name) for name in listed - {"register"})


def test_the_options_of_pytest_in_the_manual_are_known(pytestconfig: pytest.Config) -> None:
    options = re.findall(r"\$ pytest (--\S+)", TEXT)
    assert options == ["--stylekit-plugin", "--stylekit-device"]
    for option in options:
        pytestconfig.getoption(option)


@pytest.mark.parametrize("hook", [*hookspecs.REGISTER, *hookspecs.LIFECYCLE])
def test_every_hook_is_in_the_manual_with_its_signature(hook: str) -> None:
    arguments = ", ".join(inspect.signature(getattr(hookspecs, hook)).parameters)
    assert f"| `{hook}({arguments})` |" in TEXT


@pytest.mark.parametrize("hook", [*hookspecs.REGISTER, *hookspecs.LIFECYCLE])
def test_every_hook_has_an_example_to_paste(hook: str) -> None:
    text = inspect.getdoc(getattr(hookspecs, hook)) or ""
    example = text.partition("Example:\n")[2]
    assert example
    names: dict[str, Any] = {"stylekit": stylekit}
    exec(textwrap.dedent(example), names)
    if hook in hookspecs.REGISTER:
        host = Host({"pasted": types.SimpleNamespace(**{hook: names[hook]})})
        (record,) = [record for record in host.registry.records if record.name == "pasted"]
        assert record.status == "active", record.error
        assert record.components
