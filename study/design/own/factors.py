"""A study's factors by name, and its own: found by `package.module:Factor`, checked, and set after the others."""

from __future__ import annotations

import copyreg
import functools
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from study.design.architectures.own import KerasModel
from study.design.factors import FACTORS, HOOKS, TEXTBOOK, Factor, Factors, Strength
from study.design.own import code
from study.design.own.further import ADDABLE, BUILT_IN, FURTHER
from study.design.schema import TAKEN
from study.errors import StudyError, unknown

if TYPE_CHECKING:
    from study.design.studyfile import Study

PATH = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")
NAME = re.compile(r"[a-z][a-z0-9_]{0,23}")
COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
MARKERS = tuple("os^Dv<>PXphH*d8")
"""Filled Matplotlib markers, so that a hollow one can say something else."""
EXPECTED = (
    "Expected a study.Factor that provides a name, label, letter, colour, marker, strength (a model made from "
    f"study.Strength), dial, formula, meaning, layer and source, and at least one of the hooks {', '.join(HOOKS)}."
)


def collect(paths: Iterable[str], folder: Path) -> Factors:
    """Return a study's factors: those built in, and its own.

    Args:
        paths: `package.module:Factor`, in the order in which they follow the others; and names of built-in ones. Where
            no name is given, all five are there; else those that are named, and no other.
        folder: the study file's, where modules are looked for too.

    Raises:
        StudyError: if one cannot be imported, lacks something, or is like another.
    """
    named = tuple(paths)
    if named:
        code.look_around(folder)
    bare = [path for path in named if isinstance(path, str) and path in BUILT_IN]
    members = [factor for name, factor in BUILT_IN.items() if name in bare] or list(FACTORS)
    if len(set(bare)) < len(bare):
        raise StudyError(f"factors: Expected each factor once. Received: {', '.join(bare)}.")
    for path in named:
        if path in bare:
            continue
        if not isinstance(path, str) or not PATH.fullmatch(path):
            raise StudyError(
                f"factors: {path!r}: Expected package.module:Factor, or one of {', '.join(BUILT_IN)}. "
                f"Received: {path!r}."
            )
        factor = find(path)
        _differs(factor, members)
        members.append(factor)
    return Factors(tuple(members)) if named else TEXTBOOK


def check_study(study: Study, file: Path) -> None:
    """Refuse what a study with factors of its own, or without, or of a user's models, cannot have.

    Args:
        study: the study.
        file: where it stands, for messages.

    Raises:
        StudyError: on the first thing that is wrong.
    """
    if study.design == "fractional" and len(study.factors) <= len(TEXTBOOK):
        raise StudyError(
            f"{file}: design: Expected more than {len(TEXTBOOK)} factors for a fraction of the arms: name further "
            f"ones, as "
            f'`factors = ["package.module:Factor"]`. Received: {len(study.factors)}; the design is then "full".'
        )
    for name in study.beside:
        if name not in study.factors.names:
            raise unknown("factor", name, study.factors.names, where=f"{file}: beside")
    if study.beside and study.design == "full":
        raise StudyError(
            f"{file}: beside: Expected it in a fraction of the arms alone; a whole lattice shows every company. "
            f"Received: {', '.join(study.beside)}."
        )
    for name, experiment in study.experiments.items():
        _check_network(study.factors, name, experiment.model, file)
        judged = experiment.model.judged
        if judged != study.task:
            raise StudyError(
                f"{file}: experiment.{name}.model: Expected the task and metric of the first experiment, "
                f"{study.task.name} by {study.task.metric.measure}, as effects are set side by side. Received: "
                f"{judged.name} by {judged.metric.measure}."
            )
    if study.claims.seeds and "textbook" in study.claims.ledger and study.factors is not TEXTBOOK:
        raise StudyError(
            f"{file}: claims: Expected no claims in a study with factors of its own, or those of the ledger '2026': "
            f"the textbook's is about the five alone. Received: seeds {study.claims.seeds!r}."
        )


def _check_network(factors: Factors, experiment: str, model, file: Path) -> None:
    """Refuse factors that an experiment's network cannot have, and a user's Keras model whose factors are not named."""
    if not isinstance(model, KerasModel):
        if brought := [factor.name for factor in factors if factor in FURTHER and factor.name not in ADDABLE]:
            raise StudyError(
                f"{file}: factors: Expected some of {', '.join(ADDABLE)}, as the model of experiment "
                f"{experiment!r} is no Keras model as it is. Received: {', '.join(brought)}."
            )
        return
    if factors is TEXTBOOK:
        want = "a list of the factors that the model holds, as `study init` writes it"
        raise StudyError(f"{file}: factors: Expected {want}. Received: nothing.")
    for name in model.add:
        if name not in factors.names:
            raise unknown("factor", name, factors.names, where=f"{file}: experiment.{experiment}.model.add")


