"""Hostile data: only documented errors, no files written, no programs run.

    STYLEKIT_FUZZ=5000 pytest tests/robustness/fuzz

says how often each reader is tried (default 60). For hours and guided by what code is reached:
`python -m tests.robustness.fuzz picture --seconds 3600`.
"""

from __future__ import annotations

import os
import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.robustness.fuzz.mutations import damaged
from tests.robustness.fuzz.targets import TARGETS, attempt
from tests.robustness.fuzz.whole_runs import place

EXAMPLES = int(os.environ.get("STYLEKIT_FUZZ", "60"))


@pytest.mark.parametrize("name", TARGETS)
def test_valid_data_is_accepted(name: str, tmp_path: Path) -> None:
    target = TARGETS[name]
    accepted = [attempt(target, each, data, tmp_path) for each, data in target.seeds.items()]
    assert all(accepted)


@pytest.mark.parametrize("name", TARGETS)
def test_mutated_data(name: str) -> None:
    target = TARGETS[name]

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize="STYLEKIT_FUZZ" not in os.environ,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(damaged(target.seeds))
    def try_one(case: tuple[str, bytes]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            attempt(target, *case, Path(folder))

    try_one()


@pytest.mark.parametrize("name", TARGETS)
def test_arbitrary_bytes(name: str) -> None:
    target = TARGETS[name]

    @settings(
        max_examples=EXAMPLES // 3,
        deadline=None,
        derandomize="STYLEKIT_FUZZ" not in os.environ,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.sampled_from(sorted(target.seeds)), st.binary(max_size=200))
    def try_one(file: str, data: bytes) -> None:
        with tempfile.TemporaryDirectory() as folder:
            attempt(target, file, data, Path(folder))

    try_one()


@pytest.mark.parametrize(
    ("name", "file", "data"),
    [
        ("config", "run.toml", b'content = [""]\n'),
        ("config", "run.toml", b'style = [""]\nregion = ""\nweights = ["vgg16="]\n'),
    ],
)
def test_earlier_findings(name: str, file: str, data: bytes, tmp_path: Path) -> None:
    assert not attempt(TARGETS[name], file, data, tmp_path)


def test_whole_runs_from_hostile_configs_and_records() -> None:
    """See `tests.robustness.fuzz.whole_runs`, which does them for hours."""
    first = 0 if "STYLEKIT_FUZZ" not in os.environ else random.randrange(2**32)
    with place() as here:
        outcomes = {here.run(first + number) for number in range(max(EXAMPLES, 200))}
    assert outcomes >= {"done", "UsageError", "InputError"}
