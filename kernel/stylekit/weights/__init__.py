"""Trained weights of networks: where they come from, which to use, and how they are verified.

Plugins import the usual sources and the interface of their own from here. `manager` is what runs
use; `selection` reads `--weights`; `cache` has the files on this machine; `fetching` and `download`
bring others here; `tensor_files` reads them and runs no code of theirs.
"""

from stylekit.specs import WeightsDraft, WeightsSource
from stylekit.weights.sources import Installed, Online, UserFile

__all__ = ["Installed", "Online", "UserFile", "WeightsDraft", "WeightsSource"]
