"""Weights from elsewhere to this machine: copied or downloaded, verified, then given their name."""

from __future__ import annotations

import contextlib
import logging
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from stylekit.errors import DamagedWeightsError, InputError, WeightsError, one_line
from stylekit.files.atomic import atomic_write
from stylekit.specs import WeightsDraft, WeightsSpec
from stylekit.weights.cache import cached_path, remember, verify
from stylekit.weights.download import downloaded

_log = logging.getLogger(__name__)

TOLERANCE = 1.25
"""How much larger than its spec says a file may be: some sizes are in MiB."""

MOST_BYTES = 16e9
"""Limit for a file whose spec does not give its size."""


class UnwritableCacheError(WeightsError):
    """The cache cannot be written (exit code 3)."""


class Fetcher:
    """Fills the cache; if that cannot be written, a folder that is removed with this object."""

    def __init__(self) -> None:
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self._has_named_cache = False

    def fetch(self, spec: WeightsSpec, stated: str | None = None, temporary: bool = False) -> Path:
        """Let the source fetch its file, and verify it.

        Args:
            stated: the whole SHA-256 that it must have, if the user has stated it.
            temporary: if the cache cannot be written, use the other folder.

        Raises:
            WeightsError: the file is unavailable, or cannot be written.
            DamagedWeightsError: the fetched file is not the pinned one.
        """
        size = f"{spec.size_mb:g} MB, " if spec.size_mb else ""
        announcement = f"Fetching {spec.name} ({size}{spec.source.describe()}) ..."
        path = self._fill(spec, spec.source.fetch, announcement, stated, temporary)
        if path == cached_path(spec) and not self._has_named_cache:
            self._has_named_cache = True
            _log.info(f"  kept in {path.parent}")
        return path

    def extract(self, spec: WeightsSpec, archive: Path) -> Path:
        """Let the source extract its file from an archive on this machine, and verify it.

        Raises:
            WeightsError: the file cannot be written.
            DamagedWeightsError: the archive does not hold the pinned file.
        """
        return self._fill(spec, lambda draft: spec.source.extract(archive, draft), "", None, True)

    def _fill(
        self,
        spec: WeightsSpec,
        fill: Callable[[WeightsDraft], None],
        announcement: str,
        stated: str | None,
        temporary: bool,
    ) -> Path:
        target = cached_path(spec)
        try:
            digest = _filled(_Draft(target, spec, announcement), spec, fill, stated)
        except UnwritableCacheError as why:
            if not temporary:
                raise
            target = self._temporary_path(target, why)
            try:
                _filled(_Draft(target, spec, announcement), spec, fill, stated)
            except UnwritableCacheError:
                raise why from None
            except WeightsError as error:
                raise WeightsError(f"{error.message}; {why.message.removesuffix('.')}") from None
        else:
            remember(spec, digest)
        return target

    def _temporary_path(self, target: Path, why: UnwritableCacheError) -> Path:
        if self._temporary is None:
            try:
                self._temporary = tempfile.TemporaryDirectory(prefix="stylekit-weights-")
            except OSError:
                raise why from None
        _log.warning(f"{why.message} The file is kept for this run alone.")
        return Path(self._temporary.name) / target.name


class _Draft:
    """A file beside its target, renamed to it when everything succeeds; see `WeightsDraft`."""

    def __init__(self, target: Path, spec: WeightsSpec, announcement: str) -> None:
        self.target = target
        self.file: Path | None = None
        self.writing = contextlib.ExitStack()
        self._max_bytes = TOLERANCE * spec.size_mb * 1e6 or MOST_BYTES
        self._announcement = announcement

    @property
    def path(self) -> Path:
        """Create the file when a source asks for it first."""
        if self.file is None:
            self._announce()
            with _naming(self.target):
                self.file = self.writing.enter_context(atomic_write(self.target))
        return self.file

    def download(self, url: str) -> None:
        """Download the file; see `stylekit.weights.download`."""
        if self.file is not None:
            raise RuntimeError("a draft takes one file: write to `path`, or download it once")
        self._announce()
        with _naming(self.target):
            part = downloaded(url, self.target, self._max_bytes)
            self.file = self.writing.enter_context(part)

    def _announce(self) -> None:
        if self._announcement:
            _log.info(self._announcement)
        self._announcement = ""


def _filled(
    draft: _Draft, spec: WeightsSpec, fill: Callable[[WeightsDraft], None], stated: str | None
) -> str:
    """Fill a draft, verify it, give it its name, and return its SHA-256."""
    with _naming(draft.target), draft.writing:
        _call(draft, spec, fill)
        if draft.file is None:
            raise WeightsError(f"The source of weights '{spec.name}' gave no file")
        try:
            return verify(draft.file, spec, stated)
        except DamagedWeightsError as error:
            error.message = error.message.replace(str(draft.file), str(draft.target))
            raise


def _call(draft: _Draft, spec: WeightsSpec, fill: Callable[[WeightsDraft], None]) -> None:
    """Run a source's code; its errors are about its file, unless the draft cannot be written."""
    try:
        fill(draft)
    except (DamagedWeightsError, WeightsError):
        raise
    except OSError as error:
        if error.filename is None or draft.target.parent in Path(str(error.filename)).parents:
            raise
        reason = f"{error.strerror}: {error.filename}"
        raise WeightsError(f"{spec.source.describe()} is not available ({reason})") from error
    except Exception as error:
        raise WeightsError(
            f"The source of weights '{spec.name}' failed ({one_line(error)})"
        ) from error


@contextlib.contextmanager
def _naming(target: Path) -> Iterator[None]:
    """Turn errors of writing a target into an UnwritableCacheError."""
    try:
        yield
    except DamagedWeightsError:
        raise
    except InputError as error:
        raise _unwritable(error.message) from error
    except OSError as error:
        raise _unwritable(f"Cannot write {target}: {error.strerror or error}.") from error


def _unwritable(message: str) -> UnwritableCacheError:
    # In the message, as an error that lists several reasons takes no hints.
    return UnwritableCacheError(
        f"{message.removesuffix('.')} (set STYLEKIT_CACHE to a folder that you can write to)."
    )
