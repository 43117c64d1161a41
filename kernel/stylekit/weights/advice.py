"""What to say of weights: their license and authors, other weights, and the ways to get them."""

from __future__ import annotations

from collections.abc import Sequence

from stylekit.registry.catalogue import Catalogue, Component
from stylekit.specs import WeightsSpec
from stylekit.weights.cache import cache_dir
from stylekit.weights.defaults import same_set, sets_of


def credits_of(spec: WeightsSpec) -> dict[str, str]:
    """Return the license with what it asks for: authors, their page, and changes."""
    return {
        "license": spec.license,
        "authors": spec.authors,
        "url": spec.url,
        "changes": spec.changes,
    }


def credit_line(spec: WeightsSpec) -> str:
    """Return the license and the authors in one line."""
    authors = f", by {spec.authors}" if spec.authors else ""
    return f"license {spec.license}{authors}"


def larger(component: Component[WeightsSpec], catalogue: Catalogue) -> list[Component[WeightsSpec]]:
    """Return other weights of the network that are more to download."""
    return [
        other
        for other in sets_of(component.spec.network, catalogue)
        if other.spec.size_mb > component.spec.size_mb and not same_set(other, component)
    ]


def advertise(spec: WeightsSpec, here: bool = False) -> str:
    """Return the option that takes these weights, what it costs, and what they are."""
    size = f"{spec.size_mb:g} MB" if spec.size_mb else "size unknown"
    return f"--weights {spec.name} ({'on this machine' if here else size}): {spec.summary}"


def ways_to_get(
    components: Sequence[Component[WeightsSpec]],
    others: Sequence[Component[WeightsSpec]],
    here: Sequence[str],
) -> str | None:
    """List the ways to get weights, numbered, and then other weights of the network.

    Args:
        components: those that offer the weights.
        others: other weights of the network, which make another image, and files of users.
        here: the names of those that are on this machine.
    """
    sources = [component.spec.source for component in components]
    remote = [c.spec.name for c in components if c.spec.source.can_fetch]
    ways = [f"With network: stylekit weights fetch {name}" for name in remote[:1]]
    ways += [source.advice() for source in sources]
    if any(source.needs_network for source in sources):
        ways.append(f"Copy {cache_dir()} from a machine that has them (or set STYLEKIT_CACHE)")
    own = [c.spec.source.advice() for c in others if c.spec.source.by_user]
    more = [advertise(c.spec, c.spec.name in here) for c in others if not c.spec.source.by_user]
    ways, other_ways = [list(dict.fromkeys(filter(None, each))) for each in (ways, more + own)]
    if len(ways + other_ways) < 2:
        return "".join(f"{way}." for way in ways + other_ways) or None
    lines = [f"  {number}. {way}" for number, way in enumerate(ways + other_ways, start=1)]
    if other_ways:
        lines.insert(len(ways), "Other weights of the network, which make another image:")
    return "\n".join(("Ways to get them:", *lines) if ways else lines)
