"""Who may know whom: the kernel knows no plugin, and plugins meet only through the kernel."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from stylekit import Host
from stylekit.specs import SPEC_TYPES

ROOT = Path(__file__).resolve().parents[2]
KERNEL = sorted((ROOT / "kernel").rglob("*.py"))
BUILTINS = ROOT / "plugins" / "stylekit_plugins"
PLUGINS = sorted(entry.parent for entry in BUILTINS.glob("*/__init__.py"))

PACKAGE = ROOT / "kernel" / "stylekit"
ENTRIES = sorted(
    path.stem
    for path in PACKAGE.iterdir()
    if path.suffix == ".py" or (path / "__init__.py").is_file()
)

LAYERS = (
    ("testing",),
    ("__init__", "cli"),
    ("host",),
    ("records", "evaluation"),
    ("runs",),
    ("inputs",),
    ("methods", "weights"),
    ("registry",),
    ("hookspecs",),
    ("result",),
    ("events", "protocols"),
    ("images", "files", "machine", "params"),
    ("errors", "specs", "text", "version"),
)
"""The map of the kernel, top to bottom: an entry may import from the layers below its own."""

LAYER_OF = {name: number for number, layer in enumerate(LAYERS) for name in layer}

CORE = ("__init__", "host", "hookspecs", "specs", "protocols", "params", "registry", "runs")
"""What makes stylekit a microkernel."""

SHARED = "stylekit_plugins.networks"
"""Architectures of networks: the only package of plugins that other plugins may import."""

NO_CODE = {
    *(tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE),
    *(tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER),
}

# Words that the kernel needs for itself, although a component is called so too.
KERNEL_WORDS = {
    "run",
    "content",
    "style",
    "default",
    "image",
    "mask",
    "folder",
    "weights",
    "schema",
    "color",
}


def imported(path: Path, package: str) -> Iterator[str]:
    """Yield every module that a file imports, relative imports and import strings included."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = package.split(".")
                base = ".".join([*parts[: len(parts) - node.level + 1], *filter(None, [base])])
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value.partition(":")[0]
            if text.startswith("stylekit_plugins") and " " not in text:
                yield text


def strings(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the string constants of a file, docstrings left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documentation = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or id(node) in documentation:
            continue
        if isinstance(node.value, str):
            yield node.lineno, node.value


def test_there_is_something_to_check():
    assert len(KERNEL) > 20
    assert len(PLUGINS) >= 8


def test_the_kernel_imports_no_plugin():
    for path in KERNEL:
        package = ".".join(path.relative_to(ROOT / "kernel").parent.parts)
        assert not [name for name in imported(path, package) if "stylekit_plugins" in name], path


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda plugin: plugin.name)
def test_plugins_import_no_other_plugin(plugin: Path):
    """`networks` is for all of them."""
    own = f"stylekit_plugins.{plugin.name}"
    for path in plugin.rglob("*.py"):
        package = ".".join(path.relative_to(ROOT / "plugins").parent.parts)
        for name in imported(path, package):
            if name.split(".")[0] == "stylekit_plugins":
                assert is_in(name, own) or is_in(name, SHARED), f"{path} imports {name}"


def is_in(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def test_the_kernel_names_no_component():
    host = Host(builtins_only=True)
    names = {
        component.spec.name
        for spec_type in SPEC_TYPES.values()
        for component in host.catalogue.all(spec_type)
    }
    assert len(names) > 10
    for path in KERNEL:
        for line, text in strings(path):
            bare = text.rpartition(":")[2]
            assert bare not in names - KERNEL_WORDS, f"{path}:{line} names {text!r}"


def test_the_kernel_does_not_even_mention_them():
    """Not in comments or examples either, as far as a name is no common word."""
    host = Host(builtins_only=True)
    names = {
        component.spec.name
        for kind in ("backbone", "method", "optimizer", "metric", "classifier", "weights")
        for component in host.catalogue.all(SPEC_TYPES[kind])
    } - {"arbitrary", "identity", "flow", "style", "linearity"}
    assert {"gatys", "cyclegan", "vgg19", "lbfgs", "kid", "per-frame"} <= names
    words = re.compile(rf"\b({'|'.join(map(re.escape, names))})\b", re.IGNORECASE)
    for path in KERNEL:
        match = words.search(path.read_text(encoding="utf-8"))
        assert match is None, f"{path} mentions {match.group()}"


def test_the_kernel_fits_on_one_screen():
    entries = {path.name for path in PACKAGE.iterdir()} - {"__pycache__"}
    assert len(entries) <= 24, sorted(entries)


def test_the_map_has_every_entry():
    assert {name for layer in LAYERS for name in layer} == set(ENTRIES)
    assert len(LAYER_OF) == sum(map(len, LAYERS))


@pytest.mark.parametrize("entry", ENTRIES)
def test_no_import_runs_upwards(entry: str):
    """An entry imports only from layers below its own, so there is no cycle between entries.

    Every import counts: those at the top of a module, the lazy ones inside functions, and those
    for types alone (`TYPE_CHECKING`).
    """
    for path in modules_of(entry):
        for other in entries_imported(path) - {entry}:
            assert LAYER_OF[other] > LAYER_OF[entry], f"{path} imports {other}, which lies above"


def test_the_core_is_small():
    """The public face, `registry/` and `runs/` can be read in one sitting: lines of code alone."""
    core = [path for entry in CORE for path in modules_of(entry)]
    assert sum(len(lines_of_code(path)) for path in core) <= 1800


def modules_of(entry: str) -> list[Path]:
    folder = PACKAGE / entry
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [PACKAGE / f"{entry}.py"]


def entries_imported(path: Path) -> set[str]:
    """Return the entries of the kernel that a file imports; `__init__` is `stylekit` itself."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    parts = [name.split(".") for name in names]
    return {
        name[1] if len(name) > 1 and name[1] in LAYER_OF else "__init__"
        for name in parts
        if name[0] == "stylekit"
    }


def lines_of_code(path: Path) -> set[int]:
    text = path.read_text(encoding="utf-8")
    documentation = {
        line
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in NO_CODE:
            lines.update(range(token.start[0], token.end[0] + 1))
    return lines - documentation
