"""A page's source as one Markdown text: shortcodes expanded, notebooks unrolled."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from study.report.rendering import notebook
from study.report.rendering.notebook import Assets, Notebook
from study.report.rendering.website import Page, Website

SHORTCODE = re.compile(r"\{(?P<escaped>\{\{<.*?>\}\})\}|\{\{<\s*(?P<inner>.*?)\s*>\}\}")
ALONE = re.compile(r"^\s*\{\{<\s*(?P<name>\w+)\s*(?P<argument>.*?)\s*>\}\}\s*$")
FENCE = re.compile(r"^\s*(?:>\s*)*(?P<fence>`{3,}|~{3,})(?P<info>[^`]*)$")
KNOWN = ("embed", "include", "pagebreak", "var")


@dataclass
class Manuscripts:
    """Reads the pages of one website.

    `problems` receives a sentence for each thing that is named but does not exist; `assets` the
    images of the notebooks. Reading goes on after a problem, so that one reading finds them all.
    """

    website: Website
    problems: list[str] = field(default_factory=list)
    assets: Assets = field(default_factory=Assets)
    _notebooks: dict[Path, Notebook | None] = field(default_factory=dict)

    def text(self, page: Page) -> str:
        """Return a page as Markdown that begins with its title, a heading of class `page-title`."""
        path = self.website.folder / page.path
        if path.suffix == ".ipynb":
            read = self._notebook(path, page.path)
            front, cells = (read.front, read.cells) if read else ({}, ())
            body = "\n\n".join(self._cell(cell, page.path) for cell in cells)
        else:
            try:
                front, body = notebook.split_front_matter(path.read_text(encoding="utf-8"))
            except ValueError as error:
                self.problems.append(f"{page.path}: {error}")
                front, body = {}, ""
        whole = "\n\n".join([*_opening(front), body])
        return "\n".join(self._expand(whole.splitlines(), page, page.path))

    def _cell(self, cell: str | notebook.CodeCell, where: str, source: str = "") -> str:
        if isinstance(cell, str):
            return cell
        try:
            return notebook.markdown(cell, self.assets, source)
        except ValueError as error:
            self.problems.append(f"{where}: {error}")
            return ""

    def _notebook(self, path: Path, where: str) -> Notebook | None:
        if path not in self._notebooks:
            try:
                self._notebooks[path] = notebook.read(path)
            except ValueError as error:
                self.problems.append(f"{where}: {error}")
                self._notebooks[path] = None
        return self._notebooks[path]

    def _expand(self, lines: Iterable[str], page: Page, where: str) -> Iterator[str]:
        fence, literal = "", False
        for line, origin in self._included(lines, page, (where,)):
            match = FENCE.match(line)
            alone = ALONE.match(line)
            if match and not fence:
                fence, literal = match["fence"], _is_literal(match["info"])
            elif match and match["fence"].startswith(fence) and not match["info"].strip():
                fence, literal = "", False
            elif alone and alone["name"] == "embed" and not fence:
                embedded = self._embed(alone["argument"], page, origin)
                yield from ("", *self._expand(embedded.splitlines(), page, origin), "")
                continue
            yield line if literal else self._inline(line, origin, in_code=bool(fence))

    def _included(self, lines: Iterable[str], page: Page, stack: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        """Yield lines with their file; includes come first, even in code, as in Quarto."""
        for line in lines:
            match = ALONE.match(line)
            if not match or match["name"] != "include":
                yield line, stack[-1]
                continue
            name = page.locate(match["argument"].strip("\"'"))
            path = self.website.folder / name if name else None
            if path is None or not path.is_file():
                self.problems.append(
                    f"{stack[-1]}: includes {match['argument']}, which does not exist. "
                    f"Beside it are: {self._siblings(page, '.md')}."
                )
            elif name in stack:
                self.problems.append(f"{stack[-1]}: includes {name}, which includes it again.")
            else:
                inner = path.read_text(encoding="utf-8").splitlines()
                yield from self._included(inner, page, (*stack, name))

    def _siblings(self, page: Page, suffix: str) -> str:
        folder = (self.website.folder / page.path).parent
        return ", ".join(path.name for path in sorted(folder.glob(f"*{suffix}"))) or "none"

    def _inline(self, line: str, where: str, *, in_code: bool) -> str:
        def replaced(match: re.Match) -> str:
            if match["escaped"]:
                return match["escaped"]
            whole, inner = match[0], match["inner"]
            if inner.startswith("/*") and inner.endswith("*/"):
                return f"{{{{< {inner[2:-2].strip()} >}}}}"
            name, _, argument = inner.partition(" ")
            if name == "var":
                return self._value(argument.strip(), where)
            if name == "pagebreak":
                return ""
            if not in_code:
                self.problems.append(f"{where}: {_misplaced(name, whole)}")
            return "" if not in_code else whole

        return SHORTCODE.sub(replaced, line)

    def _value(self, name: str, where: str) -> str:
        value, reached = self.website.variables, "_variables.yml"
        for key in name.strip("\"'").split("."):
            if not isinstance(value, dict) or key not in value:
                exist = ", ".join(value) if isinstance(value, dict) else "no keys"
                self.problems.append(f"{where}: unknown variable {name}; {reached} has: {exist}.")
                return f"?var:{name}"
            value, reached = value[key], key
        if not isinstance(value, str):
            exist = ", ".join(value) if isinstance(value, dict) else "a list"
            self.problems.append(f"{where}: variable {name} is no text but holds: {exist}.")
            return f"?var:{name}"
        return " ".join(value.split())

    def _embed(self, argument: str, page: Page, where: str) -> str:
        target, _, label = argument.split()[0].partition("#") if argument else ("", "", "")
        name = page.locate(target)
        path = self.website.folder / name if name else None
        if path is None or path.suffix != ".ipynb" or not path.is_file():
            exist = ", ".join(p.path for p in self.website.pages if p.path.endswith(".ipynb"))
            self.problems.append(
                f"{where}: embeds {argument}, but the notebook {target} does not exist. "
                f"Notebooks are: {exist or 'none'}."
            )
            return ""
        read = self._notebook(path, name)
        if read is None:
            return ""
        if label and label not in read.labels():
            self.problems.append(
                f"{where}: embeds {argument}, but {name} has no cell labelled {label}. "
                f"Its labels are: {', '.join(read.labels()) or 'none'}."
            )
            return ""
        cells = [read.labels()[label]] if label else read.cells
        source = self._source(name, label, read)
        text = "\n\n".join(self._cell(cell, name, source if label else "") for cell in cells)
        if not text.strip():
            self.problems.append(f"{where}: embeds {argument}, a cell without output. Execute {name} first.")
        return text

    def _source(self, name: str, label: str, read: Notebook) -> str:
        if name not in {page.path for page in self.website.pages}:
            return ""
        title = str(read.front.get("title") or name)
        return f"[Source: [{title}](/{name}#{label})]{{.source}}"


def _opening(front: dict) -> Iterator[str]:
    if title := front.get("title"):
        yield f"# {' '.join(str(title).split())} {{#page-title .page-title}}"
    for key in ("subtitle", "description"):
        if text := front.get(key):
            yield f"::: {{.page-{key}}}\n{str(text).strip()}\n:::"


def _is_literal(info: str) -> bool:
    return re.search(r"shortcodes=[\"']?false", info) is not None


def _misplaced(name: str, whole: str) -> str:
    if name in {"embed", "include"}:
        return f"{whole} must stand on a line of its own."
    return f"unknown shortcode {whole}. Known are: {', '.join(KNOWN)}."
