"""An observer that is switched off."""

from __future__ import annotations


class Off:
    """Has no hooks, so that it costs a run nothing at all."""
