"""A training does not wait forever for processes that never start."""

from __future__ import annotations

import socket
from datetime import timedelta

import pytest
import torch

from stylekit.errors import InputError, UsageError
from stylekit_plugins.training import distributed
from stylekit_plugins.training.distributed import Processes

CPU = torch.device("cpu")


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("WORLD_SIZE", "RANK", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(distributed, "PATIENCE", timedelta(seconds=1))
    return monkeypatch


def test_a_single_process_is_alone(variables: pytest.MonkeyPatch) -> None:
    assert Processes.join(CPU) == Processes(0, 1, CPU)
    variables.setenv("WORLD_SIZE", "1")
    variables.setenv("RANK", "0")
    assert Processes.join(CPU) == Processes(0, 1, CPU)


@pytest.mark.parametrize("also", [(), ("RANK",), ("RANK", "MASTER_ADDR")])
def test_a_pod_that_sets_only_the_number_of_processes_trains_alone(
    variables: pytest.MonkeyPatch, also: tuple[str, ...], warned: list[str]
) -> None:
    for name in ("WORLD_SIZE", *also):
        variables.setenv(name, "4")
    assert Processes.join(CPU) == Processes(0, 1, CPU)
    assert len(warned) == 1
    assert "WORLD_SIZE is 4" in warned[0]
    assert "MASTER_PORT" in warned[0]


@pytest.mark.parametrize("rank", ["0", "1"])
def test_missing_processes_are_an_error(variables: pytest.MonkeyPatch, rank: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    values = {"WORLD_SIZE": "2", "RANK": rank, "MASTER_ADDR": "127.0.0.1"}
    for name, value in {**values, "MASTER_PORT": str(port)}.items():
        variables.setenv(name, value)
    with pytest.raises(InputError, match=f"did not meet at 127.0.0.1:{port} within 1 s"):
        Processes.join(CPU)


def test_a_value_that_is_not_a_number_is_named(variables: pytest.MonkeyPatch) -> None:
    variables.setenv("WORLD_SIZE", "many")
    with pytest.raises(UsageError, match="WORLD_SIZE is 'many'"):
        Processes.join(CPU)
