"""Areas of a picture: drawn shapes, mask pictures, transparency, a color, the object in a box."""

from __future__ import annotations

import stylekit

STYLEKIT_API = 1


@stylekit.hookimpl
def register_blends() -> list[stylekit.BlendSpec]:
    """Offer the ways of blending that hide an edge."""
    return [
        stylekit.BlendSpec(
            name="laplacian",
            summary="Coarse structure passes over softly, fine structure sharply.",
            factory="stylekit_plugins.regions.laplacian:Laplacian",
        ),
        stylekit.BlendSpec(
            name="poisson",
            summary="Keeps the result's gradients; its colors follow the surroundings.",
            factory="stylekit_plugins.regions.poisson:Poisson",
        ),
    ]


@stylekit.hookimpl
def register_regions() -> list[stylekit.RegionSpec]:
    """Offer the built-in region sources."""
    return [
        stylekit.RegionSpec(
            name="box",
            summary="A rectangle, box:x,y,w,h: pixels, percents (25%) or parts (1/4).",
            factory="stylekit_plugins.regions.box:Box",
            schemes=("box",),
        ),
        stylekit.RegionSpec(
            name="ellipse",
            summary="The ellipse in a box, ellipse:x,y,w,h: pixels, percents or parts.",
            factory="stylekit_plugins.regions.ellipse:Ellipse",
            schemes=("ellipse",),
        ),
        stylekit.RegionSpec(
            name="polygon",
            summary="Three or more corners, polygon:x,y,x,y,x,y: pixels, percents or parts.",
            factory="stylekit_plugins.regions.polygon:Polygon",
            schemes=("polygon",),
        ),
        stylekit.RegionSpec(
            name="mask",
            summary="A mask picture: white is inside; its alpha counts instead where it has one.",
            factory="stylekit_plugins.regions.mask:Mask",
            images=True,
        ),
        stylekit.RegionSpec(
            name="alpha",
            summary="What is opaque: alpha: in the content picture, alpha:FILE in another one.",
            factory="stylekit_plugins.regions.alpha:Alpha",
            schemes=("alpha",),
        ),
        stylekit.RegionSpec(
            name="color",
            summary="Pixels of a color, color:#3a7bd5~15: tolerance in CIELAB units, else 10.",
            factory="stylekit_plugins.regions.color:Color",
            schemes=("color", "color"),
        ),
        stylekit.RegionSpec(
            name="grabcut",
            summary="The object in a box, grabcut:x,y,w,h, found by OpenCV's GrabCut.",
            factory="stylekit_plugins.regions.grabcut:GrabCut",
            params="stylekit_plugins.regions.params:GrabCutParams",
            schemes=("grabcut",),
        ),
    ]
