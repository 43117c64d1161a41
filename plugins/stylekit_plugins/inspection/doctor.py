"""`stylekit doctor`: what is here, what is not, and what to do about it."""

from __future__ import annotations

import argparse
import platform
import sys
from typing import TYPE_CHECKING, Any

from stylekit.cli.console import Console
from stylekit.registry.catalogue import Catalogue
from stylekit.registry.discovery import PluginRecord
from stylekit.specs import BackboneSpec, MethodSpec, WeightsSpec
from stylekit.version import __version__

if TYPE_CHECKING:
    from stylekit.host import Host


class Doctor:
    """Checks the installation."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the options of the command: there are none."""

    def run(self, arguments: argparse.Namespace, host: Host, console: Console) -> int:
        """Check the installation; exit with 1 if something needs attention."""
        facts, problems = _installation()
        problems += _plugins(host.registry.records)
        weights, weight_problems = _weights(host.catalogue)
        facts |= weights
        problems += weight_problems
        if console.json:
            console.object({**facts, "problems": problems})
        else:
            for name, value in facts.items():
                console.data(f"{name:<16} {value}")
            for problem in problems:
                console.data(f"! {problem}")
            if not problems:
                console.data("All is well.")
        return 1 if problems else 0


def _installation() -> tuple[dict[str, Any], list[str]]:
    system = platform.system()
    facts: dict[str, Any] = {
        "stylekit": __version__,
        "python": sys.version.split()[0],
        "system": system if system == "Linux" else f"{system} (stylekit is tried on Linux only)",
    }
    problems: list[str] = []
    try:
        import torch
        import torchvision
    except Exception as error:
        # A torch and torchvision that do not match fail in many ways, all at import.
        problems.append(
            f"torch and torchvision do not load together ({error}). "
            "Reinstall both: pip install --force-reinstall torch torchvision"
        )
        return facts, problems
    from stylekit.machine import devices
    from stylekit.weights.cache import cache_dir

    device = devices.choose("auto")
    untried = " (untried: --device cpu is safe)" if device.type == "mps" else ""
    facts |= {
        "torch": torch.__version__,
        "torchvision": torchvision.__version__,
        "device": devices.describe(device) + untried,
        "free memory": f"{devices.free_memory(device) / 2**30:.1f} GiB",
        "cache": str(cache_dir()),
    }
    return facts, problems


def _plugins(records: list[PluginRecord]) -> list[str]:
    problems = [
        f"Plugin '{record.name}' is {record.status}: {record.error}. Update or uninstall "
        f"{record.dist}, or block it with -p no:{record.name}."
        for record in records
        if record.status in ("broken", "incompatible")
    ]
    if not any(record.status == "active" for record in records):
        problems.append("No plugin is active: reinstall stylekit (pip install stylekit).")
    return problems


def _weights(catalogue: Catalogue) -> tuple[dict[str, Any], list[str]]:
    """Tell which networks have weights here. Absent ones are fetched at first use: no problem."""
    from stylekit.errors import DamagedWeightsError
    from stylekit.weights.cache import verify
    from stylekit.weights.manager import WeightsManager

    manager = WeightsManager(catalogue, {}, offline=True)
    facts: dict[str, Any] = {}
    problems: list[str] = []
    backbones = [component.spec.network for component in catalogue.all(BackboneSpec)]
    methods = [name for component in catalogue.all(MethodSpec) for name in component.spec.networks]
    networks = dict.fromkeys(network for network in (*backbones, *methods) if network)
    for network in networks:
        here = []
        for component in catalogue.all(WeightsSpec):
            found = manager.locate(component)
            if component.spec.network != network or found is None:
                continue
            try:
                verify(found[0], component.spec)
                here.append(component.spec.name)
            except DamagedWeightsError as error:
                problems.append(f"{error.message} {error.hint}")
        facts[f"weights {network}"] = ", ".join(here) or "fetched at first use"
    return facts, problems
