"""A camera or clip that is painted live in a worker process, by the command that paints live."""

from __future__ import annotations

import json

from stylekit.errors import Interrupted
from stylekit.host import Host
from stylekit_ui.messages import LiveEnded, LiveRequest
from stylekit_ui.plugin_commands import run_command


def paint_live(host: Host, request: LiveRequest) -> LiveEnded:
    """Paint until the end, or until a viewer or the page ends it.

    Raises:
        StylekitError: see `stylekit live`.
    """
    try:
        printed = json.loads(run_command(host, request.command))
    except Interrupted as stopped:
        return LiveEnded(stopped.message)
    return LiveEnded(
        f"Ended: {printed['frames']} frames shown, {printed['fps']:.1f} frames a second."
    )
