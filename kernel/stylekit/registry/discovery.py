"""Discovery: which plugins are installed, which may load, and what became of each.

Every entry point is loaded in its own `try`, and every hook result is taken implementation by
implementation: a plugin that fails becomes a `PluginRecord` with an error, never a crash, and
the others lose nothing. (pluggy's own loader stops at the first ImportError.)
"""

from __future__ import annotations

import importlib.metadata
import time
import traceback
import warnings
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

import pluggy

from stylekit import hookspecs
from stylekit.errors import UsageError, one_line
from stylekit.machine.entry_points import (
    declared_api,
    distribution_of,
    entry_points,
    is_builtin,
    normalized,
)
from stylekit.registry.observers import refuse_wrappers
from stylekit.registry.validation import NAME, check_spec
from stylekit.specs import SPEC_TYPES, Spec
from stylekit.text import did_you_mean
from stylekit.version import OLDEST_API, STYLEKIT_API

Status = Literal["active", "blocked", "incompatible", "broken"]


@dataclass
class PluginRecord:
    """What is known of one plugin.

    Attributes:
        origin: `built-in`, `installed` (a third-party entry point) or `in-process`.
        location: the module that the entry point names.
        api: the STYLEKIT_API it was written for, where known.
        error: one line; `details` has the traceback.
        notes: what its author should mend before it stops to work, a line each.
        load_ms: wall time of import and registration in milliseconds.
    """

    name: str
    dist: str | None
    version: str | None
    origin: Literal["built-in", "installed", "in-process"]
    location: str
    api: int | None = None
    status: Status = "active"
    components: list[Spec] = field(default_factory=list)
    error: str | None = None
    details: str | None = None
    notes: list[str] = field(default_factory=list)
    load_ms: float = 0.0

    def fail(self, status: Status, error: str, details: str | None = None) -> None:
        """Mark the plugin as unusable; it offers nothing from now on."""
        self.status, self.error, self.details = status, error, details
        self.components = []


