"""The documents cannot rot: what they show is parsed, planned or run."""

from __future__ import annotations

import argparse
import importlib
import inspect
import io
import re
import runpy
import shlex
import sys
import textwrap
import tomllib
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

import stylekit
from stylekit import Host, hookspecs, testing
from stylekit.cli.commands import Commands
from stylekit.cli.console import Console
from stylekit.cli.main import make_parser
from stylekit.cli.options import layers
from stylekit.inputs.settings import settings_layer
from stylekit.inputs.sources import Sources
from stylekit.runs.config import RunConfig
from stylekit.specs import SPEC_TYPES, LossSpec, MediaSpec
from stylekit.weights.manager import WeightsManager
from stylekit_plugins.execution.command import KEYS

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PLUGINS = (ROOT / "PLUGINS.md").read_text(encoding="utf-8")


COMMANDS = Commands(Host(builtins_only=True).registry.records)


def parsed(words: list[str]) -> argparse.Namespace:
    return make_parser(COMMANDS, words[0]).parse_args(words)


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def commands(text: str) -> list[list[str]]:
    """Every stylekit command that a document shows, in console blocks and in backquotes."""
    shown = [
        line.split("$ ", 1)[1]
        for block in blocks(text, "console")
        for line in block.splitlines()
        if line.startswith("$ ")
    ]
    shown += re.findall(r"`(stylekit [^`]+)`", text)
    return [
        words
        for line in shown
        for words in [shlex.split(line, comments=True)]
        if words[:1] == ["stylekit"]
    ]


DOCS = sorted((ROOT / "docs").rglob("*.md"))
EVERYWHERE = "\n".join([README, PLUGINS, *(path.read_text(encoding="utf-8") for path in DOCS)])
IN_CONTRIB = {"ui"}
"""Commands of separate distributions, which this environment need not have."""

