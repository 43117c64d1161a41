"""The cluster: one that is there already, or one of this machine that ends with the run."""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import signal
import socket
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

import ray
from ray._private import ray_constants
from ray._raylet import AuthenticationTokenLoader, Config

from stylekit.errors import StylekitError, UsageError, one_line

_ENDING = {signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)}
"""The signals that end a run. Windows has no HUP."""


@contextlib.contextmanager
def cluster(address: str, cpus: int | None) -> Iterator[None]:
    """Be connected to a cluster. If this process is already, it stays so.

    Args:
        address: as Ray knows it; empty: RAY_ADDRESS, or a cluster of this machine.
        cpus: of a cluster of this machine; None: as many as it has.

    Raises:
        UsageError: it cannot be reached.
        StylekitError: it cannot be started.
    """
    if ray.is_initialized():
        yield
        return
    address = address or os.environ.get("RAY_ADDRESS", "")
    local = address in ("", "local")
    # Inputs are private: usage statistics are off unless the user sets this to 1.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    # Ray's workers give way to everybody else (15); these are all that the user waits for.
    os.environ.setdefault("RAY_worker_niceness", "0")
    with contextlib.ExitStack() as until_the_end:
        if local:
            until_the_end.enter_context(_private())
        _connect(address, local, cpus)
        until_the_end.callback(_disconnect)
        yield


def _connect(address: str, local: bool, cpus: int | None) -> None:
    try:
        _probe_address(address)
        with _signals_kept():
            ray.init(
                address or "local",
                num_cpus=cpus if local else None,
                include_dashboard=False if local else None,
                # What workers have to say comes with their reports.
                log_to_driver=False,
                logging_level=logging.ERROR,
            )
    # Ray raises all sorts, plain exceptions among them.
    except Exception as error:
        if local:
            raise StylekitError(
                f"Ray cannot start workers on this machine: {one_line(error)}",
                "--executor local does the same without Ray.",
            ) from None
        raise UsageError(
            f"No Ray cluster is available at '{address}': {one_line(error)}",
            "`ray status` on a machine of the cluster says whether it runs; with an empty "
            "ray.address the workers are of this machine.",
        ) from None
    finally:
        if not ray.is_initialized():
            ray.shutdown()


@contextlib.contextmanager
def _private() -> Iterator[None]:
    """Start clusters that only this machine reaches, and only with a token of this run.

    Ray listens on every interface, and `_node_ip_address="127.0.0.1"` does not change that on
    Linux. What does is its own switch for machines that cannot be part of a cluster.
    """
    names = ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN")
    before = {name: os.environ.get(name) for name in names}
    clusters = ray_constants.ENABLE_RAY_CLUSTER
    os.environ.update(RAY_AUTH_MODE="token", RAY_AUTH_TOKEN=secrets.token_hex(32))
    ray_constants.ENABLE_RAY_CLUSTER = False
    _read_authentication()
    try:
        yield
    finally:
        ray_constants.ENABLE_RAY_CLUSTER = clusters
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
        _read_authentication()


def _read_authentication() -> None:
    """Let Ray read the environment again: it keeps what it read when it was imported."""
    Config.initialize("")
    AuthenticationTokenLoader.instance().reset_cache()


def _disconnect() -> None:
    with _undisturbed():
        ray.shutdown()


def _probe_address(address: str) -> None:
    """See whether anybody answers: Ray would try for minutes.

    Raises:
        OSError: nobody does.
    """
    place = urlsplit(address if "//" in address else f"//{address}")
    if place.hostname and place.port:
        socket.create_connection((place.hostname, place.port), timeout=10).close()


@contextlib.contextmanager
def _signals_kept() -> Iterator[None]:
    """Let signals mean afterwards what they mean now: after TERM, Ray would end the process."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handlers = {number: signal.getsignal(number) for number in _ENDING}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Let no signal stop what ends Ray's processes."""
    with _signals_kept():
        if threading.current_thread() is threading.main_thread():
            for number in _ENDING:
                signal.signal(number, signal.SIG_IGN)
        yield
