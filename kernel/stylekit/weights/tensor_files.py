"""Read tensors from untrusted files: no code runs, and no file takes much more than its size.

PyTorch's `weights_only` keeps a file from running code, but not from filling the memory: a file of
1 kB may hold a view of 2^33 elements over one, call `bytearray(2**40)`, or be a zip bomb. So the
names that its pickle calls are checked first, and all sizes are compared with the file's.
"""

from __future__ import annotations

import pickletools
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import torch
from torch import Tensor

from stylekit.errors import DamagedWeightsError, MemoryLimitError
from stylekit.machine import devices

GROWTH = 4
"""How many times its own size a file may take: some tensors have several names."""

_SMALL = 1 << 20
"""Bytes that every file may take."""

_CPU = torch.device("cpu")

_CALLED = {
    "builtins.set",
    "__builtin__.set",
    "collections.OrderedDict",
    "collections.Counter",
    "torch.Size",
    "torch.device",
    "torch.nn.parameter.Parameter",
    "torch._utils._rebuild_parameter",
    "torch._utils._rebuild_tensor_v2",
    "torch._utils._rebuild_tensor_v3",
}
"""Names that a pickle of dense tensors and plain values calls, beside storages and dtypes."""

_LEGACY_PICKLES = 5
"""Pickles that begin a file of torch before 1.6: magic, protocol, system, content, storages."""


def read_state_dict(path: Path) -> dict[str, Any]:
    """Read a `.safetensors` file or the state dict in a PyTorch file, under `state_dict` or bare.

    Values are returned as they are stored; `as_float32` checks and converts them one by one.
    Checkpoints may hold further mappings.

    Raises:
        DamagedWeightsError: the file is neither, or holds more than dense tensors and plain values.
        MemoryLimitError: the file is larger than the free memory.
    """
    if path.suffix.lower() == ".safetensors":
        _check_memory(path, path.stat().st_size)
        loaded: Any = _read_safetensors(path)
    else:
        loaded = load_tensors(path)
    if isinstance(loaded, Mapping) and isinstance(loaded.get("state_dict"), Mapping):
        loaded = loaded["state_dict"]
    if not isinstance(loaded, Mapping):
        raise DamagedWeightsError(f"{path} holds no state dict but a {type(loaded).__name__}.")
    return {name: value for name, value in loaded.items() if isinstance(name, str)}


def load_tensors(path: Path, device: torch.device = _CPU) -> Any:
    """Load a file of `torch.save` with dense tensors in containers, numbers and texts.

    Raises:
        DamagedWeightsError: the file holds anything else, claims more than its size, or is damaged.
        MemoryLimitError: the file is larger than the free memory.
    """
    try:
        size = _unpacked_size(path)
        _check_memory(path, size)
        _check_calls(path)
        loaded = torch.load(path, map_location=device, weights_only=True)
    except (DamagedWeightsError, MemoryLimitError):
        raise
    except Exception as error:
        # The decoders raise any exception, depending on the damage.
        raise DamagedWeightsError(f"Cannot read weights from {path}: {_line(error)}") from error
    claimed = sum(tensor.numel() * tensor.element_size() for tensor in _tensors_in(loaded))
    if claimed > max(GROWTH * size, _SMALL):
        raise DamagedWeightsError(
            f"Cannot read weights from {path}: its tensors claim {claimed / 1e6:.0f} MB, "
            f"{claimed // size} times its size."
        )
    return loaded


def as_float32(value: Any, name: str, path: Path | str) -> Tensor:
    """Return a tensor of a file with floating-point numbers as float32; integers stay.

    Raises:
        DamagedWeightsError: it is not a tensor of real numbers, or has values that are not finite.
    """
    if not isinstance(value, Tensor) or value.is_complex():
        raise DamagedWeightsError(f"{path}: '{name}' is not a tensor of real numbers.")
    try:
        tensor = value.detach().float() if value.is_floating_point() else value.detach()
    except RuntimeError as error:
        # A packed format that no processor computes with.
        raise DamagedWeightsError(f"{path}: '{name}': {_line(error)}") from None
    if not tensor.isfinite().all():
        raise DamagedWeightsError(f"{path}: '{name}' has values that are not finite.")
    return tensor


