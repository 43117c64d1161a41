"""The host: a set of plugins and what can be done with them."""

from __future__ import annotations

import logging
import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stylekit.errors import PluginError, StylekitError, UsageError
from stylekit.inputs.python_call import arguments, typed_as_method
from stylekit.registry.catalogue import Catalogue
from stylekit.registry.discovery import Registry

if TYPE_CHECKING:
    from stylekit.result import Result
    from stylekit.runs.layers import Layer
    from stylekit.runs.plan import Plan
    from stylekit.runs.run import Run

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
        builtins_only: import built-in plugins only.

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
        from stylekit.runs.run import Run

        return Run(plan, self.registry.manager, **options)

    @typed_as_method(arguments)
    def iterate(self, method: str | None = None, **options: Any) -> Run:
        """Prepare a run to step through; arguments as for `run`.

        Example:
            >>> run = Host().iterate(content="me.jpg", style="night.jpg")  # doctest: +SKIP
            >>> for step in run:                                           # doctest: +SKIP
            ...     print(step.index, float(step.losses["total"]))
            >>> run.result.image.to_pil().show()                           # doctest: +SKIP
        """
        from stylekit.inputs.in_memory import as_sources, in_python
        from stylekit.records.config_files import read_config

        stated = {key: value for key, value in options.items() if value is not None}
        config, trusted = stated.pop("config", {}), stated.pop("trust_config", False)
        in_memory: dict[str, Any] = {}
        try:
            if method is not None:
                stated["method"] = method
            for key in {"content", "style", "region", "init"} & stated.keys():
                sources = as_sources(stated[key], key, in_memory)
                stated[key] = sources[0] if key == "init" else sources
            if isinstance(stated.get("out"), Path):
                stated["out"] = str(stated["out"])
            if isinstance(config, Mapping):
                # A record holds its configuration under this key.
                config = config["config"] if "schema" in config else config
            else:
                config = read_config(Path(config), self.catalogue, trusted=trusted)
            plan = self.plan(config, stated)
            if plan.config.resume and not plan.config.out:
                raise UsageError(
                    "resume=True needs out=.", "Only a run that writes a file can be resumed."
                )
            write = plan.config.out is not None
            return self.start(plan, in_memory=in_memory, write=write, quiet=True)
        except StylekitError as error:
            raise in_python(error) from error.__cause__

    @typed_as_method(arguments)
    def run(self, method: str | None = None, **options: Any) -> Result:
        """Transfer style.

        Args:
            method: name of a method; None: that of the default preset.
            content: a source string, path, Pillow image, array, tensor, `Frame` or `Clip`, or a
                list of them; None: the sample of the default preset.
            style: likewise; a string may end in `*WEIGHT`, and `(image, 2.0)` is an image with its
                weight.
            region: likewise; white is inside. A string may end in `,feather=8`. As many regions as
                styles: one style each.
            init: the initial image, by the names of the method, or an image.
            out: file or folder to write; None: nothing is written, the result has the images.
            config: a TOML file, a run record, or a mapping such as `result.record`; arguments
                override it.
            trust_config: the TOML file may also set where to write, what to replace and which
                executor to use (`out`, `overwrite`, `executor`, `[log]`, ...).
            **options: keys of a run (`size=512`, `seed=1`, `steps=50`), and parameters of
                components (`ink={"strength": 30}`).

        Returns:
            The result, with images, losses and run records.

        Raises:
            StylekitError: a subclass that says what is wrong and what to do.
        """
        return self.iterate(method, **options).to_end()
