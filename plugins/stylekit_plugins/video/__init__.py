"""Methods, regions and metrics for video."""

from __future__ import annotations

import stylekit

STYLEKIT_API = 1

_EXTRA = "video"


@stylekit.hookimpl
def register_methods() -> list[stylekit.MethodSpec]:
    """Register `per-frame`, `flow`, `dual` and `dual-pixel`."""
    return [
        stylekit.MethodSpec(
            name="per-frame",
            summary="Video: each frame on its own, by an image method.",
            factory="stylekit_plugins.video.per_frame:PerFrame",
            params="stylekit_plugins.video.params:PerFrameParams",
            frame_method="gatys",
            clips=True,
            regions=True,
        ),
        stylekit.MethodSpec(
            name="flow",
            version=2,
            summary="Video: temporal consistency along the optical flow (Ruder et al. 2016).",
            extra=_EXTRA,
            modules=("cv2",),
            factory="stylekit_plugins.video.flow:Flow",
            params="stylekit_plugins.video.params:FlowParams",
            frame_method="gatys",
            clips=True,
            regions=True,
        ),
        *(
            stylekit.MethodSpec(
                name=name,
                version=2,
                summary=f"Video: a common network and {own} per frame, trained on both losses.",
                extra=_EXTRA,
                modules=("cv2",),
                factory=f"stylekit_plugins.video.dual:{factory}",
                params="stylekit_plugins.video.params:DualParams",
                frame_method="gatys",
                clips=True,
            )
            for name, own, factory in (
                ("dual", "a style offset", "Dual"),
                ("dual-pixel", "an offset image", "DualPixel"),
            )
        ),
    ]


@stylekit.hookimpl
def register_regions() -> list[stylekit.RegionSpec]:
    """Register the region that follows the motion of a video."""
    return [
        stylekit.RegionSpec(
            name="follow",
            summary="Video: a region of the first frame, tracked: follow:box:20,30,100,80.",
            extra=_EXTRA,
            modules=("cv2",),
            factory="stylekit_plugins.video.region_tracking:Follow",
            schemes=("follow",),
        )
    ]


@stylekit.hookimpl
def register_metrics() -> list[stylekit.MetricSpec]:
    """Register metrics of flicker, and of how linearly a video follows its style weights."""
    return [
        stylekit.MetricSpec(
            name="temporal",
            summary="Video: warping error along the optical flow (flicker).",
            styles=False,
            extra=_EXTRA,
            modules=("cv2",),
            factory="stylekit_plugins.video.temporal:Temporal",
            params="stylekit_plugins.video.params:TemporalParams",
            higher_is_better=False,
            unit="mean squared difference",
        ),
        stylekit.MetricSpec(
            name="linearity",
            summary="Video: how linearly pixels follow the weights of key styles.",
            extra=_EXTRA,
            modules=("cv2", "torchvision"),
            factory="stylekit_plugins.video.linearity:LinearityMetric",
            params="stylekit_plugins.video.params:LinearityParams",
            unit="of the variance",
            networks=("vgg16",),
        ),
    ]
