"""Papers that docs/cite.md names by their keys have entries of BibTeX, and the other way round."""

from __future__ import annotations

import re

from tests.docs.documents import ROOT, blocks, read


def test_every_cited_paper_has_an_entry() -> None:
    page = read(ROOT / "docs/cite.md")
    entries = re.findall(r"^@\w+\{(\w+),$", "".join(blocks(page, "bibtex")), re.MULTILINE)
    cited = re.findall(r"`([a-z]+\d{4}\w*)`", page)
    assert {*cited, "stylekit"} == {*entries}
    assert len(entries) == len({*entries})
