"""Download files from an address, over connections that break, and after kills.

The bytes that have arrived are in a hidden `.part` file beside the target, which its process has
locked. The next process continues the part of a killed one, as long as the server says that it
still has the same file (its ETag or its date).
"""

from __future__ import annotations

import contextlib
import glob
import hashlib
import http.client
import logging
import os
import secrets
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.message import Message
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO

from stylekit.errors import WeightsError
from stylekit.files.draft import sync_folder
from stylekit.files.flock import is_at, try_lock
from stylekit.text import truncate
from stylekit.weights.download_progress import Progress, progress

_log = logging.getLogger(__name__)

CONNECT_SECONDS = 5
"""How long to wait for a host that does not answer or stops sending."""

ATTEMPTS = 4
"""How often in a row a connection may break without bringing anything new."""

BACKOFF_SECONDS = 1.0
"""The first wait after a break; each further one is twice as long."""

LONGEST_WAIT_SECONDS = 60.0
"""The longest wait that a busy server may ask for (`Retry-After`)."""

TRANSIENT = frozenset((HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS))
"""Errors of a request that may succeed later, besides those of the server (5xx)."""

_CHUNK = 1 << 20


@contextlib.contextmanager
def downloaded(url: str, target: Path, max_bytes: float) -> Iterator[Path]:
    """Download to a hidden file, which the block may verify; then rename it to `target`.

    If the block raises, nothing of the file stays. Progress is shown; see `download_progress`.
    Proxies are those of the environment (`https_proxy`, `no_proxy`).

    Raises:
        WeightsError: the address cannot be reached, its connection keeps breaking, or it gives
            more than `max_bytes`.
        OSError: the file cannot be written.
    """
    with _first_answer(url) as answer:
        version = _version(answer)
        file = _part(target, url, version)
        part, keep = Path(file.name), bool(version)
        try:
            with file:
                with progress(target.name) as shown:
                    _Download(url, version, file, max_bytes, shown).run(answer)
                keep = False
                yield part
                os.fsync(file.fileno())
                if os.name == "nt":
                    file.close()  # Windows does not rename open files.
                part.replace(target)
                sync_folder(target.parent)
        except (OSError, _TooLargeError):
            # Nothing of the file may stay on a full disk.
            keep = False
            raise
        finally:
            if not keep or (part.exists() and not part.stat().st_size):
                part.unlink(missing_ok=True)


class _Broken(Exception):  # noqa: N818 - it is an outcome: the next try may succeed
    """The connection failed, or ended before the file was complete.

    Attributes:
        busy: the server has answered that it cannot serve the file now.
        wait: seconds after which it wants to be asked again.
    """

    def __init__(self, reason: object, busy: bool = False, wait: float = 0.0) -> None:
        super().__init__(reason)
        self.busy, self.wait = busy, wait


class _TooLargeError(WeightsError):
    """The address gives more bytes than the file may have."""


class _Download:
    """One download that survives broken connections."""

    def __init__(
        self,
        url: str,
        version: str,
        file: BinaryIO,
        max_bytes: float,
        shown: Progress,
    ) -> None:
        self._url, self._version, self._file = url, version, file
        self._max_bytes, self._shown = max_bytes, shown

    def run(self, first: http.client.HTTPResponse) -> None:
        """Append the missing bytes; broken connections are reopened while there is progress."""
        answer: http.client.HTTPResponse | None = first
        furthest, whole = self._file.seek(0, os.SEEK_END), _length(first)
        if furthest:
            if furthest == whole:
                return
            answer = None
            _log.info(f"  continued at {furthest / 1e6:.1f} MB")
        broken = 0
        while True:
            try:
                with answer or _open(self._url, self._file.tell(), self._version) as stream:
                    self._append(stream)
                return
            except _Broken as why:
                error, size = why, self._file.tell()
                broken = 0 if size > furthest else broken + 1
                furthest = max(furthest, size)
                if broken >= ATTEMPTS:
                    raise WeightsError(
                        f"{self._url}: the connection broke after {size} bytes ({error})"
                    ) from None
            answer = None
            _wait(self._url, broken, error.wait)

    def _append(self, stream: http.client.HTTPResponse) -> None:
        """Write the bytes of an answer: the rest of the file, or all of it again."""
        file, length = self._file, _length(stream)
        if not _continues(stream, file.tell()):
            file.seek(0)
            file.truncate()
        whole = file.tell() + length
        if length and whole > self._max_bytes:
            raise self._too_large(whole)
        for piece in _pieces(stream):
            file.write(piece)
            if file.tell() > self._max_bytes:
                raise self._too_large(file.tell())
            self._shown.show(file.tell(), whole if length else 0)
        file.flush()
        if length and file.tell() < whole:
            raise _Broken("it ended early")

    def _too_large(self, size: float) -> WeightsError:
        return _TooLargeError(
            f"{self._url} gives {size / 1e6:.0f} MB or more, but the file has at most "
            f"{self._max_bytes / 1e6:.0f} MB"
        )


