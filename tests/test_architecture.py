"""Imports flow downward only, and only training needs TensorFlow."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "study"

ORDER = [
    "errors", "factors", "own", "experiments", "config", "fraction", "design", "resources", "records", "trials", "sessions", "metrics", "archives", "signals", "sources", "data", "sweeps", "models", "optimizers", "batches", "training", "mechanisms", "regularizers",
    "worker", "store", "queue", "ledger", "execution", "cluster", "engines", "verification", "epoch_costs", "planning", "progress", "estimands", "inference", "data_equivalence", "analysis",
    "placebo", "decomposition", "audit", "flips", "across", "curves", "neighbourhood", "tuning", "responses", "results", "exhibits", "wording", "placement", "claims", "literature", "figures", "findings", "strengths", "sentences", "tables", "dictionary", "digest", "eventfiles", "exports",
    "methods", "pages", "notebooks", "rendering", "report", "running", "benchmarked", "publication", "comparison", "terminal", "doctor", "options", "__main__", "container",
]
KERAS = {"mechanisms", "models", "optimizers", "batches", "training", "worker", "sources", "regularizers"}


def _modules():
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path, path.relative_to(PACKAGE).with_suffix("").parts[0]


def _imports(path: Path) -> set[str]:
    """Return the dotted names of everything a module imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return found


def test_every_module_has_its_place():
    assert {name for _, name in _modules()} - {"__init__"} == set(ORDER)


@pytest.mark.parametrize("path, name", list(_modules()), ids=lambda value: str(value)[-30:])
def test_imports_flow_downward(path, name):
    for imported in _imports(path):
        parts = imported.split(".")
        if parts[0] == "study" and len(parts) > 1 and parts[1] in ORDER and name != "__init__":
            if parts[1] != name:
                assert ORDER.index(parts[1]) < ORDER.index(name), f"{path.name} imports {imported}"


@pytest.mark.parametrize("path, name", list(_modules()), ids=lambda value: str(value)[-30:])
def test_only_training_imports_keras(path, name):
    heavy = {i.split(".")[0] for i in _imports(path)} & {"keras", "tensorflow"}
    assert not heavy or name in KERAS
