"""The extras that installed plugins offer, and which of them are missing."""

from __future__ import annotations

from collections.abc import Iterable

from stylekit.machine.extras import install_command, is_installed
from stylekit.registry.catalogue import Component
from stylekit.registry.discovery import PluginRecord
from stylekit.specs import ComponentSpec

ONNX = ("onnx", ("onnxscript",))
"""The extra for `stylekit export` to ONNX files, and the modules that it installs."""


def missing_extra(component: Component[ComponentSpec]) -> str:
    """Return the command that installs what a component lacks; "" if it lacks nothing."""
    spec, dist = component.spec, component.plugin.dist
    if is_installed(spec.modules):
        return ""
    return install_command(spec.extra, dist) if dist else f"pip install {' '.join(spec.modules)}"


def extras(records: Iterable[PluginRecord]) -> dict[str, str]:
    """Return the command that installs each extra, or "" where it is installed.

    Extras of third-party distributions are called `DISTRIBUTION[EXTRA]`.
    """
    own, modules = ONNX
    found = {own: "" if is_installed(modules) else install_command(own)}
    for record in records:
        for spec in record.components:
            if isinstance(spec, ComponentSpec) and spec.extra and record.dist:
                builtin = record.origin == "built-in"
                name = spec.extra if builtin else f"{record.dist}[{spec.extra}]"
                found[name] = found.get(name, "") or missing_extra(Component(spec, record))
    return dict(sorted(found.items()))
