"""GrabCut: objects whose outline is known, the same mask every time, and refusals."""

from __future__ import annotations

import threading

import cv2
import numpy as np
import pytest
import torch

from stylekit import Frame
from stylekit.errors import InputError
from stylekit_plugins.regions import matte
from stylekit_plugins.regions.grabcut import GrabCut
from stylekit_plugins.regions.params import GrabCutParams

WIDTH, HEIGHT = 240, 180


def grabcut(source, image, **params):
    made = GrabCut(GrabCutParams(**params)).mask(source, image, lambda source: pytest.fail(source))
    assert made.shape == (image.height, image.width)
    assert made.dtype == torch.float32
    assert 0 <= float(made.min()) <= float(made.max()) <= 1
    return made.numpy()


def disc(x, y, radius, width=WIDTH, height=HEIGHT):
    rows, columns = np.mgrid[:height, :width] + 0.5
    return (rows - y) ** 2 + (columns - x) ** 2 <= radius**2


def painted(inside, origin="disc.png"):
    """An orange object with stripes before a gray-green background, with grain on both."""
    height, width = inside.shape
    rows, columns = np.mgrid[:height, :width]
    stripes = 0.08 * np.sin(columns / 5)[..., None]
    back = np.array([0.35, 0.45, 0.4]) + 0.1 * (rows / height)[..., None]
    front = np.array([0.85, 0.5, 0.15]) + stripes
    grain = np.random.default_rng(4).normal(0, 0.02, (height, width, 3))
    pixels = np.clip(np.where(inside[..., None], front, back) + grain, 0, 1)
    return Frame(torch.from_numpy(pixels.transpose(2, 0, 1).astype(np.float32)), origin=origin)


def overlap(made, inside):
    chosen = made > 0.5
    return (chosen & inside).sum() / (chosen | inside).sum()


def test_a_drawn_object_is_found():
    inside = disc(130, 90, 55)
    made = grabcut("60,20,140,140", painted(inside))
    assert overlap(made, inside) > 0.985
    # Hard but for its outline.
    assert (made[disc(130, 90, 49)] == 1).all()
    assert (made[~disc(130, 90, 61)] == 0).all()


def test_the_edge_has_full_resolution():
    """A cut at 128 pixels, sixteen times smaller: its own edge would be off by eight pixels."""
    inside = disc(1100, 800, 500, 2048, 1500)
    image = painted(inside)
    made = grabcut("500,200,1200,1200", image, working_size=128)
    assert overlap(made, inside) > 0.99
    away = disc(1100, 800, 510, 2048, 1500) & ~disc(1100, 800, 490, 2048, 1500)
    assert np.abs(made - inside)[~away].mean() < 1e-3


def test_the_mask_is_reproducible(read):
    """Of a picture where the seed matters: a box through the cat."""
    image, box = read("sample:chelsea").resized(200, 150), "20%,10%,60%,75%"
    first = grabcut(box, image)
    cv2.setRNGSeed(12345)
    cv2.randu(np.zeros((9, 9), np.uint8), 0, 255)
    assert (grabcut(box, image) == first).all()
    grabcut("30,10,180,160", painted(disc(90, 60, 40)), iterations=2)
    assert (grabcut(box, image) == first).all()
    elsewhere = []
    thread = threading.Thread(target=lambda: elsewhere.append(grabcut(box, image)))
    thread.start()
    thread.join()
    assert (elsewhere[0] == first).all()
    threads = cv2.getNumThreads()
    try:
        cv2.setNumThreads(1)
        assert (grabcut(box, image) == first).all()
    finally:
        cv2.setNumThreads(threads)


def test_the_mask_is_zero_outside_the_box():
    """A box that touches the object: its soft edge ends there."""
    inside = disc(130, 90, 55)
    made = grabcut("75,35,110,110", painted(inside))
    box = np.zeros_like(inside)
    box[35:145, 75:185] = True
    assert (made[~box] == 0).all()
    assert overlap(made, inside) > 0.98


def test_an_object_that_the_image_cuts_off():
    """The strip of object between a box and the picture's edge is not taken for background."""
    inside = disc(120, 180, 80)
    image = painted(inside)
    for box in ("30,80,180,100", "30,80,180,99", "12%,44%,76%,55%"):
        made = grabcut(box, image)
        assert overlap(made[:179], inside[:179]) > 0.98, box
        assert (made[178, 50:190] == 1).all(), box
        assert made[179].any() == (box == "30,80,180,100"), box