def _first_answer(url: str) -> http.client.HTTPResponse:
    """Request a file; a server that is busy is asked again, one that is unreachable is not.

    Raises:
        WeightsError: the address cannot be reached.
    """
    for attempt in range(ATTEMPTS):
        try:
            return _open(url)
        except _Broken as error:
            if not error.busy or attempt == ATTEMPTS - 1:
                raise WeightsError(f"{url} cannot be reached ({error})") from None
            wait = error.wait
        _wait(url, attempt, wait)
    raise AssertionError("the last attempt returns or raises")


def _wait(url: str, attempt: int, requested: float) -> None:
    """Wait before another attempt, at least as long as the server says.

    Raises:
        WeightsError: that is too long.
    """
    if requested > LONGEST_WAIT_SECONDS:
        raise WeightsError(f"{url} is busy, and asks to come back in {requested:.0f} seconds")
    seconds = max(requested, BACKOFF_SECONDS * 2**attempt)
    if seconds >= 1:
        _log.info(f"  trying again in {seconds:.0f} s")
    time.sleep(seconds)


def _open(url: str, begin: int = 0, version: str = "") -> http.client.HTTPResponse:
    """Request a file from a byte on, or all of it if the server no longer has this version."""
    request = urllib.request.Request(url)
    if begin and version:
        request.add_header("Range", f"bytes={begin}-")
        request.add_header("If-Range", version)
    try:
        answer: http.client.HTTPResponse = urllib.request.urlopen(request, timeout=CONNECT_SECONDS)
    except urllib.error.HTTPError as error:
        # The error's text has the status: `HTTP Error 404: Not Found`.
        if error.code >= HTTPStatus.INTERNAL_SERVER_ERROR or error.code in TRANSIENT:
            raise _Broken(error, True, _retry_after(error.headers)) from None
        raise WeightsError(f"{url} cannot be reached ({error})") from None
    except (OSError, http.client.HTTPException) as error:
        reason = error.reason if type(error) is urllib.error.URLError else error
        raise _Broken(reason) from None
    return answer


def _pieces(stream: http.client.HTTPResponse) -> Iterator[bytes]:
    try:
        while piece := stream.read1(_CHUNK):
            yield piece
    except (OSError, http.client.HTTPException) as error:
        raise _Broken(error) from None


def _continues(stream: http.client.HTTPResponse, begin: int) -> bool:
    range_ = stream.headers.get("Content-Range", "")
    return stream.status == HTTPStatus.PARTIAL_CONTENT and range_.startswith(f"bytes {begin}-")


def _retry_after(headers: Message) -> float:
    """Return the seconds of `Retry-After`, which may be a date."""
    text = headers.get("Retry-After", "")
    if text.isdecimal():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (TypeError, ValueError):
        return 0.0


def _length(stream: http.client.HTTPResponse) -> int:
    """Return the number of bytes that an answer declares, or 0."""
    length = stream.headers.get("Content-Length", "")
    return int(length) if length.isdecimal() else 0


def _version(stream: http.client.HTTPResponse) -> str:
    """Return the file's ETag or date for `If-Range`, or nothing if the server sends neither."""
    tag: str = stream.headers.get("ETag", "")
    return tag if tag.startswith('"') else str(stream.headers.get("Last-Modified", ""))


def _part(target: Path, url: str, version: str) -> BinaryIO:
    """Open and lock the part of a file, and remove other parts of processes that are gone."""
    target.parent.mkdir(parents=True, exist_ok=True)
    name = truncate(target.name, 60)
    key = hashlib.sha256(f"{url} {version}".encode()).hexdigest()[:16]
    part: BinaryIO | None = None
    for path in target.parent.glob(f".{glob.escape(name)}.*.part"):
        file = _locked(path, (True,))
        if file is not None and version and part is None and f".{key}." in path.name:
            part = file
        elif file is not None:
            path.unlink()
            file.close()
    if part is None:
        new = target.with_name(f".{name}.{key}.{secrets.token_hex(4)}.part")
        new.open("xb").close()
        # None: the file system has no locks, so no process takes the part for abandoned.
        part = _locked(new, (True, None))
    # If it is gone, another process took the new, empty part for abandoned in that instant.
    return part or _part(target, url, version)


def _locked(path: Path, enough: tuple[bool | None, ...]) -> BinaryIO | None:
    """Open a part if the outcome of locking it is among `enough`, and it is still there."""
    with contextlib.suppress(OSError):
        file = path.open("r+b")
        if try_lock(file.fileno()) in enough and is_at(file.fileno(), path):
            return file
        file.close()
    return None
