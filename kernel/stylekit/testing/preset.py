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
    # Its values name components of other plugins.
    discover: ClassVar[bool] = True

    def test_values_are_a_plan(self, host: Host, entry: Component[Any]) -> None:
        """All names and parameters in its values are valid."""
        try:
            host.plan({"preset": entry.id})
        except StylekitError as error:
            pytest.fail(f"`--preset {entry.spec.name}` fails: {error}")

    def test_values_have_an_effect(self, host: Host, entry: Component[Any]) -> None:
        """It sets no parameters of components that its run does not use."""
        try:
            plan = host.plan(entry.spec.values)
        except StylekitError:
            return
        assert not plan.warnings, f"Its values: {' '.join(plan.warnings)}"

    def test_values_are_like_a_file(self, entry: Component[Any]) -> None:
        """Its values can be written to a file, as records are."""
        try:
            json.dumps(dict(entry.spec.values))
        except (TypeError, ValueError) as error:
            pytest.fail(f"The values cannot be written to a file: {error}.")
