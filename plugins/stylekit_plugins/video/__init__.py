"""Ways to stylize clips."""

from __future__ import annotations

import stylekit

STYLEKIT_API = 1


@stylekit.hookimpl
def register_methods() -> list[stylekit.MethodSpec]:
    """Offer frames on their own, and frames held to those before them."""
    return [
        stylekit.MethodSpec(
            name="per-frame",
            summary="Clips: each frame on its own, by a method for pictures.",
            factory="stylekit_plugins.video.strategies:PerFrame",
            params="stylekit_plugins.video.params:PerFrameParams",
            frame_method="gatys",
            clips=True,
            regions=True,
        ),
        stylekit.MethodSpec(
            name="flow",
            summary="Clips: frames held to those before them, along the optical flow (Ruder 2016).",
            factory="stylekit_plugins.video.strategies:Flow",
            params="stylekit_plugins.video.params:FlowParams",
            frame_method="gatys",
            clips=True,
            regions=True,
        ),
        *(
            stylekit.MethodSpec(
                name=name,
                summary=f"Clips: one model common to all frames, and {own} for each frame.",
                factory=f"stylekit_plugins.video.dual:{factory}",
                params="stylekit_plugins.video.params:DualParams",
                frame_method="gatys",
                clips=True,
            )
            for name, own, factory in (
                ("dual", "a style", "Dual"),
                ("dual-pixel", "a picture", "DualPixel"),
            )
        ),
    ]


@stylekit.hookimpl
def register_regions() -> list[stylekit.RegionSpec]:
    """Offer the region that goes along with what moves."""
    return [
        stylekit.RegionSpec(
            name="follow",
            summary="Clips: a region of the first frame, carried along: follow:box:20,30,100,80.",
            factory="stylekit_plugins.video.region_tracking:Follow",
            schemes=("follow",),
        )
    ]


@stylekit.hookimpl
def register_metrics() -> list[stylekit.MetricSpec]:
    """Register metrics of flicker, and of how evenly styles follow one another."""
    return [
        stylekit.MetricSpec(
            name="temporal",
            summary="Clips: how much changes besides what moves, along the content's optical flow.",
            styles=False,
            factory="stylekit_plugins.video.temporal:Temporal",
            params="stylekit_plugins.video.params:TemporalParams",
            higher_is_better=False,
            unit="mean squared difference",
        ),
        stylekit.MetricSpec(
            name="linearity",
            summary="Clips: how evenly pixels follow the shares of styles at moments.",
            factory="stylekit_plugins.video.linearity:LinearityMetric",
            params="stylekit_plugins.video.params:LinearityParams",
            unit="of the variance",
            networks=("vgg16",),
        ),
    ]
