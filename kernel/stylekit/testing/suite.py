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

from stylekit.host import Host
from stylekit.machine.interpreter import python
from stylekit.params import Params, validate
from stylekit.registry.catalogue import Component, load_object, params_model
from stylekit.specs import ComponentSpec, Spec

LONGEST_SUMMARY = 120
"""Characters that a list has room for."""

TESTED = "tested"
"""The name of a plugin that a suite was given."""

HEAVY = ("torch", "pydantic")
"""What a manifest must not import: it is loaded for `stylekit --help`."""


class ComponentSuite:
    """The base of all suites.

    Attributes:
        component: what is tested: `name` or `plugin:name`.
        plugin: a module or object that offers it; None: it is looked for among the installed ones.
        params: parameters that it is made with; its defaults for the others.
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
    def found(self, host: Host) -> Component[Any]:
        """The component: its spec and its plugin."""
        if not self.component:
            pytest.fail(f'{type(self).__name__} must say which: component = "name".')
        return host.catalogue.find(self.spec_type, self.wanted(host))

    @pytest.fixture
    def device(self, request: pytest.FixtureRequest) -> torch.device:
        """Where to compute."""
        return torch.device(request.config.getoption("--stylekit-device", "cpu"))

    @pytest.fixture
    def made(self, found: Component[Any]) -> Any:
        """The component itself, as a run makes it."""
        return load_object(found.spec.factory, found)(self.parameters_of(found))

    def wanted(self, host: Host) -> str:
        """Return what is looked for: of a plugin that was given, and of no other."""
        if self.plugin is None:
            return self.component
        name = host.registry.manager.get_name(self.plugin)
        return f"{name}:{self.component.rpartition(':')[2]}"

    def make_host(self, more: Mapping[str, object]) -> Host:
        """Return a host with the component's plugin and others."""
        if self.plugin is None:
            return Host(more) if more else installed_host()
        host = Host(more, discover=self.discover)
        # It may be an installed one.
        if not host.registry.manager.is_registered(self.plugin):
            host.register(self.plugin, TESTED)
        return host

    def parameters_of(self, found: Component[Any]) -> Params:
        """Return the parameters that the component is made with."""
        return validate(params_model(found), self.params, found.spec.name)

    # -- the spec -------------------------------------------------------------------------------

    def test_summary_is_a_line(self, found: Component[Any]) -> None:
        """Lists show it beside the name."""
        summary = found.spec.summary
        assert summary.strip() == summary != "", "The spec's `summary` must say what it is."
        assert "\n" not in summary, "The spec's `summary` must be one line: it is shown in lists."
        assert len(summary) <= LONGEST_SUMMARY, (
            f"The spec's `summary` has {len(summary)} characters; lists have room for "
            f"{LONGEST_SUMMARY}."
        )

    def test_import_strings_load(self, found: Component[Any]) -> None:
        """What the spec names is there."""
        for field in ("factory", "params", "trainer", "training"):
            reference = getattr(found.spec, field, None)
            if reference is None:
                continue
            try:
                load_object(reference, found)
            except Exception as error:
                pytest.fail(f"The spec's `{field}` names '{reference}', which fails: {error}")

    def test_manifest_is_light(self, found: Component[Any]) -> None:
        """The plugin's module is imported by every command: it must not load torch or pydantic."""
        module = found.plugin.location.partition(":")[0]
        if found.plugin.origin == "in-process" and not isinstance(self.plugin, ModuleType):
            return
        if importlib.util.find_spec(module) is None:
            return
        loaded = _heavy_imports(module)
        assert not loaded, (
            f"Importing '{module}' loads {' and '.join(loaded)}, and so slows down every command. "
            "Let the manifest only make specs: their code belongs into another module, which an "
            "import string names."
        )

    # -- the parameters -------------------------------------------------------------------------

    def test_parameters_are_described(self, found: Component[Any]) -> None:
        """`stylekit describe` shows them."""
        fields = params_model(found).model_fields
        missing = [name for name, field in fields.items() if not (field.description or "").strip()]
        assert not missing, (
            f"Give {', '.join(missing)} a description with its unit: Field(..., description=...)."
        )

    def test_parameters_are_closed(self, found: Component[Any]) -> None:
        """A misspelled parameter is an error, and none can be changed later."""
        config = params_model(found).model_config
        assert config.get("extra") == "forbid", (
            'The parameter model accepts unknown names: leave `extra="forbid"` of stylekit.Params.'
        )
        assert config.get("frozen"), (
            "The parameter model can be changed after it was checked: leave `frozen=True` of "
            "stylekit.Params."
        )

    def test_parameters_survive_a_record(self, found: Component[Any]) -> None:
        """Defaults are valid, and come back from JSON, in which records keep them."""
        model = params_model(found)
        params = self.parameters_of(found)
        try:
            again = model.model_validate_json(params.model_dump_json())
            model.model_json_schema()
        except Exception as error:
            pytest.fail(
                f"The parameters do not come back from a run record: {error}. Let each default be "
                "a value that its own field accepts, of a type that JSON has."
            )
        assert again == params, f"From a run record, {params!r} comes back as {again!r}."


@lru_cache
def installed_host() -> Host:
    """Return the installed plugins, loaded once."""
    return Host()


@lru_cache
def _heavy_imports(module: str) -> tuple[str, ...]:
    """Return what a fresh interpreter has loaded after the import of a module."""
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
