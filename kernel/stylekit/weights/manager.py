"""Choose weights: those that are named, or the default of the network.

The default is one set of weights, the same on every machine; where it is unavailable, the run
ends, and the error lists the ways to get it. A file is taken from the cache, then from where it is
installed, then fetched. It is verified before it is decoded, by the SHA-256 that is pinned, stated
or was fetched first. The choice is logged once and recorded. `offline` never uses the network, and
a host that does not answer costs seconds.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from stylekit.errors import (
    DamagedWeightsError,
    InputError,
    UsageError,
    WeightsError,
    one_line,
)
from stylekit.files.atomic import sha256_of
from stylekit.files.paths import exists, is_file, looks_like_path, missing_file
from stylekit.registry.catalogue import Catalogue, Component, make
from stylekit.specs import WeightsSpec
from stylekit.text import did_you_mean
from stylekit.weights.advice import advertise, credit_line, larger, ways_to_get
from stylekit.weights.cache import (
    cached_path,
    check_promised_digest,
    check_stated,
    pinned,
    remember,
    verify,
)
from stylekit.weights.defaults import default_weights
from stylekit.weights.fetching import Fetcher, UnwritableCacheError
from stylekit.weights.selection import AUTO, split_pin

if TYPE_CHECKING:
    from stylekit.protocols import LoadedWeights

_log = logging.getLogger(__name__)

GIVEN, CACHE = "given file", "cache"
"""Origins of files that come from no source: named with `--weights PATH`, or fetched before."""


class OfflineError(WeightsError):
    """The weights would have to be fetched, which `--offline` forbids (exit code 3)."""


@dataclass(frozen=True)
class Choice:
    """A verified file and the component that decodes it.

    Attributes:
        origin: `given file`, `cache`, or the `origin` of its source, such as `online`.
        stated: the user has stated its whole SHA-256.
    """

    component: Component[WeightsSpec]
    path: Path
    origin: str
    sha256: str
    stated: bool = False

    @property
    def reference(self) -> str:
        """The text that chooses it again after `NETWORK=` in `weights`, with a whole digest."""
        given = self.origin == GIVEN
        source = str(self.path.resolve()) if given else self.component.id
        partly = not given and pinned(self.component.spec) == "8 digits"
        return f"{source}#sha256={self.sha256}" if self.stated or partly else source

    @property
    def source(self) -> str:
        """The place of the file for records: its name if it was given, or its source's place."""
        given = self.origin == GIVEN
        return self.path.name if given else self.component.spec.source.describe()


