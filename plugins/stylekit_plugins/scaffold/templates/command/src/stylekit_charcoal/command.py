"""`stylekit charcoal SRC`: the most frequent colors of an image.

`stylekit charcoal --help` imports this module, so `run` imports what is heavy.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from stylekit.errors import UsageError

if TYPE_CHECKING:
    from stylekit import Host
    from stylekit.cli import Console


class CharcoalCommand:
    """Prints the colors."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the options of the command."""
        parser.add_argument("image", metavar="SRC", help="image file or sample:NAME")
        count = "number of colors (default: 4)"
        parser.add_argument("--count", metavar="N", type=int, default=4, help=count)

    def run(self, arguments: argparse.Namespace, host: Host, console: Console) -> int:
        """Print each color with its fraction of the image, in percent."""
        if arguments.count < 1:
            raise UsageError(f"--count {arguments.count}: must be at least 1.")
        from stylekit.inputs.sources import Sources

        from stylekit_charcoal.colors import commonest

        image = Sources(host.catalogue, {}).read_image(arguments.image)
        colors = commonest(image.pixels, arguments.count)
        if console.json:
            console.object({"colors": [{"color": c, "fraction": x} for c, x in colors]})
        else:
            for color, fraction in colors:
                console.data(f"{color} {100 * fraction:.0f} %")
        return 0
