"""From a name to a component: unique names, full ids, conflicts, lazy imports."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from stylekit.errors import PluginError, StylekitError, UsageError
from stylekit.machine.extras import require_extra
from stylekit.registry.validation import missing_members
from stylekit.specs import ComponentSpec, Spec
from stylekit.text import LIST_PLUGINS, did_you_mean

if TYPE_CHECKING:
    from stylekit.params import Params
    from stylekit.registry.discovery import PluginRecord

S = TypeVar("S", bound=Spec)


@dataclass(frozen=True)
class Component(Generic[S]):
    """A spec together with the plugin that offers it."""

    spec: S
    plugin: PluginRecord

    @property
    def id(self) -> str:
        """`plugin:name`, which is always unambiguous within a kind."""
        return f"{self.plugin.name}:{self.spec.name}"

    @property
    def provider(self) -> str:
        """The plugin with its distribution, for messages: `ink (stylekit-ink 0.1.0)`."""
        if self.plugin.dist is None:
            return f"{self.plugin.name} ({self.plugin.origin})"
        return f"{self.plugin.name} ({self.plugin.dist} {self.plugin.version})"

    def require_extra(self, what: str = "") -> None:
        """Check that the packages that the component needs are installed.

        Args:
            what: the work that it is needed for; see `stylekit.machine.extras.require_extra`.

        Raises:
            MissingExtraError: they are not.
        """
        if isinstance(self.spec, ComponentSpec):
            what = what or f"The {self.spec.kind} '{self.spec.name}'"
            require_extra(what, self.spec.extra, self.spec.modules, self.plugin.dist)

    def describe_version(self) -> dict[str, Any]:
        """Return the entry of this component in a run record."""
        return {
            "kind": self.spec.kind,
            "id": self.id,
            "version": self.spec.version,
            "distribution": self.plugin.dist,
            "distribution_version": self.plugin.version,
        }


class Catalogue:
    """All components of the active plugins.

    Args:
        records: the plugins, whether they work or not.
        prefer: for a kind, for a bare name, the plugin that should supply it.
    """

    def __init__(
        self,
        records: Iterable[PluginRecord],
        prefer: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        self.records = list(records)
        self.prefer = prefer or {}

    def all(self, spec_type: type[S]) -> list[Component[S]]:
        """Return every component of one kind, in the order of registration."""
        return [
            Component(spec, record)
            for record in self.records
            for spec in record.components
            if isinstance(spec, spec_type)
        ]

    def find(self, spec_type: type[S], name: str, near: PluginRecord | None = None) -> Component[S]:
        """Return the component that `name` or `plugin:name` means.

        Args:
            near: the plugin that the name comes from, as a default of one of its components; of
                several components it means that of its own distribution, so that a third-party
                component of the same name cannot replace a default.

        Raises:
            UsageError: nobody offers it, or several do.
            PluginError: its plugin is broken, blocked or incompatible.
        """
        kind = spec_type.kind
        components = self.all(spec_type)
        plugin_name, _, bare = name.rpartition(":")
        preferred = "" if plugin_name else self.prefer.get(kind, {}).get(name, "")
        plugin_name = plugin_name or preferred
        found = [
            component
            for component in components
            if component.spec.name == bare
            and (not plugin_name or component.plugin.name == plugin_name)
        ]
        if near is not None and len(found) > 1:
            found = [c for c in found if c.plugin.dist == near.dist] or found
        if len(found) == 1:
            return found[0]
        if found:
            both = " and ".join(component.provider for component in found)
            ids = " or ".join(f"'{component.id}'" for component in found)
            raise UsageError(
                f"The {kind} '{name}' is offered by {both}.",
                f"Say which: {ids}; or set [prefer.{kind}] in the config file.",
            )
        self.raise_if_unavailable(kind, name, plugin_name)
        if preferred:
            raise UsageError(
                f"[prefer.{kind}] wants '{name}' of plugin '{preferred}', which does not offer it.",
                did_you_mean(preferred, (c.plugin.name for c in components if c.spec.name == name)),
            )
        known = [component.spec.name for component in components]
        raise UsageError(
            f"Unknown {kind} '{name}'.",
            self._other_kinds(bare)
            + did_you_mean(bare, known, LIST_PLUGINS)
            + self.unavailable_hint(),
        )

    def tables(self) -> dict[str, list[Component[Any]]]:
        """Return the components that can have a table in a config, by bare name and by id."""
        tables: dict[str, list[Component[Any]]] = {}
        for record in self.records:
            for spec in record.components:
                if isinstance(spec, ComponentSpec):
                    component = Component(spec, record)
                    for key in (spec.name, component.id):
                        tables.setdefault(key, []).append(component)
        return tables

    def raise_if_unavailable(self, kind: str, name: str, plugin_name: str) -> None:
        """Raise a PluginError if `plugin_name` is a plugin that is not active."""
        for record in self.records:
            if record.name == plugin_name and record.status != "active":
                raise PluginError(
                    f"The {kind} '{name}' cannot be used: its plugin '{record.name}' is "
                    f"{record.status} ({record.error}).",
                    "See `stylekit list-plugins`; --debug shows the traceback.",
                )

    def _other_kinds(self, name: str) -> str:
        """Return a sentence that names the kinds of the components with this name, or ""."""
        specs = (spec for record in self.records for spec in record.components)
        kinds = sorted({spec.kind for spec in specs if spec.name == name})
        return f"'{name}' is of kind {' and '.join(kinds)}. " if kinds else ""

    def unavailable_hint(self) -> str:
        """Return a line that names the plugins that are broken, blocked or incompatible."""
        unusable = [
            f"'{record.name}' is {record.status} ({record.error})"
            for record in self.records
            if record.status != "active"
        ]
        return f"\nA plugin that may offer it: {'; '.join(unusable)}." if unusable else ""


def load_object(reference: str, component: Component[Any]) -> Any:
    """Import what an import string of a spec names.

    Raises:
        PluginError: the string is malformed, or the import fails.
    """
    module_name, _, attribute = reference.partition(":")
    try:
        value: Any = importlib.import_module(module_name)
        for part in attribute.split("."):
            value = getattr(value, part)
    except StylekitError:
        raise
    except Exception as error:
        raise PluginError(
            f"Plugin {component.provider} is broken: {reference} does not load "
            f"({type(error).__name__}: {error}).",
            f"Reinstall or update it, or block it with -p no:{component.plugin.name}.",
        ) from error
    return value


def make(component: Component[Any], tables: Mapping[str, Mapping[str, Any]]) -> Any:
    """Make a component that fills no slot: its factory, called with its parameters.

    Args:
        tables: parameters by component, from the config.

    Raises:
        UsageError: a parameter is unknown or wrong.
    """
    from stylekit.params import validate

    spec = component.spec
    values = tables.get(component.id, tables.get(spec.name, {}))
    params = validate(params_model(component), values, spec.name)
    return instantiate(component, params)


def instantiate(component: Component[Any], *arguments: Any) -> Any:
    """Call a component's factory.

    Raises:
        PluginError: its object lacks methods that every component of its kind has.
    """
    component.require_extra()
    factory = load_object(component.spec.factory, component)
    missing = sorted(getattr(factory, "__abstractmethods__", ()))
    made = None if missing else factory(*arguments)
    if made is not None:
        missing = missing_members(component.spec, made)
    if missing or made is None:
        lack = f"an object without {', '.join(missing)}" if missing else "nothing"
        raise PluginError(
            f"Plugin {component.provider} is broken: {component.spec.factory} makes {lack}.",
            f"`stylekit.protocols` says what a component of kind {component.spec.kind} must have.",
        )
    return made


def params_model(component: Component[Any]) -> type[Params]:
    """Return the parameter model of a component; the empty one if it declares none."""
    from stylekit.params import Params

    reference = getattr(component.spec, "params", None)
    if reference is None:
        return Params
    model = load_object(reference, component)
    if not (isinstance(model, type) and issubclass(model, Params)):
        raise PluginError(
            f"Plugin {component.provider} is broken: {reference} is not a "
            "subclass of stylekit.Params."
        )
    return model
