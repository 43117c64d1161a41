"""A command whose module imports torch for `--help` already."""

from __future__ import annotations

import torch
from tests.conformance.commands import Sound


class Heavy(Sound):
    version = torch.__version__
