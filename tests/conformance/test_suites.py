"""Every check has a fault that it notices, and pytest pays nothing for what it does not use."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
from pathlib import Path

import pytest
from tests.conformance import (
    test_faulty_backbones,
    test_faulty_evaluators,
    test_faulty_executors,
    test_faulty_losses,
    test_faulty_media,
    test_faulty_methods,
    test_faulty_observers,
    test_faulty_optimizers,
    test_faulty_presets,
    test_faulty_regions,
    test_faulty_trainers,
    test_faulty_weights,
)
from tests.helpers.faulty_components import FAULTS

from stylekit import testing
from stylekit.specs import SPEC_TYPES
from stylekit.testing import toy_components
from stylekit_plugins import losses

MODULES = (
    test_faulty_backbones,
    test_faulty_evaluators,
    test_faulty_executors,
    test_faulty_losses,
    test_faulty_media,
    test_faulty_methods,
    test_faulty_observers,
    test_faulty_optimizers,
    test_faulty_presets,
    test_faulty_regions,
    test_faulty_trainers,
    test_faulty_weights,
)

SUITES = (testing.ComponentSuite, testing.TrainerSuite, *map(testing.suite_of, SPEC_TYPES))


def checks(suite: type) -> set[str]:
    return {name for name in vars(suite) if name.startswith("test_")}


@pytest.mark.parametrize("suite", SUITES)
def test_every_check_has_a_fault_that_it_notices(suite: type) -> None:
    assert len(MODULES) == 12
    noticed = {fault.fails for fault in FAULTS if issubclass(fault.suite, suite)}
    assert checks(suite) <= noticed


@pytest.mark.parametrize("kind", SPEC_TYPES)
def test_every_kind_has_a_suite(kind: str) -> None:
    suite = testing.suite_of(kind)
    assert suite.spec_type is SPEC_TYPES[kind]
    assert suite.__name__ in testing.__all__
    for name in checks(suite):
        assert getattr(suite, name).__doc__


class TestTinyBackbone(testing.BackboneSuite):
    component = "tiny"
    plugin = toy_components.TinyPlugin()


class TestTinyContent(testing.LossSuite):
    component = "tiny-content"
    plugin = toy_components.TinyPlugin()


class TestTinyStyle(testing.LossSuite):
    component = "tiny-style"
    plugin = toy_components.TinyPlugin()


class TestTinyImage(testing.LossSuite):
    component = "tiny-image"
    plugin = toy_components.TinyPlugin()


class TestTinyOptimizer(testing.OptimizerSuite):
    component = "tiny"
    plugin = toy_components.TinyPlugin()


class TestTinyClip(testing.MediaSuite):
    component = "tiny-clip"
    plugin = toy_components.TinyPlugin()
    sources = ("0",)


class TestGivenAndInstalled(testing.LossSuite):
    """The one that was given is meant."""

    component = "gram"
    plugin = losses
    discover = True


def test_the_host_of_the_fixture_is_empty(stylekit_host) -> None:
    assert stylekit_host.registry.records == []
    stylekit_host.register(toy_components.TinyPlugin(), "mine")
    assert [record.name for record in stylekit_host.registry.records] == ["mine"]


def test_pytest_starts_without_anything_heavy(tmp_path: Path) -> None:
    (tmp_path / "test_light.py").write_text(
        "import sys\n\n\ndef test_light():\n"
        "    assert not {'torch', 'pydantic', 'numpy'} & set(sys.modules)\n"
        "    assert 'stylekit.testing.pytest_plugin' in sys.modules\n"
    )
    words = ["-q", "-p", "no:cacheprovider", "-p", "stylekit.testing.pytest_plugin"]
    # Alone: other plugins of pytest may be heavy.
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", *words, str(tmp_path)],
        env={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": ":".join(sys.path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_pytest_finds_the_plugin() -> None:
    points = importlib.metadata.entry_points(group="pytest11")
    assert "stylekit.testing.pytest_plugin" in {point.value for point in points}


def test_a_suite_of_a_plugin_that_is_not_installed_says_so() -> None:
    suite = type("Suite", (testing.LossSuite,), {"component": "pixels:pixels"})()
    with pytest.raises(
        pytest.fail.Exception, match=r"called 'pixels': `pip install -e \.`, or set"
    ):
        suite.find_component(suite.make_host({}))
