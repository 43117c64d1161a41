"""Detection of camera RAW files, which are refused so that their thumbnail is not stylized."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from stylekit.errors import InputError

SUFFIXES = frozenset(
    (
        *(".3fr", ".ari", ".arw", ".bay", ".cap", ".cr2", ".cr3", ".crw", ".dcr", ".dng", ".erf"),
        *(".fff", ".iiq", ".k25", ".kdc", ".mef", ".mos", ".mrw", ".nef", ".nrw", ".orf", ".pef"),
        *(".ptx", ".raf", ".raw", ".rw2", ".rwl", ".sr2", ".srf", ".srw", ".x3f"),
    )
)

_HEADS = (b"FUJIFILMCCD-RAW", b"IIRO", b"IIRS", b"MMOR", b"IIU\0", b"FOVb", b"\0MRM")
_CANON = b"crx "

_NEW_SUBFILE_TYPE, _DNG_VERSION = 254, 50706
_REDUCED = 1


def check_raw(path: Path, head: bytes) -> None:
    """Refuse a camera RAW file by its suffix or its first bytes.

    Raises:
        InputError: it is a camera RAW file.
    """
    canon = head[4:8] == b"ftyp" and head[8:12] == _CANON
    if path.suffix.lower() in SUFFIXES or canon or head.startswith(_HEADS):
        raise _refusal()


def check_opened(image: Image.Image) -> None:
    """Refuse a TIFF whose first page is the thumbnail of a camera's RAW file.

    Raises:
        InputError: it is a camera RAW file.
    """
    tags = getattr(image, "tag_v2", None)
    if image.format != "TIFF" or tags is None:
        return
    kind = tags.get(_NEW_SUBFILE_TYPE)
    if _DNG_VERSION in tags or (isinstance(kind, int) and kind & _REDUCED):
        raise _refusal()


def _refusal() -> InputError:
    return InputError(
        "camera RAW files are not supported",
        "Export it as a JPEG, PNG or TIFF from the camera's program or a RAW converter.",
    )
