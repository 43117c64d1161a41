"""Tensors from untrusted files: no code runs, and no small file fills the memory."""

from __future__ import annotations

import io
import pickle
import tarfile
import warnings
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from stylekit.errors import DamagedWeightsError, InputError, MemoryLimitError
from stylekit.machine import devices
from stylekit.records.checkpoint import Checkpoint
from stylekit.records.provenance import Provenance
from stylekit.weights.tensor_files import as_float32, load_tensors, read_state_dict

GIGA = 1 << 30


class Calls:
    """Unpickling it calls something that `weights_only` allows."""

    def __init__(self, called: Callable[..., object], *arguments: object) -> None:
        self.called, self.arguments = called, arguments

    def __reduce__(self) -> tuple[Any, ...]:
        return self.called, self.arguments


def expanded(path: Path) -> None:
    torch.save({"a": torch.zeros(1).expand(8 * GIGA)}, path)


def many_names_of_one(path: Path) -> None:
    whole = torch.zeros(GIGA // 1024)
    torch.save({f"{index}": whole for index in range(10)}, path)


def allocated(path: Path) -> None:
    torch.save({"a": Calls(torch.Tensor, GIGA)}, path)


def allocated_bytes(path: Path) -> None:
    torch.save({"a": Calls(bytearray, GIGA)}, path)


def allocated_before_1_6(path: Path) -> None:
    torch.save({"a": Calls(bytearray, GIGA)}, path, _use_new_zipfile_serialization=False)


def with_another_archive_behind(path: Path) -> None:
    allocated_before_1_6(path)
    harmless = io.BytesIO()
    torch.save({"a": torch.zeros(3)}, harmless)
    path.write_bytes(path.read_bytes() + harmless.getvalue())


def packed(path: Path) -> None:
    plain = io.BytesIO()
    torch.save({"a": torch.zeros(GIGA // 64)}, plain)
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as to:
        for member in source.infolist():
            to.writestr(member.filename, source.read(member))


def twice_the_same_name(path: Path) -> None:
    torch.save({"a": torch.zeros(3)}, path)
    with warnings.catch_warnings(), zipfile.ZipFile(path, "a") as archive:
        warnings.simplefilter("ignore")
        name = next(each for each in archive.namelist() if each.endswith("data.pkl"))
        archive.writestr(name, pickle.dumps({}, 2))


def program(path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.script(torch.nn.Conv2d(1, 1, 1)).save(str(path))


def tar(path: Path) -> None:
    with tarfile.open(path, "w") as archive:
        for name in ("sys_info", "pickle", "storages", "tensors"):
            archive.addfile(tarfile.TarInfo(name), io.BytesIO())


def sparse(path: Path) -> None:
    torch.save({"a": torch.eye(3).to_sparse()}, path)


def on_no_device(path: Path) -> None:
    torch.save({"a": torch.zeros(GIGA, device="meta")}, path)


def a_pickle(path: Path) -> None:
    path.write_bytes(pickle.dumps({"a": 1}, 2))


REFUSED = [
    (expanded, "times its size"),
    (many_names_of_one, "times its size"),
    (allocated, r"more than dense tensors \(torch\.Tensor\)"),
    (allocated_bytes, "bytearray"),
    (allocated_before_1_6, "bytearray"),
    (with_another_archive_behind, "bytearray"),
    (packed, "times its size"),
    (twice_the_same_name, "one name twice"),
    (program, "a TorchScript program"),
    (tar, "a tar archive"),
    (sparse, "more than dense tensors"),
    (on_no_device, "more than dense tensors"),
    (a_pickle, "not a PyTorch file"),
]


@pytest.mark.parametrize(("write", "words"), REFUSED, ids=[each[0].__name__ for each in REFUSED])
def test_a_file_that_claims_or_does_more_than_it_holds_is_refused(
    write: Callable[[Path], None], words: str, tmp_path: Path
) -> None:
    path = tmp_path / "net.pth"
    write(path)
    with pytest.raises(DamagedWeightsError, match=words):
        read_state_dict(path)


@pytest.mark.parametrize("zipped", [True, False])
def test_a_checkpoint_of_training_is_read(zipped: bool, tmp_path: Path) -> None:
    path = tmp_path / "net.pth"
    weight = torch.nn.Parameter(torch.ones(4, 4))
    state = OrderedDict(a=weight, tied=weight, half=torch.ones(2).half(), count=torch.tensor(3))
    more = {"epoch": 3, "names": ["x", ("y", None)], "shape": torch.Size([1]), "kind": torch.half}
    torch.save({"state_dict": state, **more}, path, _use_new_zipfile_serialization=zipped)
    read = read_state_dict(path)
    assert list(read) == list(state)
    assert torch.equal(as_float32(read["a"], "a", path), torch.ones(4, 4))
    assert not as_float32(read["a"], "a", path).requires_grad
    assert as_float32(read["half"], "half", path).dtype == torch.float32
    assert as_float32(read["count"], "count", path).dtype == torch.int64
    assert load_tensors(path)["names"] == more["names"]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (torch.tensor([1.0, torch.nan]), "not finite"),
        (torch.tensor([1j]), "not a tensor of real numbers"),
        (3, "not a tensor"),
    ],
)
def test_a_value_that_is_not_a_weight_is_refused(value: object, words: str) -> None:
    with pytest.raises(DamagedWeightsError, match=words):
        as_float32(value, "a", "net.pth")


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_a_file_larger_than_the_free_memory_is_refused_before_it_is_read(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"net{suffix}"
    tensors = {"a": torch.zeros(1000)}
    torch.save(tensors, path) if suffix == ".pth" else save_file(tensors, path)
    monkeypatch.setattr(devices, "free_memory", lambda device: 1000)
    with pytest.raises(MemoryLimitError, match="of memory are free"):
        read_state_dict(path)


def test_a_state_to_resume_is_read_with_the_same_care(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "night.png", Provenance({}, {}, {}), 0)
    expanded(checkpoint.path)
    with pytest.raises(InputError, match="is damaged"):
        checkpoint.load(torch.device("cpu"))
