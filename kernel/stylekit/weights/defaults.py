"""Which weights `auto` takes: one set for each network, the same on every machine and network.

A set is one file, by its SHA-256 and its decoder. Several sources may offer the same set, such as
a mirror; which of them gives the file changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from stylekit.errors import UsageError
from stylekit.registry.catalogue import Catalogue, Component
from stylekit.specs import WeightsSpec


def default_weights(network: str, catalogue: Catalogue) -> list[Component[WeightsSpec]]:
    """Return the components that offer the default set of a network; none: only users have files.

    The default set is the one whose spec says `default=True`, or the only one that there is. With
    `[prefer.weights] NETWORK = "PLUGIN"` in the config file, the plugin's own counts.

    Raises:
        UsageError: several sets claim to be the default, or none of several does.
        PluginError: the preferred plugin is broken, blocked or incompatible.
    """
    known = sets_of(network, catalogue)
    preferred = catalogue.prefer.get(WeightsSpec.kind, {}).get(network, "")
    candidates = [c for c in known if not preferred or c.plugin.name == preferred]
    if preferred and not candidates:
        catalogue.raise_if_unavailable(WeightsSpec.kind, network, preferred)
        raise UsageError(
            f"[prefer.weights] wants weights of '{network}' from plugin '{preferred}', which "
            "registers none.",
            _choose(network, known),
        )
    claimed = [c for c in candidates if c.spec.default]
    chosen = claimed or candidates
    rivals = [c for c in chosen if not same_set(c, chosen[0])]
    if rivals:
        names = " and ".join(f"'{c.spec.name}' of {c.provider}" for c in (chosen[0], *rivals))
        claim = "claim to be" if claimed else "could be"
        raise UsageError(
            f"Several weights {claim} the default of network '{network}': {names}.",
            _choose(network, (chosen[0], *rivals)),
        )
    return [*chosen, *(c for c in known if c not in chosen and same_set(c, chosen[0]))]


def sets_of(network: str, catalogue: Catalogue) -> list[Component[WeightsSpec]]:
    """Return the weights of a network that a source has, without the files that users bring."""
    components = catalogue.all(WeightsSpec)
    return [c for c in components if c.spec.network == network and not c.spec.source.by_user]


def same_set(one: Component[WeightsSpec], other: Component[WeightsSpec]) -> bool:
    """Return whether two components decode the same file in the same way."""
    a, b = one.spec, other.spec
    return (a.sha256, a.factory, a.params) == (b.sha256, b.factory, b.params)


def _choose(network: str, components: Sequence[Component[WeightsSpec]]) -> str:
    if not components:
        return "See `stylekit weights list`."
    first = components[0]
    return (
        f"Choose for a run: --weights {first.id}; or for good, in the config file: "
        f'[prefer.weights] {network} = "{first.plugin.name}".'
    )
