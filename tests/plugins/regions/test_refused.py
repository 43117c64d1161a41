"""Invalid regions: messages name the mistake, and no other error escapes."""

from __future__ import annotations

import random

import pytest
import torch

from stylekit import Frame
from stylekit.errors import InputError, StylekitError, UsageError
from stylekit.inputs.regions import Regions
from stylekit.methods.base import Style


@pytest.fixture
def regions(host, read):
    """Make the mask of a region for a picture of 24 x 16 pixels, as a run does."""
    generator = torch.Generator().manual_seed(1)
    image = Frame(torch.rand(3, 16, 24, generator=generator), origin="small.png")

    def make(name):
        regions = Regions([name], host.catalogue, {}, lambda source, _: read(source))
        masked = regions.of(image, 24, 16, (Style(image),))
        assert len(masked) == 1
        return masked[0].mask

    return make


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("box:", ("box:", "0 numbers", "needs 4", "box:x,y,w,h", "box:10%,20%,300,50%")),
        ("box:1,2,3", ("box:1,2,3", "3 numbers", "needs 4")),
        ("box:1,2,3,4,5", ("5 numbers", "needs 4")),
        ("box:1,2,wide,4", ("'wide' (number 3)", "pixels (120)", "percentage (25%)", "(1/4)")),
        ("box:1,,3,4", ("number 2 is missing",)),
        ("box:1,2,3,", ("number 4 is missing",)),
        ("box:1,2,-3,4", ("its width is negative",)),
        ("box:1,2,3,-4%", ("its height is negative",)),
        ("box:1,2,3,1/0", ("'1/0' (number 4)",)),
        ("box:1,2,3,1/2%", ("'1/2%'",)),
        ("box:1,2,3,nan", ("'nan'",)),
        ("box:1,2,inf,3", ("'inf'",)),
        ("box:1,2,1e3,3", ("'1e3'",)),
        ("box:1,2,1_0,3", ("'1_0'",)),
        ("box:1,2,٣,3", ("'٣'",)),
        ("box:1,2,9999999999,3", ("'9999999999'",)),
        ("box:0.1,0.1,0.5,0.5", ("smaller than one pixel", "50%", "1/2", "not 0.5")),
        ("box:0,0,.5,1", ("smaller than one pixel",)),
        ("box:1,2,3,4,feahter=3", ("'feahter=3'", "Did you mean 'feather'?", ",feather=N")),
        ("box:feather=3,1,2,3,4", ("'feather=3' (number 1)", "can follow the numbers")),
        ("box:1,2,3,4,inverted", ("Did you mean 'invert'?",)),
        ("ellipse:1,2,3", ("ellipse:1,2,3", "needs 4", "ellipse:25%,10%,50%,80%")),
        ("ellipse:1,2,-3,4", ("its width is negative",)),
        ("polygon:", ("0 points", "needs at least 3")),
        ("polygon:1,2,3,4", ("2 points", "needs at least 3", "polygon:x1,y1,x2,y2,x3,y3")),
        ("polygon:1,2,3,4,5", ("5 numbers", "each point needs two")),
        ("polygon:1,2 3,4 5,x", ("'x' (number 6)",)),
        ("polygon:0,0 1,0 0.5,1", ("smaller than one pixel",)),
        ("grabcut:1,2,3", ("grabcut:1,2,3", "needs 4", "grabcut:10%,5%,80%,90%")),
        ("color:", ("''", "is not a color", "color:#3a7bd5")),
        ("color:#12345", ("'#12345' is not a color",)),
        ("color:blu", ("'blu' is not a color",)),
        ("color:#11223344", ("'#11223344' is not a color",)),
        ("color:rgb(999,0,0)", ("is not a color from #000000",)),
        ("color:red~", ("'' is not a tolerance",)),
        ("color:red~much", ("'much' is not a tolerance",)),
        ("color:red~-3", ("'-3' is not a tolerance",)),
        ("color:red~nan", ("'nan' is not a tolerance",)),
    ],
)
def test_invalid_regions_are_explained(regions, name, words):
    with pytest.raises(UsageError) as caught:
        regions(name)
    assert "\n" not in caught.value.message
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("box:24,0,5,5", ("box:24,0,5,5", "covers nothing of small.png")),
        ("box:3,3,0,5", ("covers nothing",)),
        ("ellipse:-9,-9,9,9", ("covers nothing",)),
        ("polygon:1,1 9,9 1,1", ("covers nothing",)),
        ("grabcut:24,0,9,9", ("outside small.png", "24 x 16 pixels")),
        ("grabcut:3,3,0,9", ("outside small.png",)),
        ("grabcut:3,3,9,4", ("only 9 x 4 pixels", "8 x 8")),
        ("grabcut:0,0,100%,100%", ("leaves no background", "grabcut:10%,5%,80%,90%")),
        ("alpha:", ("alpha:", "content image small.png", "no transparent part")),
        ("alpha", ("no transparent part", "--region mask.png")),
        ("alpha:sample:coffee", ("sample:coffee has no transparent part",)),
        ("alpha:nowhere.png", ("No such file", "nowhere.png")),
        ("nowhere.png", ("nowhere.png",)),
        ("sample:nobody", ("There is no sample 'nobody'",)),
        ("sample:astronaut", ("sample:astronaut is 512 x 512", "small.png is 24 x 16")),
    ],
)
def test_regions_that_do_not_fit_the_image_are_refused(regions, name, words):
    with pytest.raises(InputError) as caught:
        regions(name)
    assert "\n" not in caught.value.message
    for word in words:
        assert word in str(caught.value)


def test_random_input_raises_only_errors_for_users(regions, tmp_path, monkeypatch):
    """Random strings near the grammar: a mask, or an error for users."""
    monkeypatch.chdir(tmp_path)
    rng = random.Random(7)
    words = [
        *("0", "1", "5", "12", "7.5", "-3", "50%", "1/3", "100%", "0.5", "1e9", "9" * 12, "%", "/"),
        *",,,, ;-+#~=:*\0\né٣½",
        *("red", "#fff", "hsl(", "rgb(1,2,3)", "grow=1", "feather=2", "invert", "feather=", "x"),
        *("sample:", "alpha", "a.png", "..", "~"),
    ]
    schemes = ["box:", "ellipse:", "polygon:", "alpha:", "color:", "grabcut:", ""]
    made, codes = 0, []
    for _ in range(4000):
        if rng.random() < 0.5:
            name = "".join(rng.choices(words, k=rng.randint(0, 12)))
        else:
            name = ",".join(rng.choices(words[:9], k=rng.choice((4, 4, 4, 6, 8, 3))))
        name = rng.choice(schemes) + name
        try:
            mask = regions(name)
        except StylekitError as error:
            codes.append(error.exit_code)
        else:
            made += 1
            assert mask.shape == (16, 24), name
            assert 0 <= float(mask.min()) <= float(mask.max()) <= 1, name
    assert made > 100
    assert len(codes) > 100
    assert set(codes) == {2}
