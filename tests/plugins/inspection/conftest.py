"""Runs the commands in this process, in a pipe of any width."""

from __future__ import annotations

import argparse
import io
from collections.abc import Callable

import pytest

import stylekit
from stylekit import Host
from stylekit.cli.commands import Commands, load
from stylekit.cli.console import Console
from stylekit.weights import UserFile


@pytest.fixture
def show(host: Host, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Runs a command and returns the lines of its output."""

    def run(*argv: str, columns: int | None = 80, host: Host = host) -> list[str]:
        if columns is None:
            monkeypatch.delenv("COLUMNS", raising=False)
        else:
            monkeypatch.setenv("COLUMNS", str(columns))
        _, component = Commands(host.registry.records).find(argv[0])
        command = load(component)
        parser = argparse.ArgumentParser()
        command.add_arguments(parser)
        out = io.StringIO()
        command.run(parser.parse_args(argv[1:]), host, Console(quiet=True, out=out))
        return out.getvalue().splitlines()

    return run


@pytest.fixture
def method_host() -> Host:
    """A host with a method of a third-party plugin whose names are long."""

    class Plugin:
        @stylekit.hookimpl
        def register_methods(self) -> list[stylekit.MethodSpec]:
            return [
                stylekit.MethodSpec(
                    name="a-method-with-a-name-that-is-far-longer-than-names-usually-are",
                    summary="Paint.",
                    factory="nowhere:Nothing",
                    styles=(2, 4),
                    networks=("mine",),
                )
            ]

        @stylekit.hookimpl
        def register_weights(self) -> list[stylekit.WeightsSpec]:
            return [
                stylekit.WeightsSpec(
                    name="mine-file",
                    summary="A file of your own.",
                    factory="nowhere:Nothing",
                    network="mine",
                    source=UserFile(suffixes=(".pth",)),
                )
            ]

    return Host({"third": Plugin()})
