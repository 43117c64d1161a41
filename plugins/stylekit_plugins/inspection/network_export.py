"""A method that is one network, as one file that runs without stylekit.

`.onnx` is read by ONNX Runtime and most other programs; `.pt2` by `torch.export.load`. Height and
width of the pictures stay free.
"""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import os
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from stylekit.errors import UsageError
from stylekit.events import Artifact
from stylekit.files.atomic import check_writable
from stylekit.files.ownership import OwnFiles
from stylekit.methods.base import Network
from stylekit.records import record
from stylekit.runs.config import RunConfig
from stylekit.runs.plan import Plan
from stylekit.weights.manager import WeightsManager
from stylekit.weights.selection import AUTO, requested_weights

_LARGEST = 16_384
"""The longest side in pixels that an exported network is declared for."""

_TRIED = ((16, 12), (25, 34))
"""Sides of the pictures that it is traced with, and tried on afterwards, in multiples."""


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes:
        difference: the largest between results of file and method, in the range 0-1; None: there
            is no program here to run the file with.
    """

    artifact: Artifact
    difference: float | None


def export(plan: Plan, tell: Callable[[str], None] = lambda line: None) -> Exported:
    """Write the plan's method to its `out`, and a record beside it.

    Raises:
        UsageError: the method is no single network, or the suffix is of no format.
        InputError: the file exists, or cannot be written.
    """
    config = plan.config
    path = Path(config.out or f"{plan.method.spec.name}.onnx")
    if path.suffix not in _FORMATS:
        raise UsageError(f"{path}: no format has that suffix.", f"Known: {', '.join(_FORMATS)}.")
    record.check_artifact(path, config.overwrite)
    check_writable(path, record.record_path(path))
    weights = WeightsManager(plan.catalogue, config.tables, config.offline, tell)
    wanted = requested_weights(config.weights, plan.networks, plan.catalogue)
    network = plan.method.make().as_network(
        lambda name: weights.load(name, wanted.get(name, AUTO)),
    )
    if network is None:
        raise UsageError(f"Method '{plan.method.spec.name}' is no single network.")
    write, run = _FORMATS[path.suffix]
    first, second = (
        torch.rand(1, 3, *(side * network.multiple for side in sides)) for sides in _TRIED
    )
    own = OwnFiles(lambda _: config.overwrite, lambda line: tell(f"Warning: {line}"))
    with own.draft(path) as draft:
        with torch.no_grad(), _silence():
            write(network, first, draft.path)
            expected = network.module(second)
            made = run(draft.path, second)
        details = record.describe_plan(plan, weights.used, "cpu")
        details["config"] = record.portable_config(
            details["config"], RunConfig, plan.catalogue, path.parent
        )
        artifact = record.publish(draft, path, details, own)
    difference = None if made is None else float((made - expected).abs().max())
    return Exported(artifact, difference)


def _dimensions(network: Network) -> tuple[dict[int, Any]]:
    most = _LARGEST // network.multiple
    sides = (torch.export.Dim(name, min=4, max=most) for name in ("rows", "columns"))
    return ({axis: network.multiple * side for axis, side in zip((2, 3), sides, strict=True)},)


def _write_program(network: Network, example: Tensor, path: Path) -> None:
    program = torch.export.export(network.module, (example,), dynamic_shapes=_dimensions(network))
    torch.export.save(program, path)


def _run_program(path: Path, image: Tensor) -> Tensor:
    made: Tensor = torch.export.load(path).module()(image)
    return made


def _write_onnx(network: Network, example: Tensor, path: Path) -> None:
    if importlib.util.find_spec("onnxscript") is None:
        raise UsageError(
            "ONNX files are written with the package onnxscript, which is not installed.",
            'pip install "stylekit[onnx]", or export to a .pt2 file.',
        )
    torch.onnx.export(
        network.module,
        (example,),
        str(path),
        dynamo=True,
        external_data=False,
        dynamic_shapes=_dimensions(network),
        input_names=["content"],
        output_names=["result"],
    )


def _run_onnx(path: Path, image: Tensor) -> Tensor | None:
    if importlib.util.find_spec("onnxruntime") is None:
        return None
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return torch.from_numpy(session.run(None, {"content": image.numpy()})[0])


_FORMATS: dict[str, tuple[Callable[..., None], Callable[..., Tensor | None]]] = {
    ".onnx": (_write_onnx, _run_onnx),
    ".pt2": (_write_program, _run_program),
}


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Keep what exporters print about themselves from the user."""
    before = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        with Path(os.devnull).open("w", encoding="utf-8") as nowhere, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
                yield
    finally:
        logging.disable(before)