SHOWN = [words for path in DOCS for words in commands(path.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("words", commands(README) + commands(PLUGINS) + SHOWN, ids=" ".join)
def test_commands_are_accepted(words: list[str]) -> None:
    """Options exist, and what `--set` sets is a parameter."""
    if words[1] not in COMMANDS.listed():
        assert words[1].isupper() or words[1] in IN_CONTRIB
        return
    if words[1:] in (["describe", "NAME"], ["weights", "list"]):
        return
    arguments = parsed(words[1:])
    if words[1] == "run" and arguments.style_loss in (None, "gram"):
        Host(builtins_only=True).plan(
            settings_layer(arguments.set), {"preset": arguments.preset or ""}
        )


def test_settings_in_tables_are_parameters() -> None:
    settings = re.findall(r"`--set ([a-z]+\.[a-z_.]+=[^`]+)`", EVERYWHERE)
    assert len(settings) >= 3
    Host(builtins_only=True).plan(settings_layer(settings))


def test_the_configuration_file_is_a_plan() -> None:
    page = (ROOT / "docs/how-to/config.md").read_text(encoding="utf-8")
    (text,) = blocks(page, "toml")
    plan = Host(builtins_only=True).plan(tomllib.loads(text))
    assert plan.slots["backbone"].component.id == "backbones:vgg19"


def test_the_gallery_shows_every_sample(host: Host) -> None:
    listed = {name for c in host.catalogue.all(MediaSpec) for name in c.spec.samples}
    assert listed
    gallery = (ROOT / "docs/gallery.md").read_text(encoding="utf-8")
    assert all(f"sample:{name}" in gallery for name in listed)


def test_the_readme_is_a_front_page() -> None:
    assert len(README.splitlines()) <= 130
    (image,) = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README)
    assert (ROOT / image).stat().st_size < 150_000


def test_the_python_of_the_readme_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As shown, but small."""
    monkeypatch.chdir(tmp_path)
    for name in ("me.jpg", "night.jpg"):
        stylekit.run("identity", content="sample:coffee", size=48).image.to_pil().save(name)
    (code,) = blocks(README, "python")
    small = code.replace("size=512", "size=48, steps=2").replace("steps=50", "size=48, steps=2")
    assert small.count("size=48") == 2
    exec(compile(small, "README.md", "exec"), {})
    assert (tmp_path / "me-night.png").is_file()


def test_the_method_in_the_manual_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    code = next(block for block in blocks(PLUGINS, "python") if "class Negative" in block)
    assert len(code.splitlines()) <= 40
    module = types.ModuleType("negative_of_the_manual")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(code, "PLUGINS.md", "exec"), module.__dict__)
    result = module.result
    original = Sources(stylekit.Host().catalogue, {}).read_image("sample:chelsea")
    assert float((result.image.pixels - (1 - original.pixels)).abs().max()) == 0


def test_the_region_in_the_manual_is_painted_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, read: Callable[[str], stylekit.Frame]
) -> None:
    code = next(block for block in blocks(PLUGINS, "python") if "class Bright" in block)
    module = types.ModuleType("region_of_the_manual")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(code, "PLUGINS.md", "exec"), module.__dict__)
    content = read("sample:chelsea")
    changed = (module.result.image.pixels != content.pixels).any(dim=0)
    bright = content.pixels.mean(dim=0) > 0.6
    assert changed.any()
    assert not changed[~bright].any()


def test_the_loss_in_the_manual_paints(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A third-party loss: its files as shown, at most 30 lines, and a few steps of gatys."""
    package = tmp_path / "stylekit_charcoal"
    package.mkdir()
    lines = 0
    for code in blocks(PLUGINS, "python"):
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
        code = next(block for block in blocks(PLUGINS, "python") if mark in block)
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
    (table,) = re.findall(r"\| suite \|.*?\n\n", PLUGINS, re.DOTALL)
    rows = [line.split("|")[1:3] for line in table.splitlines()[2:] if line]
    assert {name for names, _ in rows for name in re.findall(r"`(\w+)`", names)} == {
        testing.suite_of(kind).__name__ for kind in SPEC_TYPES
    }
    for names, attributes in rows:
        suites = [getattr(testing, name) for name in re.findall(r"`(\w+)`", names)]
        for suite in suites or [testing.ComponentSuite]:
            own = set(vars(suite).get("__annotations__", {})) - {"component", "spec_type"}
            if suite is not testing.ComponentSuite:
                own -= {"discover"}
            told = set(re.findall(r"`(\w+)`", attributes))
            assert own <= told
            assert all(hasattr(suite, name) for name in told - {"register"})


def test_the_options_of_pytest_in_the_manual_are_known(pytestconfig: pytest.Config) -> None:
    options = re.findall(r"\$ pytest (--\S+)", PLUGINS)
    assert options == ["--stylekit-plugin", "--stylekit-device"]
    for option in options:
        pytestconfig.getoption(option)


@pytest.mark.parametrize("hook", [*hookspecs.REGISTER, *hookspecs.LIFECYCLE])
def test_every_hook_is_in_the_manual_with_its_signature(hook: str) -> None:
    arguments = ", ".join(inspect.signature(getattr(hookspecs, hook)).parameters)
    assert f"| `{hook}({arguments})` |" in PLUGINS


@pytest.mark.parametrize("name", COMMANDS.listed())
def test_every_command_is_in_a_document(name: str) -> None:
    assert re.search(rf"stylekit {name}\b", EVERYWHERE)


RUN_AS_SHOWN = ("class Mosaic(", "class Signs", "class Stripes")


@pytest.mark.parametrize("mark", RUN_AS_SHOWN)
def test_components_in_the_manual_make_images(mark: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (code,) = [block for block in blocks(PLUGINS, "python") if mark in block]
    module = types.ModuleType("component_of_the_manual")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(code, "PLUGINS.md", "exec"), module.__dict__)
    result = module.result
    assert result.image.pixels.isfinite().all()
    assert result.image.pixels.std() > 0
    used = {part["id"] for part in result.record["components"]}
    if "Stripes" not in mark:
        assert used & {"tiles:mosaic-tiles", "signs:signs"}
        return
    content = module.host.run("identity", content="sample:coffee", size=64).image
    same = (result.image.pixels == content.pixels).all(dim=0).all(dim=1)
    # In the left half, painted rows and rows of the content take turns.
    assert same[1::2].all()
    assert not same[0::2].any()


def test_the_weights_in_the_manual_are_decoded(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (code,) = [block for block in blocks(PLUGINS, "python") if "class Plain" in block]
    module = types.ModuleType("weights_of_the_manual")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(code.split("host = ")[0], "PLUGINS.md", "exec"), module.__dict__)
    path = tmp_path / "vgg.state"
    torch.save({"features.0.weight": torch.ones(64, 3, 3, 3)}, path)
    host = Host({"odds": module.OddsAndEnds()})
    found = WeightsManager(host.catalogue, {}).load("vgg19", str(path))
    assert found.state["features.0.weight"].sum() == 64 * 27
    assert found.preprocessing == module.IMAGENET


def test_the_weights_source_in_the_manual_downloads(monkeypatch: pytest.MonkeyPatch) -> None:
    (code,) = [block for block in blocks(PLUGINS, "python") if "class Hub" in block]
    module = types.ModuleType("source_of_the_manual")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(code, "PLUGINS.md", "exec"), module.__dict__)
    source = module.Hub(repository="artist/night", revision="v1", file="net.pth")
    assert source.can_fetch
    assert source.describe() == "artist/night@v1"
    urls: list[str] = []
    source.fetch(types.SimpleNamespace(download=urls.append))
    assert urls == ["https://hub.example.org/artist/night/v1/net.pth"]


