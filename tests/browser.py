"""Chromium driven by Playwright, for the tests that need a real browser; skipped with a reason where there is none."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from study.report.rendering import chromium

LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
"""axe's tags of the rules of levels A and AA."""
PAGES = "[...document.querySelectorAll('main > .page')].map((page) => page.id)"
VIOLATIONS = """(levels) => axe.run(document, { runOnly: { type: 'tag', values: levels } }).then((found) =>
  found.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.html.slice(0, 200)}`)))"""


@dataclass
class Opened:
    """A page in the browser, and what it did while it was open.

    Attributes:
        page: Playwright's page.
        said: errors and warnings of its console, and errors of its scripts.
        asked: addresses it asked for beyond this machine's files; each was refused.
    """

    page: object
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def slugs(self) -> list[str]:
        """Return the ids of the document's pages."""
        return self.page.evaluate(PAGES)

    def turn(self, slug: str) -> None:
        """Show one of the document's pages, as following its link does."""
        self.page.evaluate("(slug) => { location.hash = `#${slug}` }", slug)
        self.page.wait_for_function("(slug) => document.querySelector('.page.current').id === slug", arg=slug)
        # Two frames: layout after the hash has changed, and what the page does about it.
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def violations(self) -> list[str]:
        """Return what axe finds against levels A and AA on what is shown, a line a node."""
        if not self.page.evaluate("typeof axe !== 'undefined'"):
            import axe_playwright_python

            self.page.evaluate(Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8"))
        return self.page.evaluate(VIOLATIONS, LEVELS)


@contextmanager
def browser():
    """Start Chromium; the test is skipped where it, or Playwright, is not there."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: make setup")
    pytest.importorskip("axe_playwright_python", reason="axe-core is not installed: make setup")
    found = chromium.find()
    if not found:
        pytest.skip("Chromium is not on the PATH: `make browser` installs Debian's")
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=found, args=list(chromium.QUIET))
        yield running
        running.close()


@contextmanager
def opened(running, file: Path, width: int, scripts: bool = True, scheme: str = "light"):
    """Open a file at a width in CSS pixels and in a colour scheme.

    Every request that leaves this machine is refused and written down.
    """
    context = running.new_context(
        viewport={"width": width, "height": 900}, java_script_enabled=scripts, color_scheme=scheme
    )
    page = context.new_page()
    result = Opened(page)

    def answer(route) -> None:
        if route.request.url.startswith(("file:", "data:", "http://127.0.0.1")):
            route.continue_()
        else:
            result.asked.append(route.request.url)
            route.abort()

    context.route("**/*", answer)
    page.on("console", lambda message: message.type in ("error", "warning") and result.said.append(message.text))
    page.on("pageerror", lambda error: result.said.append(str(error)))
    page.goto(file.resolve().as_uri())
    yield result
    context.close()
