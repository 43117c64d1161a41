"""Fetching files from an address."""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

from stylekit.errors import WeightsError

CONNECT_SECONDS = 5
"""How long to wait for a host that does not answer, or stops answering."""

_TELL_SECONDS = 5
_CHUNK = 1024 * 1024


def download(url: str, target: Path, tell: Callable[[str], None]) -> None:
    """Download a file, telling every few seconds how far it is.

    Raises:
        WeightsError: the address cannot be reached, or the connection breaks.
        OSError: the file cannot be written.
    """
    told = time.monotonic()
    with target.open("wb") as file:
        for chunk, expected in _chunks(url):
            file.write(chunk)
            if time.monotonic() - told > _TELL_SECONDS:
                told = time.monotonic()
                tell(f"  {file.tell() / 1e6:.0f} of {expected / 1e6:.0f} MB")


def _chunks(url: str) -> Iterator[tuple[bytes, int]]:
    """Yield what an address gives, piece by piece, and how many bytes it has said to have."""
    received = 0
    try:
        with urllib.request.urlopen(url, timeout=CONNECT_SECONDS) as response:
            expected = int(response.headers.get("Content-Length") or 0)
            while chunk := response.read(_CHUNK):
                received += len(chunk)
                yield chunk, expected
    except (OSError, http.client.HTTPException) as error:
        # An HTTPError's own text has the status too: `HTTP Error 404: Not Found`.
        reason = error.reason if type(error) is urllib.error.URLError else error
        raise WeightsError(f"{url} cannot be reached ({reason})") from None
    if expected and received != expected:
        raise WeightsError(f"{url}: the connection broke after {received} bytes")
