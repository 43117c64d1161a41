"""Regions of an image (shapes, masks, transparency, a color, an object in a box) and blends."""

from __future__ import annotations

import stylekit

STYLEKIT_API = 1


@stylekit.hookimpl
def register_blends() -> list[stylekit.BlendSpec]:
    """Register blends without visible edges."""
    return [
        stylekit.BlendSpec(
            name="laplacian",
            summary="Multi-band blending (Burt and Adelson 1983).",
            factory="stylekit_plugins.regions.laplacian:Laplacian",
        ),
        stylekit.BlendSpec(
            name="poisson",
            summary="Gradient-domain blending (Perez et al. 2003); colors follow the surroundings.",
            factory="stylekit_plugins.regions.poisson:Poisson",
            extra="regions",
            modules=("cv2",),
        ),
    ]


@stylekit.hookimpl
def register_regions() -> list[stylekit.RegionSpec]:
    """Register the built-in region sources."""
    return [
        stylekit.RegionSpec(
            name="box",
            summary="A rectangle, box:x,y,w,h: pixels, percentages (25%) or fractions (1/4).",
            factory="stylekit_plugins.regions.box:Box",
            schemes=("box",),
        ),
        stylekit.RegionSpec(
            name="ellipse",
            summary="The ellipse in a box, ellipse:x,y,w,h: pixels, percentages or fractions.",
            factory="stylekit_plugins.regions.ellipse:Ellipse",
            schemes=("ellipse",),
        ),
        stylekit.RegionSpec(
            name="polygon",
            summary="Three or more corners, polygon:x,y,x,y,x,y, in the units of box.",
            factory="stylekit_plugins.regions.polygon:Polygon",
            schemes=("polygon",),
        ),
        stylekit.RegionSpec(
            name="mask",
            summary="A mask image: white is inside; an alpha channel takes precedence.",
            factory="stylekit_plugins.regions.mask:Mask",
            images=True,
        ),
        stylekit.RegionSpec(
            name="alpha",
            summary="Opaque pixels: alpha: of the content image, alpha:FILE of another one.",
            factory="stylekit_plugins.regions.alpha:Alpha",
            schemes=("alpha",),
        ),
        stylekit.RegionSpec(
            name="color",
            summary="Pixels of a color, color:#3a7bd5~15: tolerance in CIELAB units (default 10).",
            factory="stylekit_plugins.regions.color:Color",
            schemes=("color",),
        ),
        stylekit.RegionSpec(
            name="grabcut",
            summary="The object in a box, grabcut:x,y,w,h (Rother et al. 2004).",
            factory="stylekit_plugins.regions.grabcut:GrabCut",
            params="stylekit_plugins.regions.params:GrabCutParams",
            extra="regions",
            modules=("cv2",),
            schemes=("grabcut",),
        ),
    ]
