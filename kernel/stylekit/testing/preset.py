"""What a preset promises: it can be run."""

from __future__ import annotations

import json
from typing import Any, ClassVar

import pytest

from stylekit.errors import StylekitError
from stylekit.host import Host
from stylekit.registry.catalogue import Component
from stylekit.specs import PresetSpec, Spec
from stylekit.testing.suite import ComponentSuite


class PresetSuite(ComponentSuite):
    """Checks of a preset."""

    spec_type: ClassVar[type[Spec]] = PresetSpec
    # Its values name components of others.
    discover: ClassVar[bool] = True

    def test_values_are_a_plan(self, host: Host, found: Component[Any]) -> None:
        """Every name in it is known, every parameter valid."""
        try:
            host.plan({"preset": found.id})
        except StylekitError as error:
            pytest.fail(f"`--preset {found.spec.name}` fails: {error}")

    def test_values_have_an_effect(self, host: Host, found: Component[Any]) -> None:
        """A table of a component that the preset's run does not use would do nothing."""
        told: list[str] = []
        try:
            host.plan(found.spec.values, warn=told.append)
        except StylekitError:
            return
        assert not told, f"Its values: {' '.join(told)}"

    def test_values_are_like_a_file(self, found: Component[Any]) -> None:
        """They are written into records."""
        try:
            json.dumps(dict(found.spec.values))
        except (TypeError, ValueError) as error:
            pytest.fail(f"The values cannot be written to a file: {error}.")
