"""Calls the lifecycle hooks: observers look, and one that fails is switched off, once."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Sequence
from typing import Any

import pluggy

from stylekit import hookspecs
from stylekit.errors import one_line
from stylekit.hookspecs import LIFECYCLE

_log = logging.getLogger(__name__)

Call = tuple[str, Callable[..., object], tuple[str, ...]]


class Lifecycle:
    """The observers of one run.

    Args:
        manager: the host's plugins; module-level hook implementations are taken from it.
        observers: what makes per-run objects with hook implementations, each with its name.
    """

    def __init__(
        self,
        manager: pluggy.PluginManager,
        observers: Sequence[tuple[str, Callable[[], object]]],
    ) -> None:
        local = pluggy.PluginManager(manager.project_name)
        local.add_hookspecs(hookspecs)
        for name, make in observers:
            try:
                local.register(make(), name)
                for hook in LIFECYCLE:
                    refuse_wrappers(local, hook, name)
            except KeyboardInterrupt:
                raise
            except BaseException as error:
                if local.has_plugin(name):
                    local.unregister(name=name)
                _warn(f"Observer '{name}' cannot start ({one_line(error)}).")
        # Resolved once: pluggy's own call costs more than a step's bookkeeping should.
        self._calls: dict[str, list[Call]] = {
            hook: [
                (impl.plugin_name, impl.function, impl.argnames)
                for source in (manager, local)
                for impl in _implementations(source, hook)
            ]
            for hook in LIFECYCLE
        }

    def emit(self, hook: str, **facts: Any) -> None:
        """Tell every observer; nothing that one of them raises gets through, except Ctrl-C."""
        for name, function, arguments in tuple(self._calls[hook]):
            try:
                function(*[facts[argument] for argument in arguments])
            except KeyboardInterrupt:
                raise
            except BaseException as error:
                self._switch_off(name)
                _warn(
                    f"Observer '{name}' failed in {hook} and is switched off for this run "
                    f"({one_line(error)})."
                )

    def _switch_off(self, name: str) -> None:
        for calls in self._calls.values():
            calls[:] = [call for call in calls if call[0] != name]


def _warn(line: str) -> None:
    """Log a warning of the error at hand, and its traceback."""
    _log.warning(line)
    _log.debug(traceback.format_exc())


def refuse_wrappers(manager: pluggy.PluginManager, hook: str, plugin_name: str) -> None:
    """Refuse lifecycle hooks that are wrappers: they could hold up or change a run.

    Raises:
        TypeError: the plugin has one.
    """
    for impl in getattr(manager.hook, hook).get_hookimpls():
        if impl.plugin_name == plugin_name and (impl.wrapper or impl.hookwrapper):
            raise TypeError(f"{hook} only observes and cannot be a wrapper")


def _implementations(manager: pluggy.PluginManager, hook: str) -> Sequence[pluggy.HookImpl]:
    caller = getattr(manager.hook, hook, None)
    return () if caller is None else caller.get_hookimpls()
