"""The components of PLUGINS.md work as printed."""

from __future__ import annotations

import io
import types
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

import stylekit
from stylekit import Host
from stylekit.cli.commands import Commands
from stylekit.cli.console import Console
from stylekit.cli.main import make_parser
from stylekit.inputs.sources import Sources
from stylekit.weights.manager import WeightsManager

Printed = Callable[..., types.ModuleType]


def test_the_method_in_the_manual_runs(printed: Printed) -> None:
    result = printed("class Negative").result
    original = Sources(stylekit.Host().catalogue, {}).read_image("sample:chelsea")
    assert float((result.image.pixels - (1 - original.pixels)).abs().max()) == 0


def test_the_region_in_the_manual_is_painted_and_nothing_else(
    printed: Printed, read: Callable[[str], stylekit.Frame]
) -> None:
    module = printed("class Bright")
    content = read("sample:chelsea")
    changed = (module.result.image.pixels != content.pixels).any(dim=0)
    bright = content.pixels.mean(dim=0) > 0.6
    assert changed.any()
    assert not changed[~bright].any()


RUN_AS_SHOWN = ("class Mosaic(", "class Signs", "class Stripes")


@pytest.mark.parametrize("mark", RUN_AS_SHOWN)
def test_components_in_the_manual_make_images(mark: str, printed: Printed) -> None:
    module = printed(mark)
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


def test_the_weights_in_the_manual_are_decoded(printed: Printed, tmp_path: Path) -> None:
    module = printed("class Plain", until="host = ")
    path = tmp_path / "vgg.state"
    torch.save({"features.0.weight": torch.ones(64, 3, 3, 3)}, path)
    host = Host({"odds": module.OddsAndEnds()})
    found = WeightsManager(host.catalogue, {}).load("vgg19", str(path))
    assert found.state["features.0.weight"].sum() == 64 * 27
    assert found.preprocessing == module.IMAGENET


def test_the_weights_source_in_the_manual_downloads(printed: Printed) -> None:
    module = printed("class Hub")
    source = module.Hub(repository="artist/night", revision="v1", file="net.pth")
    assert source.can_fetch
    assert source.describe() == "artist/night@v1"
    urls: list[str] = []
    source.fetch(types.SimpleNamespace(download=urls.append))
    assert urls == ["https://hub.example.org/artist/night/v1/net.pth"]


def test_the_media_adapter_in_the_manual_reads_what_it_writes(
    printed: Printed, tmp_path: Path
) -> None:
    module = printed("class Arrays")
    host = Host({"arrays": module.ArrayPlugin()})
    path = tmp_path / "coffee.npy"
    made = host.run("identity", content="sample:coffee", size=40, out=str(path))
    again = host.run("identity", content=str(path))
    assert torch.equal(made.image.pixels, again.image.pixels)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(stylekit.errors.InputError, match=r"coffee\.npy"):
        host.run("identity", content=str(path))


def test_the_classifier_in_the_manual_classifies(
    printed: Printed, read: Callable[[str], stylekit.Frame]
) -> None:
    module = printed("class DayOrNight")
    classifier = module.DayOrNight(None)
    logits = classifier.load(None, None)
    dark, bright = stylekit.Frame(read("sample:coffee").pixels * 0.2), read("sample:chelsea")
    found = logits([dark, bright]).argmax(dim=1)
    assert [classifier.classes()[int(index)].name for index in found] == ["night", "day"]
    (spec,) = module.DayPlugin().register_classifiers()
    assert stylekit.Host({"day": module.DayPlugin()}).catalogue.find(type(spec), spec.name)


def test_the_executor_in_the_manual_begins_at_the_end(printed: Printed) -> None:
    module = printed("class Backwards")
    origins = [clip.image.origin for clip in module.result.clips]
    assert origins == ["sample:chelsea", "sample:coffee"]
    assert "executor" not in module.result.record["config"]


def test_the_command_in_the_manual_works(
    printed: Printed, read: Callable[[str], stylekit.Frame]
) -> None:
    module = printed("class Palette")
    host = Host({"mine": module.PalettePlugin()}, builtins_only=True)
    arguments = make_parser(Commands(host.registry.records), "palette").parse_args(
        ["palette", "sample:coffee"]
    )
    out = io.StringIO()
    assert arguments.run(arguments, host, Console(out=out)) == 0
    found = [float(value) for value in out.getvalue().split()]
    assert found == pytest.approx(read("sample:coffee").pixels.mean(dim=(1, 2)).tolist(), abs=0.006)
