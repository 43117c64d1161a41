"""A hook of mkdocs: documents that live outside `docs/` are pages of the site, too.

Links are written for the files as they lie in the repository, so that they work on a code host.
Here they are turned into links between pages. A page may show sections of another document:

    <!-- show PLUGINS.md: "1. A style loss" to "3. Tests" -->

stands for these sections on the site, and is followed by a link for readers of the file.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from pymdownx.slugs import slugify

ROOT = Path(__file__).resolve().parents[1]
DOCS = "docs"

DOCUMENTS = (
    *("PLUGINS.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "RELEASING.md"),
    *("benchmarks/**/*.md", "contrib/*/README.md", "examples/README.md"),
)
"""Documents outside `docs/`, as patterns; what a pattern does not find is no page."""

CODE = ("examples/*.py",)
"""Scripts that are shown as pages when a document links to them."""

_LINK = re.compile(r"(?P<image>!?)\[(?P<text>[^\[\]]*)\]\((?P<target>[^()\s]+)\)")
_HTML = re.compile(r"(?P<tag><(?:img|a)\b[^>]*?\b(?:src|href)=\")(?P<target>[^\"#:]+)")
_FENCE = re.compile(r"^(?:```|~~~).*?^(?:```|~~~)$", re.DOTALL | re.MULTILINE)
_SHOW = re.compile(r'<!-- show (?P<file>\S+): "(?P<first>[^"]+)" to "(?P<last>[^"]+)" -->\n.*\n')
_HEADING = re.compile(r"^(#+) (.*)$", re.MULTILINE)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Name anchors as code hosts do, so that one link leads to a section in both places."""
    config.mdx_configs.setdefault("toc", {})["slugify"] = slugify(case="lower")
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the documents outside `docs/`."""
    for path in _found(DOCUMENTS):
        text = (ROOT / path).read_text(encoding="utf-8")
        files.append(File.generated(config, path, content=text))
    for path in _found(CODE):
        text = (ROOT / path).read_text(encoding="utf-8")
        page = f"---\nsearch:\n  exclude: true\n---\n# {path}\n\n```python\n{text}```\n"
        files.append(File.generated(config, _page_of_code(path), content=page))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Show sections of other documents, and turn links."""
    uri = page.file.src_uri
    written_at = uri if page.file.generated_by else f"{DOCS}/{uri}"
    turned = _turned(markdown, written_at, uri, files)
    return _SHOW.sub(lambda show: _shown(show, uri, files), turned)


def _found(patterns: tuple[str, ...]) -> Iterator[str]:
    for pattern in patterns:
        yield from sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob(pattern))


def _page_of_code(path: str) -> str:
    return f"{path}.md"


def _turned(text: str, written_at: str, uri: str, files: Files) -> str:
    """Return text of the file `written_at`, with links as they are from the page `uri`."""

    def turn(link: re.Match[str]) -> str:
        target, _, anchor = link["target"].partition("#")
        if not target or re.match(r"[a-z]+:", target):
            return link[0]
        path = posixpath.normpath(posixpath.join(posixpath.dirname(written_at), target))
        found = _in_site(path, files)
        if found is None:
            if not (ROOT / path).exists():
                raise PluginError(f"{written_at}: the link to {target} leads nowhere")
            # Not on the site: the path says where it is in the repository.
            return f"{link['text']} (`{path}`)" if path not in link["text"] else link["text"]
        relative = posixpath.relpath(found, posixpath.dirname(uri) or ".")
        return f"{link['image']}[{link['text']}]({relative}{'#' * bool(anchor)}{anchor})"

    def turn_html(link: re.Match[str]) -> str:
        path = posixpath.normpath(posixpath.join(posixpath.dirname(written_at), link["target"]))
        found = _in_site(path, files)
        if found is None:
            raise PluginError(f"{written_at}: {link['target']} is not on the site")
        return link["tag"] + posixpath.relpath(found, posixpath.dirname(uri) or ".")

    return _outside_fences(text, lambda part: _HTML.sub(turn_html, _LINK.sub(turn, part)))


def _in_site(path: str, files: Files) -> str | None:
    """Return the page or image of the site that a file of the repository is."""
    for candidate in (
        path.removeprefix(f"{DOCS}/") if path.startswith(f"{DOCS}/") else path,
        f"{path}/README.md",
        _page_of_code(path),
    ):
        if files.get_file_from_path(candidate) is not None:
            return candidate
    return None


def _outside_fences(text: str, change: Any) -> str:
    parts, end = [], 0
    for fence in _FENCE.finditer(text):
        parts += [change(text[end : fence.start()]), fence[0]]
        end = fence.end()
    return "".join([*parts, change(text[end:])])


def _shown(show: re.Match[str], uri: str, files: Files) -> str:
    """Return the sections from one heading to another one of a document, one level up."""
    text = (ROOT / show["file"]).read_text(encoding="utf-8")
    fences = [fence.span() for fence in _FENCE.finditer(text)]
    headings = [
        heading
        for heading in _HEADING.finditer(text)
        if not any(begin <= heading.start() < end for begin, end in fences)
    ]
    names = [heading[2] for heading in headings]
    for name in (show["first"], show["last"]):
        if name not in names:
            raise PluginError(f"{uri}: {show['file']} has no section {name!r}")
    first, last = (headings[names.index(show[place])] for place in ("first", "last"))
    after = [h for h in headings if h.start() > last.start() and len(h[1]) <= len(last[1])]
    sections = text[first.start() : after[0].start() if after else len(text)]
    raised = _outside_fences(sections, lambda part: re.sub(r"^#(?=#)", "", part, flags=re.M))
    return _turned(raised, show["file"], uri, files)
