"""The built-in components pass the suites for third-party components."""

from __future__ import annotations

from typing import Any

from stylekit import Host, testing
from stylekit.registry.catalogue import Component
from stylekit.specs import SPEC_TYPES, WeightsSpec
from stylekit.weights.manager import WeightsManager

NEEDS: dict[str, dict[str, Any]] = {
    "regions:box": {"sources": ("10,5,20,30", "25%,25%,1/2,1/2")},
    "regions:ellipse": {"sources": ("10,5,20,30",)},
    "regions:polygon": {"sources": ("5,5,40,10,20,40",)},
    "regions:alpha": {"sources": ("",), "bad": ("missing.jpg",)},
    "regions:color": {"sources": ("#808080~40",)},
    "video:follow": {"sources": ("box:20,10,20,20",)},
    "video:temporal": {"clips": True},
    "inspection:describe": {"argv": ("gram",)},
    "inspection:schema": {"argv": ("gram",)},
    "inspection:weights": {"argv": ("list",)},
    "scaffold:new-plugin": {"argv": ("charcoal", "--kind", "loss", "--out", "made")},
}
"""What a suite has to know of a component."""

ELSEWHERE = {
    # Whole networks for a hundred images: tests/plugins/evaluation, tests/plugins/video.
    *("metrics:fid", "metrics:artfid", "metrics:kid", "metrics:sifid"),
    *("video:flow", "video:dual", "video:dual-pixel"),
    # A figure that is about moments of styles: tests/plugins/video/test_linearity.py.
    "video:linearity",
    # Pictures with an object, masks of their shape: tests/test_regions_*.py.
    *("regions:mask", "regions:grabcut"),
}
"""Components that have tests of their own for what their suites would ask."""

HOST = Host(builtins_only=True)


def left_out(component: Component[Any]) -> set[str]:
    """The checks of a suite that would only be skipped."""
    spec = component.spec
    if spec.kind == "command" and component.id not in NEEDS:
        return {
            "test_run_succeeds",
            "test_output_goes_through_the_console",
            "test_json_is_one_object",
        }
    if (
        isinstance(spec, WeightsSpec)
        and WeightsManager(HOST.catalogue, {}).locate(component) is None
    ):
        return {
            "test_file_is_the_pinned_one",
            "test_tensors_are_finite",
            "test_preprocessing_is_declared",
            "test_activations_are_positive",
            "test_half_a_file_is_refused",
        }
    return set()


def suite_for(component: Component[Any]) -> type[testing.ComponentSuite]:
    body = {
        "component": component.id,
        "__module__": __name__,
        **NEEDS.get(component.id, {}),
        **dict.fromkeys(left_out(component)),
    }
    name = "".join(word.capitalize() for word in component.id.replace(":", "-").split("-"))
    return type(f"Test{component.spec.kind.capitalize()}{name}", (_suite(component),), body)


def _suite(component: Component[Any]) -> type[testing.ComponentSuite]:
    return testing.suite_of(component.spec.kind)


for spec_type in SPEC_TYPES.values():
    for component in HOST.catalogue.all(spec_type):
        if component.id not in ELSEWHERE:
            made = suite_for(component)
            globals()[made.__name__] = made
del made
