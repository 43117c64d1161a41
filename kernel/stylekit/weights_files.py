"""Weights files on this machine: where they lie, and whether they are what they should be."""

from __future__ import annotations

import os
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import platformdirs

from stylekit.atomic import sha256_of
from stylekit.errors import DamagedWeightsError
from stylekit.specs import IndexWheel, Installed, Online, WeightsSpec


def cache_dir() -> Path:
    """Return the folder of downloaded weights: `$STYLEKIT_CACHE`, or the user's cache folder."""
    root = os.environ.get("STYLEKIT_CACHE") or platformdirs.user_cache_dir("stylekit")
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


def verify(path: Path, spec: WeightsSpec) -> str:
    """Return the SHA-256 of a file.

    Raises:
        DamagedWeightsError: it is not the one that the spec pins.
    """
    digest = sha256_of(path)
    if spec.sha256 and not digest.startswith(spec.sha256):
        raise DamagedWeightsError(
            f"Weights file {path} is damaged: its SHA-256 is {digest[:16]}..., "
            f"expected {spec.sha256[:16]}...",
            f"Delete it, then: stylekit weights fetch {spec.name}",
        )
    return digest


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
