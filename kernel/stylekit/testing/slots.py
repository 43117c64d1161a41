"""What a method works with, and how small components can take its place."""

from __future__ import annotations

from typing import Any

from stylekit.errors import UsageError
from stylekit.host import Host
from stylekit.registry.catalogue import Component, params_model
from stylekit.specs import BackboneSpec, MethodSpec, Slot
from stylekit.testing import toy_components


def worker_of(host: Host, found: Component[Any]) -> Component[Any]:
    """Return the method that makes pictures, or the frames of a clip."""
    name = found.spec.frame_method
    return host.catalogue.find(MethodSpec, name) if name else found


def slots_of(host: Host, found: Component[Any]) -> dict[Slot, str]:
    """Return the slots of a method, or of what makes its frames, with their usual components."""
    return {**worker_of(host, found).spec.slots, **found.spec.slots}


def layers_for(host: Host, found: Component[Any]) -> tuple[str, ...]:
    """Return the layers of the backbone that a method usually has: its parameters may name them."""
    usual = slots_of(host, found).get("backbone")
    if usual is None:
        return toy_components.LAYERS
    try:
        return host.catalogue.find(BackboneSpec, usual, found.plugin).spec.layers
    except UsageError:
        return toy_components.LAYERS


def has_steps(host: Host, found: Component[Any]) -> bool:
    """Return whether `--steps` means something to a method."""
    models = (params_model(component) for component in (found, worker_of(host, found)))
    return any("steps" in model.model_fields for model in models)
