"""The options of `stylekit run`, in groups."""

from __future__ import annotations

import argparse

from stylekit.cli.options import add_shared
from stylekit.cli.values import FILE, SOURCE, takes


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.usage = "%(prog)s [CONTENT ...] [STYLE] [options]"
    parser.epilog = (
        "Examples:\n"
        "  stylekit run me.jpg night.jpg\n"
        "  stylekit run photos/*.jpg night.jpg --out painted/\n"
        "  stylekit run me.jpg --style night.jpg waves.jpg*0.5 --quality draft\n"
        "  stylekit run me.jpg night.jpg --region box:10%,20%,50%,50%,feather=8\n"
        "  stylekit run clip.mp4 night.jpg --method flow --estimate\n"
        "\n"
        "A name that begins with a dash goes behind --. Without content or style, built-in samples "
        "are used. Every component has parameters of its own: `stylekit describe gatys` lists "
        "those of gatys, and --set gatys.style_weight=100 sets one."
    )
    _inputs_and_output(parser.add_argument_group("Input and output"))
    _style_and_quality(parser.add_argument_group("Style and quality"))
    _region(parser.add_argument_group("Region"))
    _video(parser.add_argument_group("Video"))
    _components(parser.add_argument_group("Components and their settings"))
    _execution(parser.add_argument_group("Execution"))


def _inputs_and_output(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    takes(
        add(
            "sources",
            nargs="*",
            metavar="CONTENT... STYLE",
            help="images, videos, folders or sample:NAME; of two or more the last is the style",
        ),
        SOURCE,
    )
    takes(
        add(
            "--content",
            metavar="SRC",
            nargs="+",
            action="extend",
            help="what to stylize; all names without an option are then styles",
        ),
        SOURCE,
    )
    takes(
        add(
            "--style",
            metavar="SRC[*WEIGHT]",
            nargs="+",
            action="extend",
            help="style images, or trained networks for a method that paints with those; several "
            "are blended by their weights, and all names without an option are then contents",
        ),
        SOURCE,
    )
    add(
        "--each-style",
        action="store_true",
        help="stylize every content with every style, instead of blending the styles",
    )
    takes(add("--out", metavar="PATH", help="file or folder to write (default: this folder)"), FILE)
    add_shared(group, "--overwrite", "--resume")
    add(
        "--estimate",
        action="store_true",
        help="print what would be made, and about how long it takes; render nothing",
    )


def _style_and_quality(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    takes(
        add("--method", metavar="METHOD", help="transfer method: {names} (default: {default})"),
        "method",
    )
    takes(add("--preset", metavar="PRESET", help="named configuration: {names}"), "preset")
    takes(
        add(
            "--quality",
            metavar="QUALITY",
            help="time to spend: draft, normal (default) or high",
        ),
        *("draft", "normal", "high"),
    )
    takes(
        add(
            "--size",
            metavar="PX",
            type=int,
            help="long side of the result in pixels (default: {default})",
        ),
        *("256", "512", "1024"),
    )
    add(
        "--steps",
        metavar="N",
        type=int,
        help="optimization steps in all (default: the method's; see --quality)",
    )
    takes(
        add(
            "--color",
            metavar="MODE",
            help="colors of the result: keep-style (default), luminance, covariance or histogram",
        ),
        *("keep-style", "luminance", "covariance", "histogram"),
    )
    takes(
        add(
            "--init",
            metavar="IMAGE",
            help="initial image: mixup (default), content, style, noise, a method or a file",
        ),
        *("mixup", "content", "style", "noise", FILE),
    )


def _region(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    takes(
        add(
            "--region",
            metavar="SRC",
            action="append",
            help="area to stylize: mask.png, box:10%%,20%%,50%%,50%%,feather=8 and so on (kinds: "
            "{names}); repeatable, with as many styles for one style each",
        ),
        *("region", FILE),
    )
    takes(
        add(
            "--blend",
            metavar="BLEND",
            help="how the result is composited into the region: feather (default), {names}",
        ),
        *("feather", "blend"),
    )


def _video(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    takes(
        add(
            "--interp",
            metavar="CURVE",
            help="interpolation between timed styles (--style SRC@4.5s): linear (default), cosine "
            "or step",
        ),
        *("linear", "cosine", "step"),
    )
    add("--keep-frames", action="store_true", help="keep a video's frames as PNG files, too")


def _components(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    takes(
        add(
            "--backbone",
            metavar="BACKBONE",
            help="network whose features are compared: {names} (default: {default})",
        ),
        "backbone",
    )
    add_shared(group, "--weights")
    takes(
        add(
            "--style-loss",
            metavar="LOSS",
            help="loss that compares style: {names} (default: {default})",
        ),
        "style loss",
    )
    takes(
        add(
            "--optimizer",
            metavar="OPTIMIZER",
            help="optimizer of the image: {names} (default: {default})",
        ),
        "optimizer",
    )
    add_shared(group, "--set", "--config")


def _execution(group: argparse._ArgumentGroup) -> None:
    add_shared(group, "--device", "--precision", "--seed", "--offline")
    takes(
        group.add_argument(
            "--executor", metavar="EXECUTOR", help="where to run: {names} (default: {default})"
        ),
        "executor",
    )
