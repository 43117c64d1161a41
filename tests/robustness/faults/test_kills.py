"""Runs of every kind, killed (SIGKILL) at random moments: nothing is broken, nothing is lost.

    pytest -m slow tests/robustness/faults/test_kills.py

STYLEKIT_TRIALS says how often each kind is killed (default 5), STYLEKIT_TRIALS_SEED when.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from tests.helpers.scenarios import KINDS, Forks, broken, results, write_inputs

TRIALS = int(os.environ.get("STYLEKIT_TRIALS", "5"))
SEED = int(os.environ.get("STYLEKIT_TRIALS_SEED", "0"))


@pytest.mark.stress
@pytest.mark.parametrize("name", KINDS)
def test_killed_at_random_moments(name: str, forks: Forks, tmp_path: Path) -> None:
    kind = KINDS[name]
    write_inputs(tmp_path / "whole")
    code, seconds, err = forks.run(kind.words_in(tmp_path / "whole"), tmp_path / "whole")
    assert code == 0, err
    expected = results(tmp_path / "whole/out", kind)
    assert expected
    moments = random.Random(f"{name}-{SEED}")
    kills = 0
    for trial in range(TRIALS):
        folder = tmp_path / f"{trial}"
        write_inputs(folder)
        while True:
            after = moments.uniform(0, seconds)
            code, _, err = forks.run(kind.words_in(folder), folder, after)
            kills += code == -9
            assert broken(folder / "out") == [], f"killed after {after:.3f} s in trial {trial}"
            # Often once, now and then again, before it may come to its end.
            if code == 0 or moments.random() < 0.6:
                break
            assert code == -9, err
        code, _, err = forks.run(kind.words_in(folder), folder)
        assert code == 0, err
        assert results(folder / "out", kind) == expected, f"trial {trial}"
        assert broken(folder / "out") == []
        left = [path.name for path in (folder / "out").rglob("o.stylekit.*")]
        assert set(left) <= {"o.stylekit.json"}, f"trial {trial} left {left}"
    print(f"\n{name}: {kills} kills in {TRIALS} trials, a run takes {seconds:.1f} s")
    assert kills > 0
