"""Code that a study names, such as `package.module:function`: where it is found, and a digest of its source.

A key holds the digest of the module and of the modules that it imports *beside it*: those of the same folder and
what lies below it, and those that these import in turn. Of an installed package it is the package. What lies elsewhere
has
a version of its own. So has `study`: a module of ours (a mechanism, a regularizer) counts with the modules of
its own package only, for whatever else of the house it calls serves every cell alike, and no key would outlive a
tidying
of the house. Not seen are modules imported by a computed name, and files that are read.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import importlib
import os
import sys
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path

from study.errors import StudyError

PLACES: list[str] = []
"""Folders where modules are looked for after all others; other processes are told of them."""

VARIABLE = "STUDY_FACTORS_PATH"
"""Names further such folders, as PATH does."""
INSTALLED = {"site-packages", "dist-packages"}
HOUSE = __name__.partition(".")[0]


def look_in(folders: Iterable[str]) -> None:
    """Have Python look for modules in some folders too, after all others."""
    for folder in folders:
        if folder not in PLACES:
            PLACES.append(folder)
        if folder not in sys.path and Path(folder).is_dir():
            sys.path.append(folder)


def look_around(folder: Path | None) -> None:
    """Have Python look for modules in a study file's folder too, in the current one, and in those that `VARIABLE`
    names."""
    told = os.environ.get(VARIABLE, "").split(os.pathsep)
    own = [str(folder.resolve())] if folder else []
    look_in(filter(None, (*own, str(Path.cwd()), *told)))


def places() -> str:
    """Say where modules are looked for."""
    return " or ".join(["an installed package", *PLACES])


def find(kind: str, path: str, what: str, more: str = ""):
    """Import what `package.module:name` names.

    Args:
        kind: what it is called in a study, such as `model`.
        path: the name.
        what: what it is to be, such as `a function`.
        more: what else the error shall say.

    Raises:
        StudyError: if it cannot be imported.
    """
    module, _, name = path.partition(":")
    try:
        return getattr(importlib.import_module(module), name)
    except Exception as error:  # the module is the user's: whatever it raises is what was received
        raise StudyError(
            f"{kind} {path!r}: Expected {what} that can be imported, from {places()}. "
            f"Received: {type(error).__name__}: {str(error).rstrip('.')}.{more}"
        ) from None


def source(module: str) -> dict[str, str] | None:
    """Return what a module's code is, without importing it.

    Args:
        module: its dotted name.

    Returns:
        The digest of the code of the module and of every module beside it that it needs, by dotted name; None if
        there is no such module. Comments, docstrings and formatting change no digest.
    """
    top, package = module.partition(".")[0], module.rpartition(".")[0]
    root = _root(top)
    if root is None or _file(root, module) is None:
        return None

    def beside(name: str) -> bool:
        if top == HOUSE:
            return name.startswith(f"{package}.")
        first = name.partition(".")[0]
        return first == top or first != HOUSE and not INSTALLED & set(root.parts)

    found, todo = {}, {module}
    while todo:
        name = todo.pop()
        if name not in found and beside(name) and (file := _file(root, name)):
            at = file.stat()
            found[name], imported = _read(file, name, at.st_mtime_ns, at.st_size)
            todo |= imported
    return dict(sorted(found.items()))


def file_of(module: str) -> Path | None:
    """Return the file of a module's source, without importing it; None if there is none."""
    root = _root(module.partition(".")[0])
    return _file(root, module) if root else None


def _root(top: str) -> Path | None:
    """Return the folder in which a module or package of that name lies."""
    importlib.invalidate_caches()
    try:
        spec = find_spec(top)
    except (ImportError, ValueError):
        return None
    if spec and spec.submodule_search_locations:
        return Path(next(iter(spec.submodule_search_locations))).parent
    return Path(spec.origin).parent if spec and spec.origin and spec.has_location else None


def _file(root: Path, module: str) -> Path | None:
    place = root.joinpath(*module.split("."))
    return next((file for file in (place / "__init__.py", place.with_suffix(".py")) if file.is_file()), None)


@functools.cache
def _read(file: Path, name: str, modified: int, size: int) -> tuple[str, frozenset[str]]:
    """Return the digest of a file's code, and the names of all modules that importing it may import.

    Of what is imported from the house only the names count, not where in it they stand.
    """
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError):  # said when it is imported; until then any change is a change
        return hashlib.sha256(file.read_bytes()).hexdigest()[:16], frozenset()
    package = name if file.name == "__init__.py" else name.rpartition(".")[0]
    imported = set(_parents(name))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {each for alias in node.names for each in (alias.name, *_parents(alias.name))}
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            origin = ".".join([*above, *filter(None, [node.module])])
            imported |= {origin, *_parents(origin), *(f"{origin}.{alias.name}" for alias in node.names)}
            if origin.partition(".")[0] == HOUSE:
                node.module = HOUSE
    return hashlib.sha256(_plain(tree).encode()).hexdigest()[:16], frozenset(imported)


def _parents(name: str) -> Iterator[str]:
    """Return the packages whose own code runs before a module's does."""
    parts = name.split(".")
    return (".".join(parts[:end]) for end in range(1, len(parts)))


def _plain(node) -> str:
    """Return code as text that does not depend on comments, docstrings, formatting, or Python's version, as `ast.dump`
    does."""
    if isinstance(node, list):
        return f"[{','.join(_plain(each) for each in node if not _is_docstring(each))}]"
    if not isinstance(node, ast.AST):
        return repr(node)
    fields = ",".join(f"{name}={_plain(value)}" for name, value in ast.iter_fields(node) if value not in (None, []))
    return f"{type(node).__name__}({fields})"


def _is_docstring(node) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