class WeightsManager:
    """Locates, fetches, verifies and decodes weights.

    Args:
        catalogue: the registered weights components.
        tables: parameters by component, from the config.
        offline: never use the network.

    Attributes:
        used: the weights that were loaded, by network.
        styles: the files that were loaded as styles, by source.
    """

    def __init__(
        self, catalogue: Catalogue, tables: dict[str, dict[str, object]], offline: bool = False
    ) -> None:
        self._catalogue = catalogue
        self._tables = tables
        self._offline = offline
        self.used: dict[str, Choice] = {}
        self.styles: dict[str, Choice] = {}
        self._loaded: dict[tuple[str, str], LoadedWeights] = {}
        self._fetcher = Fetcher()

    def load(self, network: str, requested: str = AUTO) -> LoadedWeights:
        """Return the weights of `network`, decoded once; see `select`."""
        if (network, requested) in self._loaded:
            return self._loaded[network, requested]
        choice = self.select(network, requested)
        self._loaded[network, requested] = self._decoded(choice)
        self.used[network] = choice
        return self._loaded[network, requested]

    def load_style(self, network: str, path: str) -> LoadedWeights:
        """Return the weights of `network` in a user's file that is a style, decoded once.

        Raises:
            InputError: there is no such file.
            DamagedWeightsError: it holds something else.
        """
        if path not in self.styles:
            choice = self._given(Path(path), network, self._components(network), None)
            self._loaded[network, path] = self._decoded(choice)
            self.styles[path] = choice
        return self._loaded[network, path]

    def release(self, network: str) -> None:
        """Release the cached weights of `network`; the caller holds its own copy."""
        self._loaded = {key: value for key, value in self._loaded.items() if key[0] != network}

    def select(self, network: str, requested: str = AUTO) -> Choice:
        """Return the weights to use for `network`.

        Args:
            requested: `auto`, the name of a weights component, or the path of a file;
                `#sha256=HEX` may follow.

        Raises:
            UsageError: the name is unknown or of another network.
            DamagedWeightsError: a checksum is wrong.
            WeightsError: the weights are unavailable; the message lists the ways to get them.
        """
        candidates = self._components(network)
        requested, stated = split_pin(requested)
        automatic = requested == AUTO
        if automatic:
            choice = self._default(network, stated)
        elif looks_like_path(requested):
            choice = self._given(Path(requested), network, candidates, stated)
        else:
            component = self._catalogue.find(WeightsSpec, requested)
            if component.spec.network != network:
                raise UsageError(
                    f"Weights '{requested}' are for {component.spec.network}, not for {network}.",
                    did_you_mean(requested, (c.spec.name for c in candidates)),
                )
            choice = self._named(component, stated)
        choice = replace(choice, stated=stated is not None)
        spec = choice.component.spec
        _log.info(f"Weights of {network}: {spec.name} ({choice.origin}; {credit_line(spec)}).")
        if automatic and spec.source.needs_network:
            for other in larger(choice.component, self._catalogue):
                _log.info(f"  {advertise(other.spec)}")
        return choice

    def locate(self, component: Component[WeightsSpec]) -> tuple[Path, str] | None:
        """Return a component's file on this machine and its origin, or None.

        Nothing is verified or fetched. A source that fails is reported as a warning.
        """
        spec = component.spec
        if spec.source.by_user:
            return None
        cached = cached_path(spec)
        if exists(cached):
            return cached, CACHE
        try:
            path = spec.source.locate()
        except Exception as error:
            # It is a plugin's, and other sources may still have the file.
            _log.warning(f"The source of weights '{spec.name}' failed: {one_line(error)}")
            return None
        return (path, spec.source.origin) if path is not None and is_file(path) else None

    def ensure(
        self, component: Component[WeightsSpec], stated: str | None = None, temporary: bool = False
    ) -> Choice:
        """Return a component's verified file; fetch it if necessary and allowed.

        Args:
            stated: its whole SHA-256, if the user has stated it.
            temporary: if the cache cannot be written, keep the file as long as this object.

        Raises:
            WeightsError: the file is unavailable.
            DamagedWeightsError: its checksum is wrong.
        """
        if located := self.locate(component):
            path, origin = located
            try:
                digest = verify(path, component.spec, stated)
                remember(component.spec, digest)
                return Choice(component, path, origin, digest)
            except DamagedWeightsError as error:
                # Only the cache is stylekit's own to repair.
                if origin != CACHE or not self._may_fetch(component.spec):
                    raise
                _log.warning(f"{error.message} Fetching it again.")
        path = self.fetch(component, stated, temporary)
        digest = verify(path, component.spec, stated)
        return Choice(component, path, component.spec.source.origin, digest)

    def fetch(
        self, component: Component[WeightsSpec], stated: str | None = None, temporary: bool = False
    ) -> Path:
        """Fetch a file into the cache and verify it; see `ensure`.

        Raises:
            UsageError: only users have such files.
            WeightsError: the file is unreachable or cannot be written, or needs the network, which
                may not be used.
            DamagedWeightsError: the fetched file is not the pinned one.
        """
        spec = component.spec
        if spec.source.by_user:
            raise UsageError(
                f"Weights '{spec.name}' are a file of your own.", "Name it: --weights PATH."
            )
        if not spec.source.can_fetch:
            raise WeightsError(
                f"Weights '{spec.name}' are not on this machine: {spec.source.describe()} is not "
                "there.",
                spec.source.advice() or None,
            )
        if not self._may_fetch(spec):
            raise OfflineError(
                f"Weights '{spec.name}' are not cached, and --offline forbids fetching them.",
                ways_to_get([component], [], []),
            )
        return self._fetcher.fetch(spec, stated, temporary)

    def _components(self, network: str) -> list[Component[WeightsSpec]]:
        return [c for c in self._catalogue.all(WeightsSpec) if c.spec.network == network]

    def _decoded(self, choice: Choice) -> LoadedWeights:
        component = choice.component
        loaded: LoadedWeights = make(component, self._tables).decode(choice.path)
        return replace(loaded, name=component.id, sha256=choice.sha256)

    def _may_fetch(self, spec: WeightsSpec) -> bool:
        return spec.source.can_fetch and not (self._offline and spec.source.needs_network)

    def _named(self, component: Component[WeightsSpec], stated: str | None) -> Choice:
        try:
            return self.ensure(component, stated, temporary=True)
        except UnwritableCacheError:
            raise
        except WeightsError as error:
            error.hint = error.hint or ways_to_get([component], [], [])
            raise

    def _default(self, network: str, stated: str | None) -> Choice:
        """Return the default weights of a network, from the first of its sources that has them."""
        components = default_weights(network, self._catalogue)
        damaged: DamagedWeightsError | None = None
        reasons: list[str] = []
        # The sort is stable: what is on this machine comes first.
        for component in sorted(components, key=lambda each: self.locate(each) is None):
            try:
                return self.ensure(component, stated, temporary=True)
            except DamagedWeightsError as error:
                damaged = error
            except OfflineError:
                continue
            except WeightsError as error:
                reasons.append(error.message.removesuffix("."))
        if damaged is not None:
            raise damaged
        raise self._unavailable(network, components, reasons)

    def _given(
        self,
        path: Path,
        network: str,
        candidates: list[Component[WeightsSpec]],
        stated: str | None,
    ) -> Choice:
        if not is_file(path):
            raise missing_file(path, "weights file")
        digest = sha256_of(path)
        if stated:
            check_stated(path, digest, stated)
        for component in candidates:
            spec = component.spec
            if spec.source.archive_sha256 == digest:
                member = self._fetcher.extract(spec, path)
                return Choice(component, member, GIVEN, verify(member, spec))
            if spec.sha256 and digest.startswith(spec.sha256):
                return Choice(component, path, GIVEN, verify(path, spec, stated))
        check_promised_digest(path, digest)
        for component in candidates:
            spec = component.spec
            # A pinned file is recognized by its digest alone.
            if spec.source.by_user and spec.sha256 is None and spec.source.accepts(path):
                return Choice(component, path, GIVEN, digest)
        raise InputError(
            f"{path} is not a known weights file of {network}.",
            f"Its SHA-256 is {digest}; `stylekit weights list` shows the known files and suffixes.",
        )

    def _unavailable(
        self, network: str, components: list[Component[WeightsSpec]], reasons: list[str]
    ) -> WeightsError:
        """Return the error that lists the ways to get weights, and the others of the network."""
        known = self._components(network)
        others = [c for c in known if c not in components]
        here = [c.spec.name for c in others if self.locate(c) is not None]
        ways = ways_to_get(components, others, here)
        if not known:
            return WeightsError(f"No plugin registers weights of '{network}'.")
        if not components:
            return WeightsError(
                f"The weights of {network} are not on this machine, and only you can provide them.",
                ways,
            )
        spec = components[0].spec
        why = (
            f"cannot be fetched: {'; '.join(reasons)}"
            if reasons
            else "--offline forbids fetching them"
        )
        size = f", {spec.size_mb:g} MB" if spec.size_mb else ""
        return WeightsError(
            f"The weights of {network} ({spec.name}{size}) are not on this machine, and {why}.",
            ways,
        )
