"""`stylekit doctor`: versions, device, weights, broken plugins, and what to do about them."""

from __future__ import annotations

import argparse
import importlib
import platform
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from stylekit.cli.console import Console
from stylekit.machine.extras import is_installed
from stylekit.registry.catalogue import Catalogue, Component
from stylekit.registry.discovery import PluginRecord
from stylekit.specs import (
    BackboneSpec,
    ClassifierSpec,
    MethodSpec,
    MetricSpec,
    WeightsSpec,
)
from stylekit.version import __version__
from stylekit_plugins.inspection.extras import extras
from stylekit_plugins.inspection.layout import definitions, wrap

if TYPE_CHECKING:
    from stylekit.host import Host


class Doctor:
    """Checks the installation and says how to mend it."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add no options: the command has none."""

    def run(self, arguments: argparse.Namespace, host: Host, console: Console) -> int:
        """Check the installation; exit with 1 if something needs attention."""
        facts, problems = _installation()
        problems += _plugins(host.registry.records)
        facts |= {
            f"extra {name}": f"missing: {command}" if command else "installed"
            for name, command in extras(host.registry.records).items()
        }
        weights, weight_problems = _weights(host.catalogue)
        facts |= weights
        problems += weight_problems
        if console.json:
            console.object({**facts, "problems": problems})
        else:
            console.data("\n".join(definitions(facts.items(), indent=0)))
            for problem in problems:
                console.data(wrap(problem, 2, "! "))
            if not problems:
                console.data("\nAll is well. Try `stylekit run`.")
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

        # Installed by some extras.
        torchvision = (
            importlib.import_module("torchvision") if is_installed(["torchvision"]) else None
        )
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
        "torchvision": torchvision.__version__ if torchvision else "not installed",
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
    """Return which weights of each network are here, and which files are damaged.

    Missing weights are no problem: they are fetched at first use, or the user's own.
    """
    from stylekit.errors import DamagedWeightsError
    from stylekit.weights.cache import verify
    from stylekit.weights.manager import WeightsManager

    manager = WeightsManager(catalogue, {}, offline=True)
    facts: dict[str, Any] = {}
    problems: list[str] = []
    for network in _networks(catalogue):
        here = []
        candidates = [c for c in catalogue.all(WeightsSpec) if c.spec.network == network]
        for component in candidates:
            if (located := manager.locate(component)) is None:
                continue
            try:
                verify(located[0], component.spec)
                here.append(component.spec.name)
            except DamagedWeightsError as error:
                problems.append(f"{error.message} {error.hint}")
        facts[f"weights {network}"] = ", ".join(here) or _absent(candidates)
    return facts, problems


def _networks(catalogue: Catalogue) -> list[str]:
    """Return the networks whose weights backbones, methods, metrics and classifiers load."""
    backbones = [component.spec.network for component in catalogue.all(BackboneSpec)]
    networks = [
        *(component.spec.networks for component in catalogue.all(MethodSpec)),
        *(component.spec.networks for component in catalogue.all(MetricSpec)),
        *(component.spec.networks for component in catalogue.all(ClassifierSpec)),
    ]
    others = [network for group in networks for network in group]
    return list(dict.fromkeys(name for name in (*backbones, *others) if name))


def _absent(candidates: Sequence[Component[WeightsSpec]]) -> str:
    """Say how to get weights of a network that has none here."""
    sources = [component.spec.source for component in candidates]
    if any(source.can_fetch for source in sources):
        return "fetched at first use"
    if any(source.by_user for source in sources):
        return "your own file: --weights PATH"
    advice = next(filter(None, (source.advice() for source in sources)), "")
    return advice or ("not on this machine" if sources else "no plugin registers any")
