"""What holds for components of every kind: the spec, the import strings, the parameters."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Mapping
from functools import lru_cache
from types import ModuleType
from typing import Any, ClassVar

import pytest
import torch

from stylekit.errors import UsageError
from stylekit.host import Host
from stylekit.machine.interpreter import python
from stylekit.params import Params, validate
from stylekit.registry.catalogue import Component, load_object, params_model
from stylekit.specs import ComponentSpec, Spec

LONGEST_SUMMARY = 120
"""Characters of a summary that fit into lists."""

TESTED = "tested"
"""The name that the `plugin` of a suite is registered under."""

HEAVY = ("torch", "pydantic")
"""Packages that a manifest must not import, as `stylekit --help` loads it."""


class ComponentSuite:
    """The base of all suites.

    Attributes:
        component: the tested component: `name` or `plugin:name`.
        plugin: a module or object that registers it; None: an installed plugin does.
        params: parameters of the component; the others have their defaults.
        discover: with `plugin`, load the installed plugins too.
        spec_type: the spec of the kind.
    """

    component: ClassVar[str] = ""
    plugin: ClassVar[object | None] = None
    params: ClassVar[Mapping[str, Any]] = {}
    discover: ClassVar[bool] = False
    spec_type: ClassVar[type[Spec]] = ComponentSpec

    @pytest.fixture
    def host(self) -> Host:
        """The host that has the component."""
        return self.make_host({})

    @pytest.fixture
    def entry(self, host: Host) -> Component[Any]:
        """The component as it is registered: its spec and its plugin."""
        if not self.component:
            pytest.fail(f'{type(self).__name__} names no component: set component = "name".')
        return self.find_component(host)

    @pytest.fixture
    def device(self, request: pytest.FixtureRequest) -> torch.device:
        """The device of `--stylekit-device`."""
        return torch.device(request.config.getoption("--stylekit-device", "cpu"))

    @pytest.fixture
    def instance(self, entry: Component[Any]) -> Any:
        """The component itself, made as in a run."""
        return load_object(entry.spec.factory, entry)(self.params_for(entry))

    def lookup_name(self, host: Host) -> str:
        """Return the name to look the component up by: with `plugin`, in that plugin alone."""
        if self.plugin is None:
            return self.component
        name = host.registry.manager.get_name(self.plugin)
        return f"{name}:{self.component.rpartition(':')[2]}"

    def find_component(self, host: Host) -> Component[Any]:
        """Return the component as it is registered; fail the test if no plugin registers it."""
        try:
            return host.catalogue.find(self.spec_type, self.lookup_name(host))
        except UsageError as error:
            name, _, _ = self.component.rpartition(":")
            known = {record.name for record in host.registry.records}
            if self.plugin is None and name and name not in known:
                pytest.fail(
                    f"No installed plugin is called '{name}': `pip install -e .`, or set "
                    "`plugin = ...`."
                )
            pytest.fail(str(error))

    def make_host(self, extra: Mapping[str, object]) -> Host:
        """Return a host with the plugin of the component and extra plugins, by name."""
        if self.plugin is None:
            return Host(extra) if extra else installed_host()
        host = Host(extra, discover=self.discover)
        # It may be an installed plugin.
        if not host.registry.manager.is_registered(self.plugin):
            host.register(self.plugin, TESTED)
        return host

    def params_for(self, entry: Component[Any]) -> Params:
        """Return the validated parameters of the component."""
        return validate(params_model(entry), self.params, entry.spec.name)

    # -- the spec -------------------------------------------------------------------------------

    def test_summary_is_a_line(self, entry: Component[Any]) -> None:
        """The summary is one line, which lists show beside the name."""
        summary = entry.spec.summary
        assert summary.strip() == summary != "", (
            "The spec's `summary` must describe the component, without spaces around."
        )
        assert "\n" not in summary, "The spec's `summary` must be one line: it is shown in lists."
        assert len(summary) <= LONGEST_SUMMARY, (
            f"The spec's `summary` has {len(summary)} characters; lists have room for "
            f"{LONGEST_SUMMARY}."
        )

    def test_import_strings_load(self, entry: Component[Any]) -> None:
        """Every import string of the spec can be imported."""
        for field in ("factory", "params", "trainer", "training"):
            reference = getattr(entry.spec, field, None)
            if reference is None:
                continue
            try:
                load_object(reference, entry)
            except Exception as error:
                pytest.fail(f"The spec's `{field}` names '{reference}', which fails: {error}")

    def test_manifest_is_light(self, entry: Component[Any]) -> None:
        """The plugin's module, which every command imports, loads neither torch nor pydantic."""
        module = entry.plugin.location.partition(":")[0]
        if entry.plugin.origin == "in-process" and not isinstance(self.plugin, ModuleType):
            return
        if importlib.util.find_spec(module) is None:
            return
        loaded = _heavy_imports(module)
        assert not loaded, (
            f"Importing '{module}' loads {' and '.join(loaded)}, which slows down every "
            "command. Keep only specs in the manifest; put code into another module, and name it "
            "by an import string."
        )

    # -- the parameters -------------------------------------------------------------------------

    def test_parameters_are_described(self, entry: Component[Any]) -> None:
        """Every parameter has a description, which `stylekit describe` shows."""
        fields = params_model(entry).model_fields
        missing = [name for name, field in fields.items() if not (field.description or "").strip()]
        assert not missing, (
            f"Give {', '.join(missing)} a description with its unit: Field(..., description=...)."
        )

    def test_parameters_are_closed(self, entry: Component[Any]) -> None:
        """A misspelled parameter is an error, and no parameter can be changed later."""
        config = params_model(entry).model_config
        assert config.get("extra") == "forbid", (
            'The parameter model accepts unknown names: leave `extra="forbid"` of stylekit.Params.'
        )
        assert config.get("frozen"), (
            "The parameter model can be changed after it was checked: leave `frozen=True` of "
            "stylekit.Params."
        )

    def test_parameters_survive_a_record(self, entry: Component[Any]) -> None:
        """The parameters are valid, and come back from JSON, the format of records."""
        model = params_model(entry)
        params = self.params_for(entry)
        try:
            again = model.model_validate_json(params.model_dump_json())
            model.model_json_schema()
        except Exception as error:
            pytest.fail(
                f"The parameters do not come back from a run record: {error}. Each default must be "
                "a value that its own field accepts, of a type that JSON has."
            )
        assert again == params, f"From a run record, {params!r} comes back as {again!r}."


@lru_cache
def installed_host() -> Host:
    """Return a host with the installed plugins, loaded once."""
    return Host()


@lru_cache
def _heavy_imports(module: str) -> tuple[str, ...]:
    """Return the heavy packages that a fresh interpreter loads with a module."""
    code = f"import sys, {module}; print(*sorted(set({HEAVY!r}) & set(sys.modules)))"
    done = subprocess.run(
        python("-c", code),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"'{module}' cannot be imported by itself:\n{done.stderr}"
    return tuple(done.stdout.split())