class Registry:
    """The plugins of one host.

    Args:
        blocked: plugins that must not be imported: `NAME`, `DISTRIBUTION` or `DISTRIBUTION:NAME`.
        allowed: if given, only these (and the built-ins) may be imported: `DISTRIBUTION`, without a
            leading `stylekit-` if you like, or `DISTRIBUTION:NAME`. The name of a plugin alone
            allows nothing: any distribution may call its plugin so.
        builtins_only: import built-in plugins only.
    """

    def __init__(
        self,
        blocked: Collection[str] = (),
        allowed: Collection[str] | None = None,
        builtins_only: bool = False,
    ) -> None:
        self.manager = pluggy.PluginManager(hookspecs.PROJECT)
        self.manager.add_hookspecs(hookspecs)
        self.records: list[PluginRecord] = []
        self._blocked = frozenset(map(normalized, blocked))
        self._allowed = None if allowed is None else frozenset(map(normalized, allowed))
        self._builtins_only = builtins_only

    def discover(self) -> None:
        """Load every permitted entry point of the group `stylekit`, built-ins first."""
        points = sorted(
            entry_points(),
            key=lambda point: (not is_builtin(point), distribution_of(point) or "", point.name),
        )
        unknown = self._blocked.difference(
            *(_blocking(point.name, distribution_of(point)) for point in points)
        )
        if unknown:
            name = min(unknown)
            raise UsageError(
                f"Cannot block plugin '{name}': no plugin of that name is installed.",
                did_you_mean(name, (point.name for point in points)),
            )
        for point in points:
            self._load_point(point)

    def _load_point(self, point: importlib.metadata.EntryPoint) -> None:
        record = PluginRecord(
            name=point.name,
            dist=distribution_of(point),
            version=point.dist.version if point.dist else None,
            origin="built-in" if is_builtin(point) else "installed",
            location=point.value,
        )
        reason = self._reason_to_block(record)
        if reason:
            self.records.append(record)
            record.fail("blocked", reason)
        else:
            self._load(record, point.load, lambda: declared_api(point.module))

    def register(self, plugin: object, name: str) -> PluginRecord:
        """Add a plugin object of this process: a module, class instance or namespace."""
        location = getattr(plugin, "__name__", type(plugin).__qualname__)
        record = PluginRecord(name, None, None, "in-process", location)
        self._load(record, lambda: plugin, lambda: None)
        return record

    def _reason_to_block(self, record: PluginRecord) -> str | None:
        if self._blocked & _blocking(record.name, record.dist):
            return "blocked by the user"
        if record.origin == "built-in":
            return None
        if self._builtins_only:
            return "only built-in plugins are allowed"
        if self._allowed is not None and not self._allowed & _allowing(record.name, record.dist):
            return f"not in the list of allowed plugins, as {record.dist}:{record.name} would be"
        return None

    def _load(
        self,
        record: PluginRecord,
        load: Callable[[], Any],
        read_api: Callable[[], int | None],
    ) -> None:
        """Import, check and register one plugin; whatever goes wrong ends up in its record."""
        started = time.perf_counter()
        taken = next((other for other in self.records if _holds(other, record.name)), None)
        self.records.append(record)
        try:
            record.api = read_api()
            if not NAME.fullmatch(record.name):
                record.fail("broken", "plugin names are lower-case letters, digits, '-' and '_'")
            elif taken is not None:
                owner = taken.dist or taken.location
                choice = f" (-p no:{owner}:{record.name} leaves that one out)"
                record.fail(
                    "broken",
                    f"the name '{record.name}' is already taken by {owner}"
                    + (choice if taken.origin == "installed" else ""),
                )
            elif not _is_known(record.api):
                self._incompatible(record)
            else:
                plugin = load()
                record.api = getattr(plugin, "STYLEKIT_API", record.api)
                if not _is_known(record.api):
                    self._incompatible(record)
                else:
                    self._admit(record, plugin)
        except KeyboardInterrupt:
            # Of a plugin that hangs, people should know the name.
            moment = f"while plugin '{record.name}' loaded (-p no:{record.name} leaves it out)"
            raise KeyboardInterrupt(moment) from None
        # Not only Exception: sys.exit() or a Rust panic while importing must not end the host.
        except BaseException as error:
            if self.manager.has_plugin(record.name):
                self.manager.unregister(name=record.name)
            record.fail("broken", one_line(error), traceback.format_exc())
        record.load_ms = (time.perf_counter() - started) * 1000

    def _incompatible(self, record: PluginRecord) -> None:
        known = f"has {STYLEKIT_API}"
        if OLDEST_API < STYLEKIT_API:
            known += f" and knows those since {OLDEST_API}"
        record.fail("incompatible", f"written for plugin API {record.api}, this stylekit {known}")

    def _admit(self, record: PluginRecord, plugin: object) -> None:
        with warnings.catch_warnings(record=True) as deprecations:
            warnings.simplefilter("always")
            # It warns of hooks that are marked as deprecated (`warn_on_impl`).
            self.manager.register(plugin, record.name)
        record.notes += [" ".join(str(each.message).split()) for each in deprecations]
        # A misspelled hook would otherwise never be called, and nobody would know why.
        self.manager.check_pending()
        for hook in hookspecs.LIFECYCLE:
            refuse_wrappers(self.manager, hook, record.name)
        specs: list[Spec] = []
        for hook, kind in hookspecs.REGISTER.items():
            for impl in getattr(self.manager.hook, hook).get_hookimpls():
                if impl.plugin_name == record.name:
                    specs += _checked(impl.function(), kind, hook)
        _refuse_repeats(specs)
        record.components = specs


def _is_known(api: int | None) -> bool:
    return api is None or OLDEST_API <= api <= STYLEKIT_API


def _checked(result: Iterable[Spec] | None, kind: str, hook: str) -> list[Spec]:
    specs = list(result or ())
    for spec in specs:
        if not isinstance(spec, SPEC_TYPES[kind]):
            raise TypeError(f"{hook} must return {SPEC_TYPES[kind].__name__}s, not {spec!r}")
        check_spec(spec, hook)
    return specs


def _holds(record: PluginRecord, name: str) -> bool:
    """Return whether a plugin has a name for itself: one that is left out frees it for the next."""
    return record.name == name and (record.status != "blocked" or record.origin == "built-in")


def _refuse_repeats(specs: list[Spec]) -> None:
    seen: set[tuple[str, str]] = set()
    for spec in specs:
        if (spec.kind, spec.name) in seen:
            raise ValueError(f"the {spec.kind} '{spec.name}' is registered twice")
        seen.add((spec.kind, spec.name))


def _blocking(name: str, distribution: str | None) -> set[str]:
    """Return every way to name a plugin in order to block it."""
    return {normalized(each) for each in (name, distribution or name, f"{distribution}:{name}")}


def _allowing(name: str, distribution: str | None) -> set[str]:
    """Return every way to name a plugin in order to allow it: all by its distribution."""
    full = normalized(distribution or "")
    ways = {full, full.removeprefix("stylekit-")}
    return ways | {f"{way}:{normalized(name)}" for way in ways}
