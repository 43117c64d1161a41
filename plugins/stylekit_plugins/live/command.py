"""`stylekit live`: options, and how a session begins and ends."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stylekit.cli.console import Console
from stylekit.cli.options import add_shared, layers
from stylekit.cli.values import FILE, SOURCE, takes
from stylekit.errors import Interrupted, UsageError

if TYPE_CHECKING:
    from stylekit.host import Host
    from stylekit_plugins.live.session import Source

_log = logging.getLogger(f"stylekit.{__name__}")

KEYS = (
    *("method", "style", "weights", "size", "out", "overwrite"),
    *("device", "precision", "seed", "offline"),
)
"""Options that are run keys."""

_SIZE = 320
"""Default long side in pixels."""

_METHOD, _TRAINED_METHOD = "arbitrary", "fast"
"""Default methods: for any style image, and for trained weights if it is installed."""


class Live:
    """Paints a camera or a clip live."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the options of the command."""
        parser.epilog = (
            "Examples:\n"
            "  stylekit live --style night.jpg                     your camera, in a window\n"
            "  stylekit live --style night.jpg --port 8000         in a browser\n"
            "  stylekit live --content walk.mp4 --style night.jpg --out live.mp4\n"
            "\n"
            "The latest frame wins: what comes while a frame is painted is dropped. Up and Down "
            "change the strength of a method that has one; q ends."
        )
        _input(parser.add_argument_group("Input"))
        _output(parser.add_argument_group("Output"))
        _painting(parser.add_argument_group("Painting"))
        add_shared(
            parser.add_argument_group("Execution"), "--device", "--precision", "--seed", "--offline"
        )

    def run(self, arguments: argparse.Namespace, host: Host, console: Console) -> int:
        """Paint until the user ends it, and print the path of the file if one was written."""
        from stylekit.runs.config import RunConfig

        _check(arguments)
        stated = layers(arguments, KEYS, host.catalogue, RunConfig)
        plan = host.plan(_defaults(arguments, host), *stated)
        # Imported late: a misspelled name is an error before torch loads.
        from stylekit_plugins.live.painter import check_feed_forward, check_styles
        from stylekit_plugins.live.recording import check_target
        from stylekit_plugins.live.session import Session

        check_feed_forward(plan)
        check_styles(plan)
        if plan.config.out is not None:
            check_target(plan, Path(plan.config.out))
        if not any("style" in layer for layer in stated) and plan.config.style:
            _log.info(f"No style is named: {', '.join(plan.config.style)} is used.")
        session = Session(
            plan, _source(arguments), arguments.port, arguments.seconds, console.quiet
        )
        interrupted = False
        try:
            session.paint()
        except KeyboardInterrupt:
            interrupted = True
        except BaseException:
            if artifact := session.end():
                _log.warning(f"{artifact.path} has the frames before the error.")
            raise
        artifact = session.end()
        summary = session.summary()
        console.results(
            [artifact.path] if artifact else [],
            {
                "artifacts": [str(artifact.path)] if artifact else [],
                "record": str(artifact.record) if artifact else None,
                **summary,
            },
        )
        line = (
            f"{summary['frames']} frames shown, {summary['dropped']} dropped, "
            f"{summary['fps']:.1f} frames a second"
        )
        if interrupted:
            kept = f"; {artifact.path} is complete" if artifact else ""
            raise Interrupted(f"Stopped: {line}{kept}.")
        if not console.json:
            _log.info(f"Done: {line}.")
        return 0


def _input(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    takes(
        add(
            "--camera",
            metavar="CAMERA",
            help="number of a camera (default: 0), its device file, or the address of a stream",
        ),
        FILE,
    )
    takes(
        add(
            "--content",
            metavar="CLIP",
            help="a clip that plays as a camera would: in real time, without waiting for anyone",
        ),
        SOURCE,
    )
    add("--loop", action="store_true", help="begin the clip again at its end")
    add("--mirror", action="store_true", help="flip frames from left to right, like a mirror")
    add(
        "--seconds",
        metavar="N",
        type=float,
        help="end after N seconds (default: when the clip ends, or you end it)",
    )


def _output(group: argparse._ArgumentGroup) -> None:
    takes(
        group.add_argument(
            "--out",
            metavar="FILE",
            help="write what was painted to a video, GIF or WebP file instead of a window",
        ),
        FILE,
    )
    group.add_argument(
        "--port",
        metavar="N",
        type=int,
        help="show it in a browser of this machine instead of a window; 0: any free port",
    )
    add_shared(group, "--overwrite")


def _painting(group: argparse._ArgumentGroup) -> None:
    takes(
        group.add_argument(
            "--method",
            metavar="METHOD",
            help=f"feed-forward method (default: {_METHOD}; with --weights {_TRAINED_METHOD}, "
            "where it is installed)",
        ),
        "method",
    )
    takes(
        group.add_argument(
            "--style",
            metavar="SRC[*WEIGHT]",
            nargs="+",
            action="extend",
            help="style images, or trained networks; several are blended by their weights",
        ),
        SOURCE,
    )
    add_shared(group, "--weights")
    takes(
        group.add_argument(
            "--size",
            metavar="PX",
            type=int,
            help=f"long side of the frames in pixels (default: {_SIZE}); smaller is faster",
        ),
        *("256", "320", "480", "640"),
    )
    add_shared(group, "--set", "--config")


def _check(arguments: argparse.Namespace) -> None:
    """Refuse options that exclude each other.

    Raises:
        UsageError: see above.
    """
    if arguments.camera is not None and arguments.content is not None:
        raise UsageError("--camera and --content are both given.", "Name one of them.")
    if arguments.loop and arguments.content is None:
        raise UsageError("--loop is for a clip.", "Name one with --content.")
    if arguments.loop and arguments.out and arguments.seconds is None and arguments.port is None:
        _log.info("The clip plays until Ctrl-C; --seconds N ends it before.")
    if arguments.seconds is not None and not arguments.seconds > 0:
        raise UsageError(f"--seconds {arguments.seconds:g}: it must be above 0.")
    if arguments.port is not None and not 0 <= arguments.port <= 65535:
        raise UsageError(f"--port {arguments.port}: a port is a number from 0 to 65535.")


def _defaults(arguments: argparse.Namespace, host: Host) -> dict[str, Any]:
    """Return the weakest layer: the method and size of a live session, and the clip."""
    from stylekit.specs import MethodSpec

    names = {component.spec.name for component in host.catalogue.all(MethodSpec)}
    trained = arguments.weights and _TRAINED_METHOD in names
    content = [] if arguments.content is None else [arguments.content]
    return {
        "method": _TRAINED_METHOD if trained else _METHOD,
        "size": _SIZE,
        "content": content,
    }


def _source(arguments: argparse.Namespace) -> Source:
    from stylekit_plugins.live.session import Source

    return Source(arguments.camera or "0", arguments.content, arguments.loop, arguments.mirror)
