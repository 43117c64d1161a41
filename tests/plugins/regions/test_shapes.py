"""Boxes, ellipses and polygons: areas known from geometry, exact along pixel borders."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch
from skimage.draw import polygon2mask

from stylekit import Frame
from stylekit.images.masks import resized
from stylekit_plugins.regions import scanlines
from stylekit_plugins.regions.box import Box
from stylekit_plugins.regions.ellipse import Ellipse
from stylekit_plugins.regions.polygon import Polygon

WIDTH, HEIGHT = 60, 40
STAR = [
    (30 + 18 * math.sin(4 * math.pi * k / 5), 20 - 18 * math.cos(4 * math.pi * k / 5))
    for k in range(5)
]


def mask(shape, source, width=WIDTH, height=HEIGHT):
    image = Frame(torch.zeros(3, height, width), origin="gray.png")
    made = shape().mask(source, image, lambda source: pytest.fail(f"{source} was read"))
    assert made.shape == (height, width)
    assert made.dtype == torch.float32
    assert 0 <= float(made.min()) <= float(made.max()) <= 1
    return made.numpy()


def text(points):
    return " ".join(f"{x:.12f},{y:.12f}" for x, y in points)


@pytest.mark.parametrize(
    ("source", "rows", "columns"),
    [
        ("3,2,4,5", (2, 7), (3, 7)),
        ("3, 2, 4, 5", (2, 7), (3, 7)),
        ("3 2 4 5", (2, 7), (3, 7)),
        ("0,0,100%,100%", (0, 40), (0, 60)),
        ("25%,10%,50%,1/5", (4, 12), (15, 45)),
        ("1/3,1/4,1/3,3/4", (10, 40), (20, 40)),
        ("10%,30,7.0,25%", (30, 40), (6, 13)),
        ("-10,-5,20,10", (0, 5), (0, 10)),
        ("50,30,1000,1000", (30, 40), (50, 60)),
        ("-50%,-1/2,200%,200%", (0, 40), (0, 60)),
        ("+59,39.,1,1", (39, 40), (59, 60)),
        ("60,0,5,5", (0, 0), (0, 0)),
        ("-9,-9,9,9", (0, 0), (0, 0)),
        ("5,5,0,9", (0, 0), (0, 0)),
        ("999999999,0,999999999,9", (0, 0), (0, 0)),
    ],
)
def test_boxes_along_pixels_are_exact(source, rows, columns):
    expected = np.zeros((HEIGHT, WIDTH))
    expected[slice(*rows), slice(*columns)] = 1
    assert (mask(Box, source) == expected).all()


def test_every_percent_that_is_whole_pixels_is_exact():
    """Decimal arithmetic: 7 % of 100 pixels is 7, not 7.000000000000001."""
    for left, width in itertools.product(range(0, 101, 7), range(1, 101, 9)):
        made = mask(Box, f"{left}%,0,{width}%,1", 100, 1)
        assert made[0].tolist() == [float(left <= x < left + width) for x in range(100)]


def test_a_box_covers_parts_of_pixels():
    made = mask(Box, "2.25,3.5,2.25,0.75")
    assert made[3, 1:6].tolist() == [0, 0.375, 0.5, 0.25, 0]
    assert made[4, 1:6].tolist() == [0, 0.1875, 0.25, 0.125, 0]
    assert made.sum() == pytest.approx(2.25 * 0.75)


@pytest.mark.parametrize(
    "box", [(10, 5, 40, 30), (7.3, 3.9, 11.4, 30.2), (30, 20, 1.5, 1.5), (0, 0, 60, 40)]
)
def test_the_area_of_an_ellipse(box):
    x, y, w, h = box
    made = mask(Ellipse, f"{x},{y},{w},{h}")
    assert made.sum() == pytest.approx(math.pi / 4 * w * h, rel=4e-3)
    assert (made[mask(Box, f"{x},{y},{w},{h}") == 0] == 0).all()


def test_an_ellipse_is_symmetric_and_whole_inside():
    made = mask(Ellipse, "10,5,40,30")
    assert (made == made[::-1]).all()
    assert (made == made[:, ::-1]).all()
    assert (made[10:30, 20:40] == 1).all()
    assert made[20, 10] > 0.9
    assert made[5, 10] == 0


def test_an_ellipse_is_cut_off_and_may_be_empty():
    half = mask(Ellipse, "-20,5,40,30")
    assert (half == np.roll(mask(Ellipse, "10,5,40,30"), -30, axis=1) * (np.arange(60) < 20)).all()
    for empty in ("5,5,0,9", "5,5,9,0", "61,0,30,30", "0,-50,60,40"):
        assert not mask(Ellipse, empty).any()


@pytest.mark.parametrize(
    ("points", "area"),
    [
        ([(10, 5), (50, 5), (10, 35)], 600),
        ([(50, 5), (10, 35), (10, 5)], 600),
        ([(10, 35), (50, 5), (10, 5)], 600),
        ([(30, 3.3), (50.7, 20.1), (30, 36.9), (9.3, 20.1)], 2 * 20.7 * 16.8),
        # An arrow head: not convex.
        ([(10, 5), (50, 20), (10, 35), (25, 20)], 375),
        # A bow tie: two triangles that meet in a point.
        ([(10, 10), (50, 30), (50, 10), (10, 30)], 400),
        # Closed by hand, and with corners that are no corners.
        ([(10, 10), (30, 10), (50, 10), (50, 30), (10, 30), (10, 10)], 800),
    ],
)
def test_the_area_of_a_polygon(points, area):
    assert mask(Polygon, text(points)).sum() == pytest.approx(area, rel=2e-3)


def test_a_polygon_along_pixels_is_exact():
    assert (mask(Polygon, "3,2 7,2 7,7 3,7") == mask(Box, "3,2,4,5")).all()
    assert (mask(Polygon, "0,0,100%,0,100%,100%,0,100%") == 1).all()
    steps = mask(Polygon, "-9,-9 30,-9 30,20 45,20 45,99 -9,99")
    assert (steps == np.maximum(mask(Box, "0,0,30,40"), mask(Box, "0,20,45,20"))).all()


@pytest.mark.parametrize(
    "points",
    [
        [(3.2, 1.1), (55.5, 8.7), (40.4, 39.9), (12.9, 30.3)],
        [(-20, 10), (80, 12), (30, 60)],
        STAR,
        [(5, 5), (55, 35), (5, 35.5), (55, 4.5)],
    ],
)
def test_coverage_matches_supersampling(points):
    """32 x 32 points a pixel, each inside or outside by another implementation."""
    fine = 32
    corners = [(y * fine - 0.5, x * fine - 0.5) for x, y in points]
    inside = polygon2mask((HEIGHT * fine, WIDTH * fine), corners).astype(float)
    expected = inside.reshape(HEIGHT, fine, WIDTH, fine).mean(axis=(1, 3))
    assert np.abs(mask(Polygon, text(points)) - expected).max() < 0.04


def test_a_star_in_one_stroke_is_hollow():
    made = mask(Polygon, text(STAR))
    assert made[20, 30] == 0
    assert made[6, 30] == 1


def test_thousands_of_corners_make_a_circle():
    corners = 4000
    angles = [2 * math.pi * k / corners for k in range(corners)]
    made = mask(Polygon, text((30 + 18 * math.cos(a), 20 + 18 * math.sin(a)) for a in angles))
    assert np.abs(made - mask(Ellipse, "12,2,36,36")).max() < 0.01


def test_polygons_may_cover_nothing():
    for nothing in ("1,1 50,30 1,1", "5,5 5,5 5,5", "70,0 90,0 80,30", "0,3,20,3,40,3"):
        assert not mask(Polygon, nothing).any()


@pytest.mark.parametrize(("shape", "source"), [(Ellipse, "5,3,49,33"), (Polygon, text(STAR))])
def test_large_images_in_bands_are_the_same(monkeypatch, shape, source):
    whole = mask(shape, source)
    sizes = []
    covered = scanlines._coverage
    monkeypatch.setattr(scanlines, "_BAND", 500)
    monkeypatch.setattr(
        scanlines, "_coverage", lambda x, width: sizes.append(len(x)) or covered(x, width)
    )
    assert (mask(shape, source) == whole).all()
    assert len(sizes) > 3


@pytest.mark.parametrize(("width", "height"), [(31, 20), (97, 61), (60, 39)])
def test_full_coverage_survives_resizing(width, height):
    left = torch.zeros(HEIGHT, WIDTH)
    left[:, : WIDTH // 2] = 1
    assert torch.equal(resized(torch.ones(HEIGHT, WIDTH), width, height), torch.ones(height, width))
    sized = resized(left, width, height)
    assert torch.all(sized[:, : width // 2 - 3] == 1)
    assert torch.all(sized[:, width // 2 + 3 :] == 0)
