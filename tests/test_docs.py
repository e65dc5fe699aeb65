"""What is not documented fails: the reference is what the live lists make, and every document says only what is true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests import reference

ROOT = Path(__file__).parent.parent
DOCS = sorted((ROOT / "docs").glob("*.md"))


def test_the_reference_is_what_the_live_lists_make():
    assert reference.PAGE.read_text(encoding="utf-8") == reference.page(), "run: python -m tests.reference --write"


@pytest.mark.parametrize("document", [*DOCS, ROOT / "rules" / "README.md", ROOT / "features" / "README.md"], ids=lambda path: path.name)
def test_every_link_of_a_document_leads_somewhere(document):
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8")):
        assert (document.parent / target).exists(), target


def test_every_document_is_reached_from_the_readme():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    linked = {target for document in DOCS for target in re.findall(r"\]\(([^)#:]+\.md)", document.read_text(encoding="utf-8"))}
    for document in DOCS:
        assert f"docs/{document.name}" in readme or document.name in linked, document.name
