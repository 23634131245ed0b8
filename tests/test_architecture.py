"""The house: packages in order, no circles inside one, rooms of a size to be read at a sitting."""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "study"

ORDER = (
    "errors",
    "files",
    "design",
    "statistics",
    "data",
    "store",
    "training",
    "engines",
    "analysis",
    "exhibits",
    "figures",
    "claims",
    "literature",
    "export",
    "report",
    "cli",
    "__main__",
)
"""Each imports only what stands before it."""

ROOMS_WITH_KERAS = ("training", "claims.mechanisms", "engines.worker", "data.downloads", "data.formats", "cli.ablation")
FREE = ("figures", "claims.topics", "claims.mechanisms", "literature.topics")
"""Folders of one kind of thing, a file each: as many as there are."""
MOST_MODULES, MOST_LINES, MOST_NAMES = 12, 300, 8
EMPTY_NAMES = {"utils", "helpers", "base", "misc", "common"}

MODULES = {".".join(path.relative_to(PACKAGE).with_suffix("").parts): path for path in sorted(PACKAGE.rglob("*.py"))}
"""Every module by its dotted name under `study`; a package's own is `….__init__`."""


def _imports(path: Path) -> set[str]:
    """Return the dotted names of everything a module imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return found


def _inner(path: Path) -> set[str]:
    """Return the modules of the package that a module imports when it is loaded itself: none of those under
    TYPE_CHECKING."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            node.body = []
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "study":
            names = {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
            found |= {name.removeprefix("study.") for name in names if name.removeprefix("study.") in MODULES}
    return found


def test_the_packages_are_those_of_the_order():
    assert {name.partition(".")[0] for name in MODULES} - {"__init__"} == set(ORDER)


@pytest.mark.parametrize("name", MODULES)
def test_imports_flow_downward(name):
    place = name.partition(".")[0]
    if place == "__init__":
        pytest.skip("the public face opens what it names when it is asked for")
    for imported in _imports(MODULES[name]):
        top, _, rest = imported.partition(".")
        other = rest.partition(".")[0]
        if top == "study" and other in ORDER:
            assert ORDER.index(other) <= ORDER.index(place), f"{name} imports {imported}"


@pytest.mark.parametrize("package", [name for name in ORDER if (PACKAGE / name).is_dir()])
def test_there_are_no_circles_inside_a_package(package):
    inside = {name: _inner(path) for name, path in MODULES.items() if name.startswith(f"{package}.")}
    graph = {name: {other for other in found if other.startswith(f"{package}.")} for name, found in inside.items()}
    try:
        list(TopologicalSorter(graph).static_order())
    except CycleError as circle:
        pytest.fail(f"a circle: {' → '.join(circle.args[1])}")


@pytest.mark.parametrize("name", MODULES)
def test_only_training_imports_keras(name):
    heavy = {imported.split(".")[0] for imported in _imports(MODULES[name])} & {"keras", "tensorflow"}
    assert not heavy or name.startswith(ROOMS_WITH_KERAS)


def test_statistics_know_neither_frames_nor_keras():
    for name, path in MODULES.items():
        if name.startswith("statistics."):
            assert not {imported.split(".")[0] for imported in _imports(path)} & {"pandas", "keras"}, name


@pytest.mark.parametrize("name", MODULES)
def test_a_module_is_read_at_a_sitting(name):
    assert len(MODULES[name].read_text().splitlines()) <= MOST_LINES
    assert name.rpartition(".")[2] not in EMPTY_NAMES
    *folders, own = name.split(".")
    assert own not in folders, f"{name} is named like its package"


def test_a_package_has_few_modules_and_says_what_it_answers():
    for path in PACKAGE.rglob("__init__.py"):
        name = ".".join(path.parent.relative_to(PACKAGE).parts)
        tree = ast.parse(path.read_text())
        assert ast.get_docstring(tree), f"{name} does not say which question it answers"
        modules = [other for other in path.parent.glob("*.py") if other != path]
        assert name in FREE or len(modules) <= MOST_MODULES, f"{name} has {len(modules)} modules"
        shown = [alias for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names]
        assert name in ("", *FREE) or len(shown) <= MOST_NAMES, f"{name} re-exports {len(shown)} names"


def test_only_packages_errors_and_files_lie_flat():
    assert {path.name for path in PACKAGE.glob("*.py")} == {"__init__.py", "__main__.py", "errors.py", "files.py"}


def test_tests_mirror_the_packages():
    folders = {path.parent.name for path in Path(__file__).parent.glob("*/test_*.py")}
    assert folders <= set(ORDER)
