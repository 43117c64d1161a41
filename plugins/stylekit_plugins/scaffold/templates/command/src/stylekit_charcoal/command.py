"""`stylekit charcoal PICTURE`: the colors that a picture has most of.

The module is imported to show `--help`: what is heavy is imported in `run`.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from stylekit.errors import UsageError

if TYPE_CHECKING:
    from stylekit import Host
    from stylekit.cli.console import Console


class CharcoalCommand:
    """Tells the colors."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the options of the command."""
        parser.add_argument("picture", metavar="SRC", help="picture or sample:NAME")
        parser.add_argument("--count", metavar="N", type=int, default=4, help="of colors")

    def run(self, arguments: argparse.Namespace, host: Host, console: Console) -> int:
        """Print each color with its part of the picture, in percent."""
        if arguments.count < 1:
            raise UsageError(f"--count {arguments.count}: one color at least.")
        from stylekit.inputs.sources import Sources

        from stylekit_charcoal.colors import commonest

        image = Sources(host.catalogue, {}).read_image(arguments.image)
        found = commonest(image.pixels, arguments.count)
        if console.json:
            console.object({"colors": [{"color": c, "part": part} for c, part in found]})
        else:
            for color, part in found:
                console.data(f"{color} {100 * part:.0f} %")
        return 0
