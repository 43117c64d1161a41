"""What a method is: `Method`, the base class of all, and bases for the common kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stylekit.registry.lazy import lazy_names

if TYPE_CHECKING:
    from stylekit.methods.base import (
        Anchor,
        Beginning,
        Job,
        Method,
        Network,
        Region,
        Style,
        StyleNetwork,
    )
    from stylekit.methods.feed_forward import OnePass
    from stylekit.methods.per_frame import assess_frames, each_frame
    from stylekit.methods.training import Epoch, Samples, Trainer, TrainingJob

__all__ = [
    "Anchor",
    "Beginning",
    "Epoch",
    "Job",
    "Method",
    "Network",
    "OnePass",
    "Region",
    "Samples",
    "Style",
    "StyleNetwork",
    "Trainer",
    "TrainingJob",
    "assess_frames",
    "each_frame",
]

__getattr__ = lazy_names(
    __name__,
    {
        "base": "Anchor Beginning Job Method Network Region Style StyleNetwork",
        "feed_forward": "OnePass",
        "per_frame": "assess_frames each_frame",
        "training": "Epoch Samples Trainer TrainingJob",
    },
)
