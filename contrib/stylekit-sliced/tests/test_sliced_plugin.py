"""The plugin as the host sees it."""

from __future__ import annotations

import subprocess
import sys

import stylekit_sliced

import stylekit
from stylekit.specs import LossSpec


def test_the_host_finds_the_loss_and_its_parameters():
    host = stylekit.Host(plugins={"sliced": stylekit_sliced}, discover=False)
    component = host.catalogue.find(LossSpec, "sliced:sliced-wasserstein")
    assert component.spec.role == "style"
    from stylekit.registry.catalogue import params_model

    fields = params_model(component).model_fields
    assert set(fields) == {"projections", "quantiles", "seed"}
    assert all(field.description for field in fields.values())


def test_the_manifest_loads_neither_torch_nor_pydantic():
    code = "import sys, stylekit_sliced; print({'torch', 'pydantic'} & set(sys.modules))"
    path = str(stylekit_sliced.__path__[0]).rpartition("stylekit_sliced")[0]
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {path!r}); {code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "set()"
