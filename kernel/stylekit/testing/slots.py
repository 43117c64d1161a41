"""The slots of a method, and which of them small components fill in tests."""

from __future__ import annotations

from typing import Any

from stylekit.errors import UsageError
from stylekit.host import Host
from stylekit.registry.catalogue import Component, params_model
from stylekit.specs import BackboneSpec, MethodSpec, Slot
from stylekit.testing import toy_components


def frame_method_of(host: Host, method: Component[Any]) -> Component[Any]:
    """Return the method that stylizes images, or the frames of a video."""
    name = method.spec.frame_method
    return host.catalogue.find(MethodSpec, name) if name else method


def slots_of(host: Host, method: Component[Any]) -> dict[str, Slot]:
    """Return the slots of a method and of its frame method."""
    return {**frame_method_of(host, method).spec.slots, **method.spec.slots}


def layers_for(host: Host, method: Component[Any]) -> tuple[str, ...]:
    """Return the layers of the default backbone of a method, which its parameters may name."""
    slots = slots_of(host, method).values()
    backbone = next((slot.default for slot in slots if slot.kind == "backbone"), None)
    if backbone is None:
        return toy_components.LAYERS
    try:
        return host.catalogue.find(BackboneSpec, backbone, method.plugin).spec.layers
    except UsageError:
        return toy_components.LAYERS


def has_steps(host: Host, method: Component[Any]) -> bool:
    """Return whether a method has a parameter `steps`."""
    models = (params_model(component) for component in (method, frame_method_of(host, method)))
    return any("steps" in model.model_fields for model in models)
