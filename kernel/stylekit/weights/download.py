"""Fetching files from an address, over connections that break, and after kills.

What has arrived lies in a hidden `.part` file beside the target, which its process has locked. What
a process that is gone has left is continued by the next one, as long as the server says that it
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
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO

from stylekit.errors import WeightsError
from stylekit.files.draft import sync_folder
from stylekit.files.flock import is_at, try_lock
from stylekit.text import truncate

_log = logging.getLogger(__name__)

CONNECT_SECONDS = 5
"""How long to wait for a host that does not answer, or stops answering."""

ATTEMPTS = 4
"""How often in turn a connection may break before it has brought anything new."""

BACKOFF_SECONDS = 1.0
"""The first wait after a break; each further one is twice as long."""

_LOG_SECONDS = 5
_CHUNK = 1 << 20


@contextlib.contextmanager
def downloaded(url: str, target: Path, most: float) -> Iterator[Path]:
    """Fetch a file to a hidden one, for the block to look at; then it becomes `target`.

    If the block raises anything, nothing of the file stays. Progress is logged every few seconds.

    Args:
        most: bytes that it may have.

    Raises:
        WeightsError: the address cannot be reached, its connection keeps breaking, or it gives
            more than `most`.
        OSError: the file cannot be written.
    """
    try:
        answer = _open(url)
    except _Broken as error:
        raise WeightsError(f"{url} cannot be reached ({error})") from None
    with answer:
        version = _version(answer)
        file = _part(target, url, version)
        part, kept = Path(file.name), bool(version)
        try:
            with file:
                _Fetch(url, version, file, most).run(answer)
                kept = False
                yield part
                os.fsync(file.fileno())
                if os.name == "nt":
                    file.close()  # Windows renames no file that is open.
                part.replace(target)
                sync_folder(target.parent)
        except (OSError, _TooLargeError):
            # On a full disk, nothing of it is to stay.
            kept = False
            raise
        finally:
            if not kept or (part.exists() and not part.stat().st_size):
                part.unlink(missing_ok=True)


class _Broken(Exception):  # noqa: N818 - it is an outcome: the next try may succeed
    """The connection was not made, or ended before the file did."""


class _TooLargeError(WeightsError):
    """An address that gives more than the file that it should be."""


class _Fetch:
    """A file on its way."""

    def __init__(
        self,
        url: str,
        version: str,
        file: BinaryIO,
        most: float,
    ) -> None:
        self._url, self._version, self._file = url, version, file
        self._most = most

    def run(self, first: http.client.HTTPResponse) -> None:
        """Append what is missing, however often the connection breaks, as long as it goes on."""
        answer: http.client.HTTPResponse | None = first
        furthest, whole = self._file.seek(0, os.SEEK_END), _length(first)
        if furthest:
            if furthest == whole:
                return
            answer = None
            _log.info(f"  continued at {furthest / 1e6:.0f} MB")
        broken = 0
        while True:
            try:
                with answer or _open(self._url, self._file.tell(), self._version) as stream:
                    self._append(stream)
                return
            except _Broken as error:
                size = self._file.tell()
                broken = 0 if size > furthest else broken + 1
                furthest = max(furthest, size)
                if broken >= ATTEMPTS:
                    raise WeightsError(
                        f"{self._url}: the connection broke after {size} bytes ({error})"
                    ) from None
            answer = None
            time.sleep(BACKOFF_SECONDS * 2**broken)

    def _append(self, stream: http.client.HTTPResponse) -> None:
        """Take what an answer holds: the rest of the file, or all of it anew."""
        file, length = self._file, _length(stream)
        if not _continues(stream, file.tell()):
            file.seek(0)
            file.truncate()
        whole = file.tell() + length
        if length and whole > self._most:
            raise self._too_large(whole)
        logged = time.monotonic()
        for piece in _pieces(stream):
            file.write(piece)
            if file.tell() > self._most:
                raise self._too_large(file.tell())
            if time.monotonic() - logged > _LOG_SECONDS:
                logged = time.monotonic()
                of = f" of {whole / 1e6:.0f}" if length else ""
                _log.info(f"  {file.tell() / 1e6:.0f}{of} MB")
        file.flush()
        if length and file.tell() < whole:
            raise _Broken("it ended early")

    def _too_large(self, size: float) -> WeightsError:
        return _TooLargeError(
            f"{self._url} gives {size / 1e6:.0f} MB or more, and the file has "
            f"{self._most / 1e6:.0f} MB at most"
        )


def _open(url: str, begin: int = 0, version: str = "") -> http.client.HTTPResponse:
    """Ask for a file from a byte on; without a version, or of another one, it is all of it."""
    request = urllib.request.Request(url)
    if begin and version:
        request.add_header("Range", f"bytes={begin}-")
        request.add_header("If-Range", version)
    try:
        answer: http.client.HTTPResponse = urllib.request.urlopen(request, timeout=CONNECT_SECONDS)
    except urllib.error.HTTPError as error:
        # Its own text has the status too: `HTTP Error 404: Not Found`.
        if error.code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise _Broken(error) from None
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


def _length(stream: http.client.HTTPResponse) -> int:
    """Return how many bytes an answer says to have, or 0."""
    length = stream.headers.get("Content-Length", "")
    return int(length) if length.isdecimal() else 0


def _version(stream: http.client.HTTPResponse) -> str:
    """Return what `If-Range` takes to tell whether a file is still the same, or nothing."""
    tag: str = stream.headers.get("ETag", "")
    return tag if tag.startswith('"') else str(stream.headers.get("Last-Modified", ""))


def _part(target: Path, url: str, version: str) -> BinaryIO:
    """Open the locked part of a file, and remove what processes that are gone have left else."""
    target.parent.mkdir(parents=True, exist_ok=True)
    name = truncate(target.name, 60)
    key = hashlib.sha256(f"{url} {version}".encode()).hexdigest()[:16]
    found: BinaryIO | None = None
    for path in target.parent.glob(f".{glob.escape(name)}.*.part"):
        file = _locked(path, (True,))
        if file is not None and version and found is None and f".{key}." in path.name:
            found = file
        elif file is not None:
            path.unlink()
            file.close()
    if found is None:
        new = target.with_name(f".{name}.{key}.{secrets.token_hex(4)}.part")
        new.open("xb").close()
        # None: a file system without locks, where nobody takes it for left.
        found = _locked(new, (True, None))
    # Gone already: a process that came at this instant has taken the empty file for left.
    return found or _part(target, url, version)


def _locked(path: Path, enough: tuple[bool | None, ...]) -> BinaryIO | None:
    """Open a part, if locking it ends as it must and it has not gone meanwhile."""
    with contextlib.suppress(OSError):
        file = path.open("r+b")
        if try_lock(file.fileno()) in enough and is_at(file.fileno(), path):
            return file
        file.close()
    return None