def _read_safetensors(path: Path) -> dict[str, Tensor]:
    from safetensors.torch import load_file

    try:
        # safetensors compares shapes with the bytes in the file.
        return load_file(path)
    except Exception as error:
        # The error type of safetensors is not public.
        raise DamagedWeightsError(f"Cannot read weights from {path}: {_line(error)}") from error


def _unpacked_size(path: Path) -> int:
    """Return the size of a file in bytes, unpacked if it is an archive; refuse zip bombs."""
    size = path.stat().st_size
    if not _is_archive(path):
        return size
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
    names = {member.filename for member in members}
    if len(names) < len(members):
        raise DamagedWeightsError(f"Cannot read weights from {path}: it holds one name twice.")
    if any(name.endswith("/constants.pkl") for name in names):
        raise DamagedWeightsError(
            f"Cannot read weights from {path}: it is a TorchScript program, not only tensors.",
            "If you trust it, save its tensors alone: "
            'torch.save(torch.jit.load("program.pt").state_dict(), "weights.pth")',
        )
    unpacked = sum(member.file_size for member in members)
    if unpacked > max(GROWTH * size, _SMALL):
        raise DamagedWeightsError(
            f"Cannot read weights from {path}: unpacked it would be {unpacked / 1e6:.0f} MB, "
            f"{unpacked // size} times its size."
        )
    return unpacked


def _check_memory(path: Path, size: int) -> None:
    free = devices.free_memory(_CPU)
    if size > free:
        raise MemoryLimitError(
            f"{path} holds {size / 2**30:.2g} GiB, and {free / 2**30:.2g} GiB of memory are free.",
            "Use a file of the network alone, without the state of its training.",
        )


def _check_calls(path: Path) -> None:
    """Refuse a file whose pickles call more than the constructors of tensors."""
    for content in _pickles_in(path):
        try:
            called = {str(arg) for op, arg, _ in pickletools.genops(content) if op.name == "GLOBAL"}
        except ValueError as error:
            reason = (
                "it is a tar archive"
                if tarfile.is_tarfile(path)
                else "it is damaged, or not a PyTorch file"
            )
            raise DamagedWeightsError(f"Cannot read weights from {path}: {reason}.") from error
        for name in sorted(name.replace(" ", ".") for name in called):
            if not _may_be_called(name):
                raise DamagedWeightsError(
                    f"Cannot read weights from {path}: it holds more than dense tensors ({name}).",
                    "Save the network's state_dict() alone, best as .safetensors.",
                )


def _may_be_called(name: str) -> bool:
    module, _, last = name.rpartition(".")
    is_dtype = module == "torch" and isinstance(getattr(torch, last, None), torch.dtype)
    is_storage = module.partition(".")[0] == "torch" and last.endswith("Storage")
    return name in _CALLED or is_dtype or is_storage


def _pickles_in(path: Path) -> Iterator[IO[bytes] | bytes]:
    if _is_archive(path):
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                if member.filename.endswith("data.pkl"):
                    yield archive.read(member)
    else:
        with path.open("rb") as file:
            for _ in range(_LEGACY_PICKLES):
                # The caller reads it to the end of one pickle.
                yield file


def _tensors_in(loaded: Any) -> Iterator[Tensor]:
    """Yield each tensor as often as it is named, and visit shared containers once."""
    waiting, visited = [loaded], set()
    while waiting:
        value = waiting.pop()
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, Mapping | list | tuple) and id(value) not in visited:
            visited.add(id(value))
            waiting += value.values() if isinstance(value, Mapping) else value


def _is_archive(path: Path) -> bool:
    # By PyTorch's rule: a zip file that follows a pickle must not be checked in its place.
    with path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04"


def _line(error: BaseException) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