@functools.cache
def find(path: str) -> Factor:
    """Import and check a study's own factor; the same path gives the same object.

    Raises:
        StudyError: naming what it lacks, and what a factor must provide.
    """
    where = f"factors: {path!r}"
    found = code.find("factors:", path, "a Factor", f" {EXPECTED}")
    if not isinstance(found, Factor):
        raise StudyError(f"{where}: {EXPECTED} Received: {_kind(found)}.")
    if wrong := _wrong(found):
        raise StudyError("\n".join(f"{where}: {words}" for words in wrong))
    return replace(found, path=path, code=code.source(path.partition(":")[0]))


def _kind(found) -> str:
    if isinstance(found, type):
        return (
            f"the class {found.__name__}, not a Factor made of it" if found is not Factor else "the class Factor itself"
        )
    return f"an object of type {type(found).__name__}"


def _wrong(factor: Factor) -> list[str]:
    """Return what is wrong with a factor by itself, each as Expected and Received."""
    found = []

    def expect(good: bool, name: str, what: str) -> None:
        if not good:
            found.append(f"{name}: Expected {what}. Received: {getattr(factor, name)!r}.")

    def word(name: str) -> bool:
        return isinstance(getattr(factor, name), str) and bool(getattr(factor, name).strip())

    for name in ("label", "formula", "meaning", "layer", "version"):
        expect(word(name), name, "a text")
    expect(
        word("name") and bool(NAME.fullmatch(factor.name)) and factor.name not in TAKEN,
        "name",
        "a name of at most 24 lower-case letters, digits and '_' that names no column and no arm",
    )
    expect(word("letter") and len(factor.letter) == 1 and factor.letter.isupper(), "letter", "one capital letter")
    expect(
        isinstance(factor.colour, str) and bool(COLOUR.fullmatch(factor.colour)), "colour", "a colour such as '#56B4E9'"
    )
    expect(factor.marker in MARKERS, "marker", f"one of the markers {' '.join(MARKERS)}")
    cited = factor.source
    expect(isinstance(cited, tuple) and all(isinstance(c, str) and c for c in cited), "source", "a tuple of texts")
    for hook in HOOKS:
        expect(getattr(factor, hook) is None or callable(getattr(factor, hook)), hook, "a function")
    if all(getattr(factor, hook) is None for hook in HOOKS):
        found.append(f"Expected at least one of the hooks {', '.join(HOOKS)}. Received: none.")
    return found + _wrong_strength(factor)


def _wrong_strength(factor: Factor) -> list[str]:
    kind = factor.strength
    if not (isinstance(kind, type) and issubclass(kind, Strength) and kind is not Strength):
        return [f"strength: Expected a class made from study.Strength. Received: {kind!r}."]
    try:
        settings = kind().settings()
    except ValidationError as error:
        lacking = ", ".join(str(part["loc"][0]) for part in error.errors() if part["loc"])
        return [
            f"strength: Expected a default for every setting of {kind.__name__}. Received: none that fits for "
            f"{lacking}."
        ]
    if factor.dial not in settings:
        return [
            f"dial: Expected one of the settings {', '.join(settings) or '(there are none)'}. Received: "
            f"{factor.dial!r}."
        ]
    return []


def _differs(factor: Factor, others: list[Factor]) -> None:
    """Refuse a factor that arms, columns or figures would take for another."""
    for other in others:
        for cue in ("name", "label", "letter", "colour", "marker"):
            if getattr(factor, cue) == getattr(other, cue):
                raise StudyError(
                    f"factors: {factor.path!r}: Expected a {cue} that no other factor has. Received: "
                    f"{getattr(factor, cue)!r}, which {other.label} has. Taken: "
                    f"{', '.join(getattr(each, cue) for each in others)}."
                )


def _travel(factor: Factor):
    """Say how a factor goes to another process: by name, so that it is equal to itself there."""
    if factor.path:
        return _arrive, (factor.path, tuple(code.PLACES))
    if BUILT_IN.get(factor.name) is factor:
        return _built_in, (factor.name,)
    return factor.__reduce_ex__(2)


def _arrive(path: str, folders: tuple[str, ...]) -> Factor:
    code.look_in(folders)
    return find(path)


def _built_in(name: str) -> Factor:
    return BUILT_IN[name]


copyreg.pickle(Factor, _travel)
