"""Region sources: from text to masks, and the regions of a job."""

from __future__ import annotations

import pytest
import torch

from stylekit.errors import InputError, PluginError, UsageError
from stylekit.inputs.regions import Regions, pairs
from stylekit.inputs.syntax import parse_region
from stylekit.methods.base import Style
from stylekit.testing.images import frame

IMAGE = frame(0, 40, 20)
ONE = (Style(frame(1, 8, 8), 1.0),)
TWO = (Style(frame(1, 8, 8), 0.25), Style(frame(2, 8, 8), 0.75))


@pytest.fixture
def regions(toy_host):
    def of(*names: str, styles=ONE, image=IMAGE):
        found = Regions(names, toy_host.catalogue, {}, lambda source, index: frame(3, 40, 20))
        return found.of(image, image.width, image.height, styles)

    return of


def covered(mask: torch.Tensor) -> float:
    return float(mask.mean())


def test_without_names_there_are_no_regions(regions):
    assert regions() == ()


def test_a_source_makes_a_mask(regions):
    (region,) = regions("left:0.25")
    assert covered(region.mask) == 0.25
    assert region.styles == ONE


def test_a_scheme_needs_nothing_after_it(regions):
    (region,) = regions("left")
    assert covered(region.mask) == 0.5


def test_options_are_applied_in_their_order(regions):
    (inverted,) = regions("left:0.25,invert")
    assert covered(inverted.mask) == 0.75
    (grown,) = regions("left:0.25,grow=10")
    assert covered(grown.mask) == 0.5
    (shrunk,) = regions("left:0.5,grow=-25%")
    assert covered(shrunk.mask) == 0.25
    (soft,) = regions("left:0.5,feather=10")
    assert 0 < covered(soft.mask) < 0.5
    assert float(soft.mask[:, 20:].max()) == 0


def test_several_regions_are_one_for_one_style(regions):
    (region,) = regions("left:0.25", "left:0.75")
    assert covered(region.mask) == 0.75


def test_each_region_has_a_style_and_the_later_lies_on_top(regions):
    first, second = regions("left:0.75", "left:0.25", styles=TWO)
    assert covered(first.mask) == 0.5
    assert covered(second.mask) == 0.25
    assert [style.weight for each in (first, second) for style in each.styles] == [1.0, 1.0]
    assert (first.weight, second.weight) == (0.25, 0.75)


def test_the_rest_is_outside_all_others(regions):
    first, second = regions("left:0.25", "rest", styles=TWO)
    assert covered(first.mask) + covered(second.mask) == 1


def test_regions_and_styles_are_pairs_only_in_equal_numbers():
    assert pairs(2, 2)
    assert not pairs(2, 1)
    assert not pairs(1, 1)


def test_a_region_that_covers_nothing_is_refused(regions):
    with pytest.raises(InputError, match="covers nothing"):
        regions("left:0.01")


def test_an_unknown_source_is_refused(regions):
    with pytest.raises(UsageError, match=r"There is no region 'lefd:0\.5'"):
        regions("lefd:0.5")


@pytest.mark.parametrize("text", ["left,grow=x", "left,feather=1e9", "left,feather=nan"])
def test_a_length_that_is_none_is_refused(text):
    with pytest.raises(UsageError, match="is not a length"):
        parse_region(text)


@pytest.mark.parametrize("mask", [torch.ones(3, 3), torch.full((20, 40), 2.0), "no mask"])
def test_a_wrong_mask_names_the_region(toy_host, regions, monkeypatch, mask):
    from tests.kernel.conftest import Left

    monkeypatch.setattr(Left, "mask", lambda self, source, image, read: mask)
    with pytest.raises(PluginError, match=r"left:0\.5"):
        regions("left:0.5")