def test_the_media_adapter_in_the_manual_reads_what_it_writes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (code,) = [block for block in blocks(PLUGINS, "python") if "class Arrays" in block]
    module = types.ModuleType("media_of_the_manual")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(code, "PLUGINS.md", "exec"), module.__dict__)
    host = Host({"arrays": module.ArrayPlugin()})
    path = tmp_path / "coffee.npy"
    made = host.run("identity", content="sample:coffee", size=40, out=str(path))
    again = host.run("identity", content=str(path))
    assert torch.equal(made.image.pixels, again.image.pixels)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(stylekit.errors.InputError, match=r"coffee\.npy"):
        host.run("identity", content=str(path))


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


def test_the_gallery_is_what_its_script_makes() -> None:
    """Every picture is there, and its caption is the command that made it."""
    import importlib.util

    place = ROOT / "docs/gallery/make.py"
    spec = importlib.util.spec_from_file_location("make_gallery", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["make_gallery"] = module
    spec.loader.exec_module(module)
    page = (ROOT / "docs/gallery.md").read_text(encoding="utf-8")
    assert module.written(page) == page
    for table in module.tables().values():
        assert table in page
    assert len(module.ENTRIES) == 12
    for entry in module.ENTRIES:
        assert entry.image.is_file()
        arguments = parsed(["run", *shlex.split(entry.options)])
        host = Host(builtins_only=True)
        host.plan(*layers(arguments, KEYS, host.catalogue, RunConfig))


def test_links_in_the_documents_lead_somewhere() -> None:
    for path in (ROOT / "README.md", ROOT / "PLUGINS.md", *DOCS):
        for link in re.findall(r"\]\(([^)#]+)", path.read_text(encoding="utf-8")):
            assert link.startswith("http") or (path.parent / link).exists(), f"{path}: {link}"


@pytest.mark.parametrize("block", range(3))
def test_the_python_in_the_how_to_runs(block: int) -> None:
    shown = blocks((ROOT / "docs/how-to/python.md").read_text(encoding="utf-8"), "python")
    assert len(shown) == 3
    names: dict[str, object] = {}
    exec(compile(shown[block], "python.md", "exec"), names)
    value = names.get("image") or names.get("shown") or names.get("names")
    assert value


def test_the_reference_is_what_the_components_say() -> None:
    folder = ROOT / "docs/reference"
    made = runpy.run_path(str(folder / "make.py"))["pages"]()
    for name, text in made.items():
        assert (folder / name).read_text(encoding="utf-8") == text, (
            "Make it anew: python docs/reference/make.py"
        )
    # tests/plugins/media/test_formats.py checks the page of the formats.
    others = {"formats.md", "exit-codes.md"}
    assert {*made, *others} == {path.name for path in folder.glob("*.md")}


def test_the_classifier_in_the_manual_classifies(read: Callable[[str], stylekit.Frame]) -> None:
    code = next(block for block in blocks(PLUGINS, "python") if "class DayOrNight" in block)
    names: dict[str, type] = {"__name__": "day_of_the_manual"}
    exec(code, names)
    classifier = names["DayOrNight"](None)
    logits = classifier.load(None, None)
    dark, bright = stylekit.Frame(read("sample:coffee").pixels * 0.2), read("sample:chelsea")
    found = logits([dark, bright]).argmax(dim=1)
    assert [classifier.classes()[int(index)].name for index in found] == ["night", "day"]
    (spec,) = names["DayPlugin"]().register_classifiers()
    assert stylekit.Host({"day": names["DayPlugin"]()}).catalogue.find(type(spec), spec.name)


def test_the_executor_in_the_manual_begins_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    (code,) = [block for block in blocks(PLUGINS, "python") if "class Backwards" in block]
    module = types.ModuleType("executor_of_the_manual")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(code, "PLUGINS.md", "exec"), module.__dict__)
    origins = [clip.image.origin for clip in module.result.clips]
    assert origins == ["sample:chelsea", "sample:coffee"]
    assert "executor" not in module.result.record["config"]


def test_the_command_in_the_manual_works(
    monkeypatch: pytest.MonkeyPatch, read: Callable[[str], stylekit.Frame]
) -> None:
    code = next(block for block in blocks(PLUGINS, "python") if "class Palette" in block)
    module = types.ModuleType("command_of_the_manual")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(code, "PLUGINS.md", "exec"), module.__dict__)
    host = Host({"mine": module.PalettePlugin()}, builtins_only=True)
    arguments = make_parser(Commands(host.registry.records), "palette").parse_args(
        ["palette", "sample:coffee"]
    )
    out = io.StringIO()
    assert arguments.run(arguments, host, Console(out=out)) == 0
    found = [float(value) for value in out.getvalue().split()]
    assert found == pytest.approx(read("sample:coffee").pixels.mean(dim=(1, 2)).tolist(), abs=0.006)
