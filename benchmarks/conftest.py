"""Threads as the command `stylekit` has them, before torch is imported."""

from __future__ import annotations

from stylekit.machine.limits import prepare_threads

prepare_threads()
