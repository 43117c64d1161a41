"""Presets and commands with one fault each. See `faults`."""

from __future__ import annotations

from decimal import Decimal

from tests.conformance import commands, heavy_command
from tests.helpers.faulty_components import FAULTS, Fault, fault

import stylekit
from stylekit.specs import PresetSpec
from stylekit.testing import CommandSuite, PresetSuite


def preset(fails: str, says: str, **values: object) -> type[PresetSuite]:
    """Return the test class of a preset with a fault."""

    class Plugin:
        @stylekit.hookimpl
        def register_presets(self):
            return [PresetSpec(name="faulty", summary="Has a fault.", values=values)]

    found = Fault(PresetSuite, fails, says)
    if fails:
        FAULTS.append(found)
    body = {"component": "faulty", "plugin": Plugin(), "fault": found, "__module__": __name__}
    return type("Preset", (PresetSuite,), body)


TestSound = preset("", "", method="identity", size=64)
TestUnknownParameter = preset(
    "test_values_are_a_plan", "Unknown parameter", method="gatys", gatys={"style_wait": 3}
)
TestOtherTable = preset(
    "test_values_have_an_effect", "has no effect", method="identity", gatys={"style_weight": 3.0}
)
TestDecimal = preset(
    "test_values_are_like_a_file", "written to a file", method="identity", seed=Decimal(3)
)


for command, fails, says in (
    (commands.Sound, "", ""),
    (commands.HasAPercentSign, "test_help_is_shown", "a % not doubled"),
    (commands.ReturnsNothing, "test_run_succeeds", "0 is success"),
    (commands.Prints, "test_output_goes_through_the_console", "console.data"),
    (commands.IgnoresJson, "test_json_is_one_object", "console.object"),
    (heavy_command.Heavy, "test_help_is_quick", "imports torch"),
):
    attributes = {"argv": ("you",)}
    fault(CommandSuite, fails, says, into=__name__, attributes=attributes)(command)
