"""A digest of stored results, by which a page tells what it was made from."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from study.claims.standing import store_of
from study.design.cells import canonical
from study.store.lines import Store

META = '<meta name="results-digest" content="{}">'
FOUND = re.compile(META.format("([0-9a-f]{64})"))


def digest(store: Store) -> str:
    """Return the SHA-256 of everything a store's counting records say, those of the claims among them.

    It depends on keys, statuses and metrics alone: not on the order of files and lines, nor on lines that a later
    line replaced, nor on how long a training took and where.

    Raises:
        StudyError: if a line is not what was written.
    """
    records = [*store.read().values(), *store_of(store).read().values()]
    lines = sorted(canonical([r["key"], r["status"], r.get("metrics", r.get("values"))]) for r in records)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def meta(store: Store) -> str:
    """Return the digest as an element of a page's head."""
    return META.format(digest(store))


def said(html: str) -> str | None:
    """Return the digest that a page says it was made from; None if it says none."""
    found = FOUND.search(html)
    return found and found[1]


def made_by_a_report(page: Path) -> bool:
    """Return whether a file is a page that says what it was made from, and so may be written over."""
    return said(page.read_text(encoding="utf-8", errors="replace")) is not None
