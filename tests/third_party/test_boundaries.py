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

NO_CODE = {
    *(tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE),
    *(tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER),
}

# Words that the kernel needs for itself, although a component is called so too.
KERNEL_WORDS = {"run", "content", "style", "default", "image", "folder", "weights", "schema"}


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
    own = f"stylekit_plugins.{plugin.name}"
    for path in plugin.rglob("*.py"):
        package = ".".join(path.relative_to(ROOT / "plugins").parent.parts)
        for name in imported(path, package):
            if name.split(".")[0] == "stylekit_plugins":
                assert name == own or name.startswith(f"{own}."), f"{path} imports {name}"


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
    said = {
        component.spec.name
        for kind in ("backbone", "method", "optimizer", "evaluator", "weights")
        for component in host.catalogue.all(SPEC_TYPES[kind])
    } - {"arbitrary", "identity", "flow", "style", "linearity"}
    assert {"gatys", "cyclegan", "vgg19", "lbfgs", "kid", "per-frame"} <= said
    words = re.compile(rf"\b({'|'.join(map(re.escape, said))})\b", re.IGNORECASE)
    for path in KERNEL:
        found = words.search(path.read_text(encoding="utf-8"))
        assert found is None, f"{path} mentions {found.group()}"


def test_the_kernel_is_small():
    """Lines of code: without what tests plugins, and without docstrings, comments, blank lines."""
    kernel = [path for path in KERNEL if "testing" not in path.parts]
    assert sum(len(lines_of_code(path)) for path in kernel) < 6000


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