def test_holes_and_specks():
    inside = disc(130, 90, 55) & ~disc(130, 90, 20)
    speck = disc(80, 30, 5)
    image = painted(inside | speck)
    solid = grabcut("60,15,140,145", image)
    assert overlap(solid, disc(130, 90, 55)) > 0.98
    faithful = grabcut("60,15,140,145", image, fill_holes=False, smallest_part=0)
    assert overlap(faithful, inside | speck) > 0.95
    assert faithful[90, 130] == 0
    assert faithful[30, 80] == 1
    two = painted(disc(70, 90, 40) | disc(180, 90, 30))
    assert overlap(grabcut("20,40,210,100", two), disc(70, 90, 40) | disc(180, 90, 30)) > 0.97
    one = grabcut("20,40,210,100", two, smallest_part=1)
    assert overlap(one, disc(70, 90, 40)) > 0.97


@pytest.fixture(scope="module")
def astronaut(read):
    image = read("sample:astronaut")
    return image, grabcut("4%,2%,70%,98%", image)


@pytest.mark.parametrize(
    ("place", "x", "y", "inside"),
    [
        ("hair", 215, 40, True),
        ("forehead", 225, 90, True),
        ("chin", 225, 165, True),
        ("shoulder", 90, 260, True),
        ("chest", 150, 310, True),
        ("badge", 163, 382, True),
        ("other shoulder", 330, 290, True),
        ("sleeve", 80, 440, True),
        ("flag", 40, 150, False),
        ("wall above", 150, 8, False),
        ("wall beside", 120, 60, False),
        ("wall between", 320, 100, False),
        ("space shuttle", 390, 150, False),
        ("its table", 440, 310, False),
    ],
)
def test_the_astronaut(astronaut, place, x, y, inside):
    _, mask = astronaut
    around = mask[y - 3 : y + 4, x - 3 : x + 4]
    assert (around == inside).all(), place


def test_the_cat(read):
    """Of chelsea's face, which fills the box, nearly all; of the room behind it nothing."""
    made = grabcut("20,0,365,300", read("sample:chelsea"))
    assert made[20:220, 60:300].mean() > 0.99
    assert made[:, 400:].max() == 0
    assert made[120:, 375:].max() == 0


def test_large_images_are_refined_in_bands(monkeypatch):
    image = painted(disc(130, 90, 55))
    whole = grabcut("60,20,140,140", image, working_size=100)
    bands = []
    upsample_rows = matte._upsample_rows
    monkeypatch.setattr(matte, "_BAND", 5000)
    monkeypatch.setattr(
        matte, "_upsample_rows", lambda *args: bands.append(args[1:3]) or upsample_rows(*args)
    )
    assert np.abs(grabcut("60,20,140,140", image, working_size=100) - whole).max() < 1e-5
    assert len(bands) > 5


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("0,0,240,180", ("leaves no background", "disc.png", "240 x 180 pixels")),
        ("-10,-10,300,300", ("leaves no background", "Leave some on at least one side")),
        ("0,0,100%,100%", ("leaves no background",)),
        ("240,0,50,50", ("lies outside disc.png", "240 x 180 pixels")),
        ("-60,20,60,60", ("lies outside",)),
        ("20,20,0,60", ("lies outside",)),
        ("20,20,60,7", ("only 60 x 7 pixels", "8 x 8")),
        ("235,20,60,60", ("only 5 x 60 pixels",)),
    ],
)
def test_unusable_boxes_are_refused(source, words):
    with pytest.raises(InputError) as caught:
        grabcut(source, painted(disc(130, 90, 55)))
    assert f"grabcut:{source}" in caught.value.message
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize("value", [0.0, 0.3, 1.0])
def test_a_box_without_an_object(value):
    """A picture of one color."""
    with pytest.raises(
        InputError, match=r"no object was found in that box of plain\.png"
    ) as caught:
        grabcut("20,20,90,90", Frame(torch.full((3, 160, 160), value), origin="plain.png"))
    assert "polygon:" in caught.value.hint


@pytest.mark.parametrize("source", ["0,0,8,1999", "1,0,9,2000", "0,0,11,1500", "0,400,11,1200"])
def test_thin_boxes_are_refused(source):
    """At the working size such a picture is a pixel wide, or the rest beside the box is gone."""
    pixels = torch.rand(3, 2000, 11, generator=torch.Generator().manual_seed(3))
    with pytest.raises(InputError, match=r"no background of ribbon|no object was found .* ribbon"):
        grabcut(source, Frame(pixels, origin="ribbon.png"), working_size=64)
