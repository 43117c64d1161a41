"""A training resumes only with the same images and versions, wherever they are stored."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from stylekit import Host
from stylekit.records import provenance
from stylekit_plugins.training.dataset import Dataset
from stylekit_plugins.training.plan import make_training_plan

Train = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def facts(host: Host, domains: Path) -> Callable[..., provenance.Provenance]:
    """Returns the provenance of a training on `a` and `b`."""

    def of(**keys: object) -> provenance.Provenance:
        stated = {
            "method": "cyclegan",
            "domain_a": str(domains / "a"),
            "domain_b": [str(domains / "b")],
            **keys,
        }
        plan = make_training_plan(host.catalogue, [stated])
        return Dataset(plan).provenance({})

    return of


def test_places_length_and_network_do_not_matter(
    facts: Callable[..., provenance.Provenance], domains: Path
) -> None:
    before = facts()
    shutil.copytree(domains / "a", domains / "elsewhere" / "x")
    moved = str(domains / "elsewhere" / "x") + "/"
    assert facts(domain_a=moved, offline=True, epochs=9, device="cpu").digest == before.digest
    assert str(domains) not in str(before.facts)


def test_an_added_or_changed_image_matters(
    facts: Callable[..., provenance.Provenance], domains: Path
) -> None:
    before = facts()
    shutil.copy(domains / "b" / "0.png", domains / "b" / "9.png")
    assert "has 7 files, and had 6" in facts().differences(before.facts)
    (domains / "b" / "9.png").unlink()
    assert facts().digest == before.digest
    shutil.copy(domains / "a" / "1.png", domains / "a" / "0.png")
    assert "the domain a" in facts().differences(before.facts)
    assert "has changed" in facts().differences(before.facts)


def test_sources_that_are_not_files_count_by_name(
    facts: Callable[..., provenance.Provenance],
) -> None:
    one, other = facts(test_a="sample:coffee"), facts(test_a="sample:rocket")
    assert one.digest != other.digest


def test_masks_count_with_their_images(
    facts: Callable[..., provenance.Provenance], domains: Path
) -> None:
    shutil.copytree(domains / "a", domains / "masks")
    masks = str(domains / "masks")
    before = facts(masks_a=masks)
    assert before.digest != facts().digest
    # No image has this mask.
    shutil.copy(domains / "b" / "0.png", domains / "masks" / "other.png")
    assert facts(masks_a=masks).digest == before.digest
    first, second = domains / "masks" / "0.png", domains / "masks" / "1.png"
    first.rename(domains / "masks" / "x")
    second.rename(first)
    (domains / "masks" / "x").rename(second)
    assert facts(masks_a=masks).digest != before.digest


def test_versions_matter(
    facts: Callable[..., provenance.Provenance], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = facts()
    monkeypatch.setattr(provenance, "_torch_version", lambda: "9.9")
    assert "torch is 9.9" in facts().differences(before.facts)


def test_a_training_does_not_resume_with_an_added_image(train: Train, domains: Path) -> None:
    train("--out", "o", "--epochs", "2", "--stop-after", "1")
    shutil.copy(domains / "b" / "0.png", domains / "a" / "new.png")
    refused = train("--out", "o", "--epochs", "2", "--resume", check=False)
    assert refused.returncode == 2
    assert "o/training.stylekit.state is of another run" in refused.stderr
    assert "the domain a a has 9 files, and had 8" in refused.stderr
    (domains / "a" / "new.png").unlink()
    train("--out", "o", "--epochs", "2", "--resume", "--offline")
