"""Weights files on this machine: where they are, and whether they are the pinned ones.

A file that its publisher pins by only 8 hex digits of its SHA-256 can be forged within minutes. So
the whole digest of the first one fetched is kept beside it (`NAME.sha256`), and later files must
have the same.
"""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path
from typing import Literal

import platformdirs

from stylekit.errors import DamagedWeightsError, InputError
from stylekit.files.atomic import atomic_write, sha256_of
from stylekit.specs import WeightsSpec

FULL = 64
"""Hex digits of a whole SHA-256."""

_PIN = re.compile(r"[0-9a-f]{8,64}")


def cache_dir() -> Path:
    """Return the folder of downloaded weights: `$STYLEKIT_CACHE`, or the user's cache folder."""
    try:
        root = os.environ.get("STYLEKIT_CACHE") or platformdirs.user_cache_dir("stylekit")
    except RuntimeError:
        # The user has no home; older platformdirs leave the `~`.
        root = "~/.cache/stylekit"
    root = os.path.expanduser(root)  # noqa: PTH111 - it accepts a user without a home
    if root.startswith("~"):
        # Such users own the root folder in containers. Never write to a folder called `~`.
        root = os.sep + root.partition(os.sep)[2]
    return Path(root) / "weights"


def cached_path(spec: WeightsSpec) -> Path:
    """Return the path of a component's file in the cache, whether it is there or not."""
    # A source is a plugin's: its file name must not lead out of the cache.
    name = spec.source.file_name.replace("\\", "/").rpartition("/")[2]
    return cache_dir() / f"{spec.name}-{name}"


def pinned(spec: WeightsSpec) -> Literal["full", "8 digits"] | None:
    """Return how much of its file's SHA-256 a spec pins; None for a user's own file."""
    if spec.sha256 is None:
        return None
    return "full" if len(spec.sha256) == FULL else "8 digits"


def digest_file(spec: WeightsSpec) -> Path:
    """Return the path of the digest of the first file that was fetched."""
    cached = cached_path(spec)
    return cached.with_name(f"{cached.name}.sha256")


def first_fetched(spec: WeightsSpec) -> str | None:
    """Return the whole SHA-256 of the first file that was fetched, if its spec pins only a part."""
    if pinned(spec) != "8 digits":
        return None
    try:
        digest = digest_file(spec).read_text(encoding="ascii", errors="replace")[:FULL]
    except OSError:
        return None
    # The digest of a file that an earlier release pinned does not count.
    is_digest = re.fullmatch(r"[0-9a-f]{64}", digest) is not None
    return digest if is_digest and digest.startswith(str(spec.sha256)) else None


def remember(spec: WeightsSpec, digest: str) -> None:
    """Remember the whole SHA-256 of a fetched file if its spec pins only a part."""
    if pinned(spec) == "8 digits" and first_fetched(spec) != digest:
        # In the format of `sha256sum --check`. A cache that cannot be written has no file either.
        with contextlib.suppress(InputError), atomic_write(digest_file(spec)) as draft:
            draft.write_text(f"{digest}  {cached_path(spec).name}\n", encoding="ascii")


def verify(path: Path, spec: WeightsSpec, stated: str | None = None) -> str:
    """Return the SHA-256 of a file after comparing it with what is known of it.

    Args:
        stated: the whole SHA-256 that the user states; it overrides the first one fetched.

    Raises:
        DamagedWeightsError: the digest is not the one that the spec pins, that the user states or
            that was fetched first; or the spec pins none, although users do not bring the file.
    """
    if not spec.source.by_user and not _PIN.fullmatch(spec.sha256 or ""):
        raise DamagedWeightsError(
            f"Weights '{spec.name}' cannot be verified: their plugin pins no SHA-256.",
            "Report it to the plugin's author: `sha256` needs 8 to 64 hexadecimal digits.",
        )
    try:
        digest = sha256_of(path)
    except OSError as error:
        raise DamagedWeightsError(f"Cannot read weights file {path}: {error.strerror}.") from None
    if spec.sha256 and not digest.startswith(spec.sha256):
        raise DamagedWeightsError(
            f"Weights file {path} is damaged: its SHA-256 is {digest[:16]}..., "
            f"expected {spec.sha256[:16]}...",
            _remedy(path, spec),
        )
    if stated:
        check_stated(path, digest, stated)
    elif (first := first_fetched(spec)) and digest != first:
        raise DamagedWeightsError(
            f"Weights file {path} is not the one that was fetched first: its SHA-256 is {digest}, "
            f"that of the first was {first}. The publisher pins only {spec.sha256}.",
            f"One of the two is forged, unless the publisher has changed the file. If you know the "
            f"right one: --weights {spec.name}#sha256=HEX (kept in {digest_file(spec)}).",
        )
    return digest


def check_stated(path: Path, digest: str, stated: str) -> None:
    """Compare a digest with the one that the user states.

    Raises:
        DamagedWeightsError: they differ.
    """
    if digest != stated:
        raise DamagedWeightsError(
            f"Weights file {path} is not the stated one: its SHA-256 is {digest}, not {stated}.",
            "Download it again, or state the digest that its publisher gives.",
        )


def check_promised_digest(path: Path, digest: str) -> None:
    """Compare a digest with the file's name, as PyTorch names files: `name-<first 8 digits>.pth`.

    Raises:
        DamagedWeightsError: the name promises another digest.
    """
    promised = path.stem.rpartition("-")[2].lower()
    is_hex = len(promised) == 8 and all(char in "0123456789abcdef" for char in promised)
    if is_hex and not digest.startswith(promised):
        raise DamagedWeightsError(
            f"Weights file {path} is damaged: its SHA-256 starts with {digest[:8]}, and its name "
            f"says {promised}.",
            "Download it again.",
        )


def _remedy(path: Path, spec: WeightsSpec) -> str:
    if spec.source.can_fetch and path.parent == cache_dir():
        return f"Delete it, then: stylekit weights fetch {spec.name}"
    advice = spec.source.advice()
    return f"It is broken, or of another release. {advice}" if advice else "Replace the file."
