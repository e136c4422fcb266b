# SPDX-License-Identifier: Apache-2.0
"""Every page and picture can be reached, and every link leads somewhere."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
PAGES = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)\s]*)?\)")


def linked(page: Path) -> set[Path]:
    found = _LINK.findall(page.read_text(encoding="utf-8"))
    return {(page.parent / target).resolve() for target in found if "://" not in target}


def test_every_link_leads_somewhere() -> None:
    broken = {f"{page.relative_to(ROOT)}: {target}" for page in PAGES for target in linked(page) if not target.exists()}
    assert broken == set()


def test_every_page_is_listed_and_every_picture_is_used() -> None:
    listed = linked(ROOT / "docs" / "README.md")
    decisions = linked(ROOT / "docs" / "decisions" / "README.md")
    pages = {p for p in (ROOT / "docs").rglob("*.md") if p.name != "README.md"}
    assert {str(p.relative_to(ROOT)) for p in pages - listed - decisions} == set()
    used = set().union(*(linked(page) for page in PAGES))
    assert {p.name for p in (ROOT / "docs" / "images").iterdir()} - {p.name for p in used} == set()
