"""Parameters of the method and of its training."""

from __future__ import annotations

from pydantic import Field
from stylekit import Params


class CharcoalParams(Params):
    """Describe each field with its unit: `stylekit describe` shows it."""

    strength: float = Field(
        1.0, ge=0, le=1, description="How much of the style's colors; 0 changes nothing."
    )


class CharcoalTrainingParams(Params):
    """Those of `stylekit train --method charcoal`."""

    length: int = Field(200, ge=1, description="Steps of a training without --steps.")
    size: int = Field(256, ge=8, description="Long side in pixels at which images are seen.")
    lr: float = Field(0.02, gt=0, le=1, description="Step size of Adam.")
