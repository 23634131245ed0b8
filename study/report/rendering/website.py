"""A Quarto website project, read: its pages, navigation, variables and bibliography."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import yaml

SOURCES = {".qmd", ".md", ".ipynb"}


class PlainLoader(yaml.SafeLoader):
    """Reads YAML as Quarto does: `yes` is a word, and a date stays as it is written."""


PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":bool", ":timestamp"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
PlainLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"true|false", re.IGNORECASE), list("tTfF"))


@dataclass(frozen=True)
class Page:
    """One rendered source. `path`: POSIX, relative to the project. `slug`: its HTML id."""

    path: str
    slug: str

    def locate(self, target: str) -> str | None:
        """Return a path written in this page relative to the project, None where it leaves it.

        Args:
            target: relative to the page's folder, or to the project when it begins with a slash.
        """
        start = PurePosixPath() if target.startswith("/") else PurePosixPath(self.path).parent
        parts: list[str] = []
        for part in (start / target.lstrip("/")).parts:
            if part == "..":
                if not parts:
                    return None
                parts.pop()
            elif part != ".":
                parts.append(part)
        return "/".join(parts)


@dataclass(frozen=True)
class Entry:
    """One line of the navigation; `text` or `href` may be None, a section has `contents`."""

    text: str | None
    href: str | None
    contents: tuple[Entry, ...] = ()


@dataclass(frozen=True)
class Website:
    """A project as `_quarto.yml` and `_variables.yml` describe it.

    `pages`: in the order of the navigation, then the others in the order of `render`.
    `variables`: nested mappings; scalars are text, exactly as typed.
    `bibliography`, `csl`: files for Pandoc, known to exist.
    `head`: HTML for the head of the page, the texts of `format.html.include-in-header`.
    """

    folder: Path
    title: str
    pages: tuple[Page, ...]
    navigation: tuple[Entry, ...]
    variables: dict = field(default_factory=dict)
    bibliography: tuple[Path, ...] = ()
    csl: Path | None = None
    head: str = ""


def load(folder: Path, problems: list[str]) -> Website:
    """Read a website project.

    Args:
        folder: the project's folder, which holds `_quarto.yml`.
        problems: receives a sentence for everything that is named but does not exist.

    Returns:
        The project; what is missing is left out of it.
    """
    config = mapping(folder / "_quarto.yml", problems)
    website = config.get("website") or {}
    paths = list(_render_paths(folder, config.get("project") or {}, problems))
    navigation = tuple(_entries(folder, _contents(website), paths))
    order = list(dict.fromkeys([href for href in _hrefs(navigation) if href in paths] + paths))
    for href in _hrefs(navigation):
        if href not in paths and not is_external(href):
            problems.append(
                f"_quarto.yml: the navigation names {href}, which project.render does not. "
                f"Rendered are: {', '.join(paths)}."
            )
    return Website(
        folder=folder,
        title=str(website.get("title") or "Report"),
        pages=_pages(order),
        navigation=navigation,
        variables=mapping(folder / "_variables.yml", problems, plain=True, optional=True),
        bibliography=tuple(_files(folder, config.get("bibliography"), problems)),
        csl=next(_files(folder, config.get("csl"), problems), None),
        head=_head(config),
    )


def mapping(path: Path, problems: list[str], *, plain: bool = False, optional: bool = False) -> dict:
    """Read a YAML file that holds a mapping.

    Args:
        path: the file.
        problems: receives a sentence when it is missing, does not parse or holds something else.
        plain: keep every scalar as the text that was typed, so that 0.50 does not become 0.5.
        optional: a missing file is an empty mapping and no problem.

    Returns:
        The mapping, empty after a problem.
    """
    if not path.exists():
        if not optional:
            problems.append(f"{path.name}: Expected this file in {path.parent}. It does not exist.")
        return {}
    try:
        value = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader if plain else PlainLoader)
    except yaml.YAMLError as error:
        problems.append(f"{path.name}: Expected YAML. Received: {error}")
        return {}
    if value is not None and not isinstance(value, dict):
        problems.append(f"{path.name}: Expected a mapping. Received: {type(value).__name__}.")
        return {}
    return value or {}


def is_external(href: str) -> bool:
    """Say whether an address leads out of the project, as `https://…` or `mailto:…` does."""
    return href.startswith("//") or re.match(r"[A-Za-z][\w+.-]+:", href) is not None


def _head(config: dict) -> str:
    html = (config.get("format") or {}).get("html")
    included = (html.get("include-in-header") or []) if isinstance(html, dict) else []
    return "\n".join(each["text"] for each in included if isinstance(each, dict) and "text" in each)


def _render_paths(folder: Path, project: dict, problems: list[str]) -> Iterator[str]:
    patterns = [str(pattern) for pattern in project.get("render") or ["*"]]
    excluded = {path for p in patterns if p.startswith("!") for path in _matches(folder, p[1:])}
    seen = set()
    for pattern in (p for p in patterns if not p.startswith("!")):
        found = _matches(folder, pattern)
        if not found and not _is_glob(pattern):
            exist = ", ".join(_matches(folder, "*")) or "none"
            problems.append(
                f"_quarto.yml: project.render lists {pattern}, which does not exist. Sources in {folder} are: {exist}."
            )
        for path in found:
            if path not in excluded and path not in seen:
                seen.add(path)
                yield path


def _is_glob(pattern: str) -> bool:
    return any(sign in pattern for sign in "*?[") or pattern.endswith("/")


def _matches(folder: Path, pattern: str) -> list[str]:
    pattern = pattern.lstrip("/")
    if not _is_glob(pattern) and not (folder / pattern).is_dir():
        path = folder / pattern
        return [pattern] if path.is_file() and path.suffix in SOURCES else []
    if (folder / pattern).is_dir():
        pattern = f"{pattern.rstrip('/')}/**/*"
    # Quarto reads a pattern without a folder as one for every folder.
    found = folder.glob(pattern) if "/" in pattern else folder.rglob(pattern)
    relative = (path.relative_to(folder) for path in sorted(found) if path.suffix in SOURCES)
    return [path.as_posix() for path in relative if not any(p[0] in "_." for p in path.parts)]


def _contents(website: dict) -> object:
    sidebar = website.get("sidebar")
    if isinstance(sidebar, list):
        sidebar = sidebar[0] if sidebar else None
    if isinstance(sidebar, dict) and sidebar.get("contents"):
        return sidebar["contents"]
    navbar = website.get("navbar")
    return (navbar.get("left") or []) + (navbar.get("right") or []) if isinstance(navbar, dict) else []


def _entries(folder: Path, contents: object, paths: list[str]) -> Iterator[Entry]:
    for item in contents if isinstance(contents, list) else [contents]:
        if isinstance(item, dict) and "auto" in item:
            item = item["auto"]
        if isinstance(item, dict):
            yield from _entry(folder, item, paths)
        elif item in ("auto", True):
            yield from (Entry(None, path) for path in paths)
        elif _is_glob(str(item)) or (folder / str(item)).is_dir():
            matching = set(_matches(folder, str(item)))
            yield from (Entry(None, path) for path in paths if path in matching)
        else:
            yield Entry(None, str(item).removeprefix("./").lstrip("/"))


def _entry(folder: Path, item: dict, paths: list[str]) -> Iterator[Entry]:
    text, href = item.get("text"), item.get("href") or item.get("file")
    if section := item.get("section"):
        is_page = str(section) in paths
        text, href = (text, section) if is_page else (section, href)
    if text and set(str(text)) == {"-"}:
        return  # a separator
    inner = item.get("contents") or item.get("menu") or []
    if href and not is_external(str(href)):
        href = str(href).removeprefix("./").lstrip("/")
    yield Entry(text and str(text), href and str(href), tuple(_entries(folder, inner, paths)))


def _hrefs(entries: tuple[Entry, ...]) -> Iterator[str]:
    for entry in entries:
        if entry.href:
            yield entry.href
        yield from _hrefs(entry.contents)


def _pages(paths: list[str]) -> tuple[Page, ...]:
    slugs: dict[str, str] = {}
    for path in paths:
        stem = re.sub(r"[^a-z0-9]+", "-", path.rsplit(".", 1)[0].lower()).strip("-") or "page"
        slug, count = stem, 1
        while slug in slugs.values():
            count += 1
            slug = f"{stem}-{count}"
        slugs[path] = slug
    return tuple(Page(path, slug) for path, slug in slugs.items())


def _files(folder: Path, names: object, problems: list[str]) -> Iterator[Path]:
    for name in names if isinstance(names, list) else [names] if names else []:
        if (folder / str(name)).is_file():
            yield folder / str(name)
        else:
            problems.append(f"_quarto.yml: {name} does not exist in {folder}.")
