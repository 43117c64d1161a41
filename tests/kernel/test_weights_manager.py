"""Fetching and verifying weights, from a real server on this machine."""

from __future__ import annotations

import hashlib
import http.server
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
import torchvision

import stylekit
from stylekit import Host
from stylekit.errors import DamagedWeightsError, UsageError, WeightsError
from stylekit.registry.catalogue import Component
from stylekit.specs import WeightsSpec
from stylekit.weights import Online, download
from stylekit.weights.cache import cached_path
from stylekit.weights.manager import WeightsManager


@pytest.fixture(scope="module")
def state_dict(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    torch.manual_seed(0)
    model = torchvision.models.vgg16(weights=None).features
    path = tmp_path_factory.mktemp("net") / "net.pth"
    torch.save({f"features.{key}": value for key, value in model.state_dict().items()}, path)
    return path.read_bytes()


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Path, str]]:
    """A folder that a server serves, and its address; the cache is empty."""
    folder = tmp_path / "served"
    folder.mkdir()
    monkeypatch.setenv("STYLEKIT_CACHE", str(tmp_path / "cache"))
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments, directory=str(folder))  # type: ignore[arg-type]

        def log_message(self, *arguments: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


class Plugin:
    def __init__(self, url: str, sha256: str) -> None:
        self.url, self.sha256 = url, sha256

    @stylekit.hookimpl
    def register_weights(self) -> list[WeightsSpec]:
        return [
            WeightsSpec(
                name="mine",
                network="my-vgg16",
                summary="",
                source=Online(url=self.url),
                sha256=self.sha256,
                factory="stylekit_plugins.weights.state_dict:TorchvisionVGG16",
            )
        ]


def manager(url: str, sha256: str, offline: bool = False) -> WeightsManager:
    host = Host({"mine": Plugin(url, sha256)})
    return WeightsManager(host.catalogue, {}, offline)


def component(which: WeightsManager) -> Component[WeightsSpec]:
    return which._catalogue.find(WeightsSpec, "mine")


def test_a_file_is_fetched_once_verified_and_cached(
    served: tuple[Path, str], state_dict: bytes, logged: list[str]
) -> None:
    folder, address = served
    (folder / "net.pth").write_bytes(state_dict)
    digest = hashlib.sha256(state_dict).hexdigest()
    first = manager(f"{address}/net.pth", digest[:8])
    parameters = first.load("my-vgg16")
    assert parameters.sha256 == digest
    assert "features.0.weight" in parameters.state
    assert any(line.startswith("Fetching mine") for line in logged)
    assert "(online;" in logged[-1]
    (folder / "net.pth").unlink()
    logged.clear()
    second = manager(f"{address}/net.pth", digest, offline=True)
    assert second.load("my-vgg16").sha256 == digest
    assert len(logged) == 1
    assert "(cache;" in logged[0]


def test_a_file_other_than_the_pinned_one_is_not_cached(
    served: tuple[Path, str], state_dict: bytes
) -> None:
    folder, address = served
    (folder / "net.pth").write_bytes(state_dict)
    which = manager(f"{address}/net.pth", "0" * 64)
    with pytest.raises(DamagedWeightsError, match="expected 0000"):
        which.ensure(component(which))
    cache = cached_path(component(which).spec).parent
    assert list(cache.iterdir()) == []


def test_a_damaged_cached_file_is_fetched_again(
    served: tuple[Path, str], state_dict: bytes, logged: list[str]
) -> None:
    folder, address = served
    (folder / "net.pth").write_bytes(state_dict)
    digest = hashlib.sha256(state_dict).hexdigest()
    which = manager(f"{address}/net.pth", digest)
    cached = cached_path(component(which).spec)
    cached.parent.mkdir(parents=True)
    cached.write_bytes(state_dict[:-100])
    assert which.load("my-vgg16").sha256 == digest
    assert cached.read_bytes() == state_dict
    assert any("is damaged" in line for line in logged)


def test_a_missing_file_is_an_error_with_the_ways_to_get_it(served: tuple[Path, str]) -> None:
    which = manager(f"{served[1]}/gone.pth", "0" * 64)
    with pytest.raises(WeightsError) as caught:
        which.load("my-vgg16")
    assert "404" in str(caught.value) or "Not Found" in str(caught.value)
    assert caught.value.exit_code == 3
    assert "1." in str(caught.value.hint)
    assert "3." in str(caught.value.hint)


def test_a_host_that_does_not_answer_costs_seconds(served: tuple[Path, str]) -> None:
    """The host accepts the connection and sends nothing, which is worse than a refusal."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        which = manager(f"http://127.0.0.1:{silent.getsockname()[1]}/net.pth", "0" * 64)
        begun = time.perf_counter()
        with pytest.raises(WeightsError, match="cannot be reached"):
            which.load("my-vgg16")
        assert time.perf_counter() - begun < 15


def test_a_broken_connection_leaves_nothing(
    served: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "ATTEMPTS", 1)

    def answer(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        connection.recv(65536)
        connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: 1000000\r\n\r\nonly this")
        connection.close()

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        threading.Thread(target=answer, args=(listener,), daemon=True).start()
        which = manager(f"http://127.0.0.1:{listener.getsockname()[1]}/net.pth", "0" * 64)
        begun = time.perf_counter()
        with pytest.raises(WeightsError):
            which.load("my-vgg16")
        assert time.perf_counter() - begun < 15
    assert list(cached_path(component(which).spec).parent.iterdir()) == []


def test_offline_uses_no_network(served: tuple[Path, str], state_dict: bytes) -> None:
    folder, address = served
    (folder / "net.pth").write_bytes(state_dict)
    which = manager(f"{address}/net.pth", hashlib.sha256(state_dict).hexdigest(), offline=True)
    with pytest.raises(WeightsError, match="--offline"):
        which.load("my-vgg16")


def test_weights_of_another_network_are_refused() -> None:
    with pytest.raises(UsageError, match="are for vgg19"):
        WeightsManager(Host(builtins_only=True).catalogue, {}).select("vgg16", "vgg19-oxford-8bit")


def test_a_safetensors_file_of_the_users_own(state_dict: bytes, tmp_path: Path) -> None:
    from safetensors.torch import save_file

    (tmp_path / "net.pth").write_bytes(state_dict)
    tensors = torch.load(tmp_path / "net.pth", weights_only=True)
    save_file(tensors, tmp_path / "net.safetensors")
    loaded = WeightsManager(Host(builtins_only=True).catalogue, {}).load(
        "vgg16", str(tmp_path / "net.safetensors")
    )
    assert torch.equal(loaded.state["features.28.bias"], tensors["features.28.bias"])
    assert loaded.name == "weights:vgg16-file"
