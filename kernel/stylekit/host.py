"""The host: a set of plugins and what can be done with them."""

from __future__ import annotations

import logging
import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stylekit.registry.catalogue import Catalogue
from stylekit.registry.discovery import Registry

if TYPE_CHECKING:
    from stylekit.result import Result
    from stylekit.runs.executor import Run
    from stylekit.runs.layers import Layer
    from stylekit.runs.plan import Plan

_log = logging.getLogger(__name__)

ALLOWLIST_VARIABLE = "STYLEKIT_PLUGINS"


class Host:
    """A set of plugins.

    Args:
        plugins: plugin objects of this process by name, added to the discovered ones.
        discover: load the installed plugins too.
        blocked: plugins that must not be imported: `NAME`, `DISTRIBUTION` or `DISTRIBUTION:NAME`.
        allowed: if given, the only third-party plugins that may be imported: `DISTRIBUTION` or
            `DISTRIBUTION:NAME`; by default what the environment variable STYLEKIT_PLUGINS lists,
            separated by commas, if it is set.
        builtins_only: import no stranger's plugin.

    Example:
        >>> host = Host(builtins_only=True)
        >>> result = host.run(content="me.jpg", style="night.jpg")  # doctest: +SKIP
    """

    def __init__(
        self,
        plugins: Mapping[str, object] | None = None,
        *,
        discover: bool = True,
        blocked: Collection[str] = (),
        allowed: Collection[str] | None = None,
        builtins_only: bool = False,
    ) -> None:
        if allowed is None and ALLOWLIST_VARIABLE in os.environ:
            names = os.environ[ALLOWLIST_VARIABLE].split(",")
            allowed = [name.strip() for name in names if name.strip()]
        self.registry = Registry(blocked, allowed, builtins_only)
        if discover:
            self.registry.discover()
        for name, plugin in (plugins or {}).items():
            self.register(plugin, name)

    @property
    def catalogue(self) -> Catalogue:
        """The components of the active plugins."""
        return Catalogue(self.registry.records)

    def register(self, plugin: object, name: str) -> None:
        """Add a plugin object: a module, or an instance whose methods are hooks.

        Raises:
            PluginError: it is broken, or its name is taken.
        """
        from stylekit.errors import PluginError

        record = self.registry.register(plugin, name)
        if record.status != "active":
            raise PluginError(f"Plugin '{name}' is {record.status}: {record.error}.")

    def plan(self, *layers: Layer) -> Plan:
        """Resolve configurations, the weakest first, and log what has no effect.

        Raises:
            UsageError: unknown names, bad values, impossible combinations.
        """
        from stylekit.runs.resolve import make_plan

        plan = make_plan(self.catalogue, layers)
        for line in plan.warnings:
            _log.warning(line)
        return plan

    def start(self, plan: Plan, **options: Any) -> Run:
        """Prepare the run of a plan; for options see `stylekit.runs.RunRequest`."""
        from stylekit.runs.executor import Run

        return Run(plan, self.registry.manager, **options)

    def iterate(
        self,
        method: str | None = None,
        *,
        content: Any = None,
        style: Any = None,
        region: Any = None,
        out: str | Path | None = None,
        config: str | Path | Layer | None = None,
        trust_config: bool = False,
        **options: Any,
    ) -> Run:
        """Prepare a run to step through; arguments as for `run`.

        Example:
            >>> run = Host().iterate(content="me.jpg", style="night.jpg")  # doctest: +SKIP
            >>> for step in run:                                           # doctest: +SKIP
            ...     print(step.index, float(step.losses["total"]))
            >>> run.result.image.to_pil().show()                         # doctest: +SKIP
        """
        from stylekit.records.config_files import read_config

        given: dict[str, Any] = {}
        stated: dict[str, Any] = {
            key: value for key, value in {"method": method, **options}.items() if value is not None
        }
        for key, value in (("content", content), ("style", style), ("region", region)):
            if value is not None:
                stated[key] = _named_sources(value, key, given)
        if out is not None:
            stated["out"] = str(out)
        layers: list[Layer] = [stated]
        if config is not None:
            if not isinstance(config, Mapping):
                config = read_config(Path(config), self.catalogue, trusted=trust_config)
            layers.insert(0, config)
        return self.start(self.plan(*layers), in_memory=given, write=out is not None, quiet=True)

    def run(
        self,
        method: str | None = None,
        *,
        content: Any = None,
        style: Any = None,
        region: Any = None,
        out: str | Path | None = None,
        config: str | Path | Layer | None = None,
        trust_config: bool = False,
        **options: Any,
    ) -> Result:
        """Transfer style.

        Args:
            method: name of a method; None: the default preset's.
            content: a source string, path, Pillow picture, array, tensor or `Frame`, or several in
                a list; None: the default preset's sample.
            style: likewise; a string may end in `*WEIGHT`.
            region: likewise; white is inside. A string may end in `,feather=8`. As many regions as
                styles: one style each.
            out: file or folder to write; None: nothing is written, the result has the pictures.
            config: a TOML file, a run record, or a mapping; arguments win over it.
            trust_config: the TOML file may also say what only its user may: where to write, what to
                replace, what carries the run out (`out`, `overwrite`, `executor`, `[log]`, ...).
            **options: run keys (`size=512`, `seed=1`), shorthands (`steps=50`)
                and tables (`ink={"strength": 30}`).

        Returns:
            The result, with pictures, losses and the run record.

        Raises:
            StylekitError: a subclass that says what was wrong and what to do.
        """
        return self.iterate(
            method,
            content=content,
            style=style,
            region=region,
            out=out,
            config=config,
            trust_config=trust_config,
            **options,
        ).to_end()


def _named_sources(value: Any, role: str, given: dict[str, Any]) -> list[str]:
    """Give every picture in memory a source string that the config can name."""
    from stylekit.images.frames import as_frame
    from stylekit.inputs.syntax import MEMORY

    values = value if isinstance(value, list | tuple) else [value]
    names: list[str] = []
    for item in values:
        if isinstance(item, str | Path):
            names.append(str(item))
        else:
            name = f"{MEMORY}:{role}-{len(given) + 1}"
            given[name] = as_frame(item, name)
            names.append(name)
    return names
