"""The wheel, installed by pip into a fresh environment, before any stranger's plugin."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.slow


def test_what_runs_is_the_wheel_of_this_environment(builtins_environment):
    code = "import stylekit, stylekit_plugins as p; print(stylekit.__file__, p.__file__, sep='\\n')"
    for file in builtins_environment.run("-c", code).stdout.splitlines():
        assert file.startswith(str(builtins_environment.folder))


def test_version(builtins_environment):
    ran = builtins_environment.stylekit("--version")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("stylekit ")


def test_only_the_builtin_plugins_are_there_once_each_and_active(builtins_environment, repository):
    plugins = builtins_environment.plugins()
    folder = repository / "plugins" / "stylekit_plugins"
    # `networks` is no plugin: plugins share it.
    names = {entry.parent.name for entry in folder.glob("*/__init__.py")} - {"networks"}
    assert set(plugins) == names
    version = builtins_environment.stylekit("--version").stdout.split()[1]
    for record, *others in plugins.values():
        assert others == []
        assert (record["status"], record["origin"]) == ("active", "built-in")
        assert (record["dist"], record["version"]) == ("stylekit", version)
        assert record["components"]
    assert builtins_environment.stylekit("list-plugins", "--check").returncode == 0


def test_list_plugins_loads_neither_torch_nor_pydantic(builtins_environment):
    code = (
        "import sys; from stylekit.cli.main import main; main(['list-plugins', '--quiet']);"
        "print({'torch', 'pydantic', 'numpy'} & set(sys.modules))"
    )
    assert builtins_environment.run("-c", code).stdout.splitlines()[-1] == "set()"


def test_both_packages_are_typed_and_nothing_else_is_shipped(builtins_environment):
    code = (
        "import importlib.metadata as m;"
        "print(*sorted({str(f).split('/')[0] for f in m.files('stylekit')}));"
        "print(sum(str(f).endswith('/py.typed') for f in m.files('stylekit')))"
    )
    tops, typed = builtins_environment.run("-c", code).stdout.splitlines()
    assert typed == "2"
    shipped = {top for top in tops.split() if top != ".." and not top.endswith(".dist-info")}
    assert shipped == {"stylekit", "stylekit_plugins"}
