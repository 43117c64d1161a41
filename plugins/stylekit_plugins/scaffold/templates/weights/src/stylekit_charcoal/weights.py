"""A network's tensors from a NumPy archive, `numpy.savez("mine.npz", **state)`."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import torch
from stylekit.errors import DamagedWeightsError
from stylekit.protocols import LoadedWeights, Preprocessing

_KEY = re.compile(r"features\.\d+\.(weight|bias)")

IMAGENET = Preprocessing("RGB", 1.0, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
"""What the network was trained on."""


class CharcoalWeights:
    """Decodes archives with the keys of torchvision's networks, `features.0.weight`."""

    def __init__(self, params: object) -> None:
        pass

    def decode(self, path: Path) -> LoadedWeights:
        """Read the convolutions, as float32; whatever else is in the archive is left out.

        Raises:
            DamagedWeightsError: it is no such archive, or holds values that are not finite.
        """
        try:
            # Never with pickles: those can run code.
            with np.load(path, allow_pickle=False) as archive:
                arrays = {name: archive[name] for name in archive.files if _KEY.fullmatch(name)}
        except Exception as error:
            # Whatever the damage leads to: the file is at fault every time.
            raise DamagedWeightsError(f"Cannot read weights from {path}: {error}") from error
        if not arrays:
            raise DamagedWeightsError(
                f"{path} holds no convolutions.", "Its keys must be like 'features.0.weight'."
            )
        for name, array in arrays.items():
            if not np.issubdtype(array.dtype, np.floating) or not np.isfinite(array).all():
                raise DamagedWeightsError(f"{path}: '{name}' has values that are not finite.")
        state = {name: torch.from_numpy(x.astype(np.float32)) for name, x in arrays.items()}
        return LoadedWeights(state, IMAGENET)
