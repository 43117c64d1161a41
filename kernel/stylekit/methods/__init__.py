"""What a method is: `Method`, the base class of all, and bases for the common kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stylekit.machine.lazy_names import lazy_names

if TYPE_CHECKING:
    from stylekit.methods.base import (
        Job,
        Method,
        Network,
        Region,
        Style,
        StyleNetwork,
        TemporalTarget,
        WarmStart,
        Work,
    )
    from stylekit.methods.feed_forward import FeedForward
    from stylekit.methods.per_frame import assess_frames, each_frame
    from stylekit.methods.training import ComposingTrainer, Epoch, Trainer, TrainingJob

__all__ = [
    "ComposingTrainer",
    "Epoch",
    "FeedForward",
    "Job",
    "Method",
    "Network",
    "Region",
    "Style",
    "StyleNetwork",
    "TemporalTarget",
    "Trainer",
    "TrainingJob",
    "WarmStart",
    "Work",
    "assess_frames",
    "each_frame",
]

__getattr__ = lazy_names(
    __name__,
    {
        "base": "TemporalTarget WarmStart Work Job Method Network Region Style StyleNetwork",
        "feed_forward": "FeedForward",
        "per_frame": "assess_frames each_frame",
        "training": "ComposingTrainer Epoch Trainer TrainingJob",
    },
)
