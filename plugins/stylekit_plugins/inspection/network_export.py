"""Export a single-network method to one file that runs without stylekit.

ONNX Runtime and most other programs read `.onnx`; `torch.export.load` reads `.pt2`. Height and
width of the images stay dynamic. A `.pth` file has the parameters alone, as the program that first
published the network names them.
"""

from __future__ import annotations

import contextlib
import logging
import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from stylekit.errors import UsageError
from stylekit.events import Artifact
from stylekit.files.atomic import check_writable
from stylekit.files.ownership import OwnFiles
from stylekit.inputs.sources import Sources
from stylekit.inputs.styles import check_trained, networks_to_load, read_styles
from stylekit.inputs.syntax import StyleSource, parse_style
from stylekit.machine.extras import is_installed, require_extra
from stylekit.methods.base import Network, Style
from stylekit.records import record
from stylekit.runs.config import RunConfig
from stylekit.runs.plan import Plan
from stylekit.weights.manager import WeightsManager
from stylekit.weights.selection import AUTO, requested_weights
from stylekit_plugins.inspection.extras import ONNX

PUBLISHED = ".pth"
"""Suffix of files with the parameters alone, for the program that first had the network."""

_MAX_SIDE = 16_384
"""The longest side in pixels that an exported network accepts."""

_TRACED, _TESTED = (16, 12), (25, 34)
"""Sides of the images for tracing and for the test afterwards, in multiples of the network's."""


@dataclass(frozen=True)
class Exported:
    """An exported file.

    Attributes:
        difference: largest absolute difference between the results of the file and of the method,
            both in [0, 1]; None if no installed program can run the file.
    """

    artifact: Artifact
    difference: float | None


def export(plan: Plan, styles: Sequence[str] = ()) -> Exported:
    """Write the plan's method to its `out` path, and a record beside it.

    Args:
        styles: source strings of the styles of the network; no default counts here.

    Raises:
        UsageError: the method is not a single network, or no format has the suffix.
        MissingExtraError: the format needs packages that are not installed.
        InputError: the file exists, or cannot be written.
    """
    config = plan.config
    path = Path(config.out or f"{plan.method.spec.name}.onnx")
    if path.suffix not in _FORMATS:
        raise UsageError(
            f"{path}: unknown format.", f"Use one of the suffixes {', '.join(_FORMATS)}."
        )
    if path.suffix == ".onnx":
        require_extra(f"Writing {path}", *ONNX)
    record.check_artifact(path, config.overwrite)
    check_writable(path, record.record_path(path))
    weights = WeightsManager(plan.catalogue, config.tables, config.offline)
    method = plan.method.make()
    networks = networks_to_load(plan.networks, method.network_of_styles, bool(styles))
    selected = requested_weights(config.weights, networks, plan.catalogue)
    read = _styles(plan, [parse_style(text) for text in styles], method.network_of_styles, weights)
    network = method.as_network(
        lambda name: weights.load(name, selected.get(name, AUTO)), *([read] if read else [])
    )
    if network is None:
        raise UsageError(
            f"Method '{plan.method.spec.name}' is not a single network and cannot be exported.",
            "Methods that optimize each image, and methods of several networks, have no such file.",
        )
    if path.suffix == PUBLISHED and network.published is None:
        raise UsageError(
            f"This network of '{plan.method.spec.name}' has no form as {PUBLISHED}.",
            f"Networks with the layers of pytorch/examples' TransformerNet have one, at a strength "
            f"that does not mix in the image; for others use {' or '.join(_RUNNING)}.",
        )
    write, run = _FORMATS[path.suffix]
    traced, tested = (
        torch.rand(1, 3, *(side * network.multiple for side in sides))
        for sides in (_TRACED, _TESTED)
    )
    own = OwnFiles(lambda _: config.overwrite)
    with own.draft(path) as draft:
        with torch.no_grad(), _silence():
            write(network, traced, draft.path)
            expected = network.module(tested)
            result = run(draft.path, tested)
        details = record.describe_plan(plan, weights.used, "cpu")
        details["config"] = record.portable_config(
            details["config"], RunConfig, plan.catalogue, path.parent
        )
        artifact = record.publish(draft, path, details, own)
    difference = None if result is None else float((result - expected).abs().max())
    return Exported(artifact, difference)


def _styles(
    plan: Plan, stated: Sequence[StyleSource], network_of_styles: str, weights: WeightsManager
) -> tuple[Style, ...]:
    """Read the styles of the network.

    Raises:
        UsageError: the method takes more or fewer styles, or others, or they have moments.
    """
    least, most = plan.method.spec.styles
    if len(stated) < least:
        raise UsageError(
            f"A network of '{plan.method.spec.name}' paints in one style, or a blend of some.",
            "Name it with --style.",
        )
    if most is not None and len(stated) > most:
        raise UsageError(
            f"{len(stated)} styles are given, and a network of '{plan.method.spec.name}' takes "
            f"{most or 'none'}."
        )
    for style in stated:
        if style.at is not None:
            raise UsageError(
                f"Style {style.source}@{style.at}: a network has no moments.",
                "Leave out the @ and the timestamp.",
            )
        if network_of_styles:
            check_trained(style.source, network_of_styles, plan.catalogue)
    sources = Sources(plan.catalogue, plan.config.tables)
    return read_styles(stated, network_of_styles, sources.read_image, weights)


def _dimensions(network: Network) -> tuple[dict[int, Any]]:
    most = _MAX_SIDE // network.multiple
    sides = (torch.export.Dim(name, min=4, max=most) for name in ("rows", "columns"))
    return ({axis: network.multiple * side for axis, side in zip((2, 3), sides, strict=True)},)


def _write_program(network: Network, example: Tensor, path: Path) -> None:
    program = torch.export.export(network.module, (example,), dynamic_shapes=_dimensions(network))
    torch.export.save(program, path)


def _run_program(path: Path, image: Tensor) -> Tensor:
    result: Tensor = torch.export.load(path).module()(image)
    return result


def _write_onnx(network: Network, example: Tensor, path: Path) -> None:
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
    if not is_installed(["onnxruntime"]):
        return None
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return torch.from_numpy(session.run(None, {"content": image.numpy()})[0])


def _write_published(network: Network, example: Tensor, path: Path) -> None:
    assert network.published is not None
    torch.save(dict(network.published), path)


def _run_nowhere(path: Path, image: Tensor) -> None:
    """Return nothing: the program that runs such a file is not here."""


_RUNNING: dict[str, tuple[Callable[..., None], Callable[..., Tensor | None]]] = {
    ".onnx": (_write_onnx, _run_onnx),
    ".pt2": (_write_program, _run_program),
}

_FORMATS = {**_RUNNING, PUBLISHED: (_write_published, _run_nowhere)}


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Suppress the output, warnings and log lines of the exporters."""
    before = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        with Path(os.devnull).open("w", encoding="utf-8") as null, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with contextlib.redirect_stdout(null), contextlib.redirect_stderr(null):
                yield
    finally:
        logging.disable(before)
