"""What the pages say of the design: which arms, which estimands, and what is confounded in a fraction."""

from __future__ import annotations

import re

from study.analysis.decisions.recipe import NOTABLE
from study.analysis.results import Results
from study.design.arms import Arm, arms_of, fraction_of, parse_arm, trajectories_of
from study.design.budget import COOLING
from study.design.factors import AVERAGING, EARLY_STOPPING, HOOKS, READ_OUT, Factors, spelt
from study.design.fraction import Fraction, Term
from study.design.settings import KerasModel
from study.design.studyfile import Study
from study.exhibits import wording
from study.exhibits.advice import measured
from study.exhibits.exhibit import TableExhibit
from study.statistics.inference import CONFIDENCE
from study.store.provenance import CHECKOUT

WORDS = CHECKOUT / "report" / "words"
"""Where the prose stands: Markdown, with `{{name}}` for the values that are made here."""
LONGEST = 4
"""Factors of the longest interaction that the alias table writes out."""
ROMAN = {5: "V", 6: "VI", 7: "VII", 8: "VIII", 9: "IX", 10: "X"}
MONITORED = {"val_loss": "validation loss, which holds the L2 penalty", "val_accuracy": "validation accuracy"}


def words(results: Results) -> dict[str, str]:
    """Return what stands in the place of `{{name}}` in the notebooks' text."""
    factors = results.study.factors
    return {
        "arms": str(len(results.arms)),
        "number": factors.number,
        "level": CONFIDENCE,
        "fraction": fraction_words(results.study),
        "ends": ends(results),
        "metrics": wording.capital(", ".join(measured(metric) for metric in results.metrics)),
    }


def ends(results: Results) -> str:
    """Return the ends of the lattice that were run: `none and all`."""
    return wording.listed([end for end in ("none", "all") if parse_arm(end, results.study.factors) in results.arms])


def said(text: str, **values) -> str:
    """Return a text of `WORDS` with values in the place of its names.

    Args:
        text: the file's name, without its ending.
        values: what each `{{name}}` in it stands for.
    """
    prose = (WORDS / f"{text}.md").read_text(encoding="utf-8").rstrip("\n")
    return re.sub(r"\{\{(\w+)\}\}", lambda match: str(values[match[1]]), prose)


def combined(results: Results) -> str:
    """Return the report's subtitle: which regularizers, in how many combinations."""
    names = [LONG.get(factor.name, factor.label) for factor in results.study.factors]
    every = 2 ** len(names)
    how = f"all {every}" if len(results.arms) == every else f"{len(results.arms)} of {every}"
    return f"{wording.capital(wording.listed(names))}, in {how} combinations"


LONG = {"batchnorm": "batch normalization", "augmentation": "data augmentation"}


def some_arm(arms: tuple[Arm, ...]) -> str:
    """Return an arm for the examples of commands: dropout and L2, or another where a fraction leaves it out."""
    names = [arm.name for arm in arms]
    return "dropout+l2" if "dropout+l2" in names else next(name for name in names if name != "none")


def monitored(study: Study) -> str:
    """Return what early stopping watches."""
    own = [factor.label for factor in study.factors.own if factor.loss or factor.penalty]
    also = f" and, where it is on, what {wording.listed(own, 'or')} makes of it" if own else ""
    found = sorted(
        {
            MONITORED.get(monitor, f"validation {monitor.removeprefix('val_')}")
            + (also if monitor == "val_loss" else "")
            for monitor in {each.stopping.monitor for each in study.experiments.values()}
        }
    )
    return wording.listed(found, "or")


def read(results: Results) -> str:
    """Return which cells a training yields."""
    study, trainings = results.study, len(trajectories_of(results.arms))
    ways = [name for name in READ_OUT if name in study.factors.names]
    found = [said("read-yields", trainings=trainings, arms=len(results.arms), cells=spelt(2 ** len(ways)))]
    if any(len(each.training.lengths) > 1 for each in study.experiments.values()):
        found.append(said("read-lengths", trunk=f"{100 * (1 - COOLING):g} %"))
    if EARLY_STOPPING in ways:
        found.append(said("read-stopping", monitor=monitored(study)))
    if AVERAGING in ways:
        found.append(said("read-averaging"))
    if ways == list(READ_OUT):
        built_in = not any(isinstance(each.model, KerasModel) for each in study.experiments.values())
        found.append(said("read-averages-watched" if built_in else "read-averages-unwatched"))
    return " ".join(found) if ways else said("read-last")


def shared(study: Study) -> str:
    """Return what the cells of a training share in the placebo, and what is not in it."""
    return said("shared-cells" if set(READ_OUT) & set(study.factors.names) else "shared-last")


def design(results: Results) -> str:
    """Return which arms were trained, under how many seeds, on which data."""
    study, arms = results.study, results.arms
    number, every = study.factors.number, 2 ** len(study.factors)
    return said(
        "design",
        which=said(f"which-{study.design}", every=every, number=number, arms=len(arms), resolution=_roman(study)),
        seeds=wording.listed([str(n) for n in sorted(set(results.seeds.values()))], "or"),
        experiments=wording.listed([study.experiments[name].title for name in results.experiments]),
        cells=f"{len(arms) * sum(results.seeds.values()):,}",
    )


def factors(known: Factors) -> str:
    """Return a section a factor: what it does, its formula, its Keras built-in and its sources."""
    parts = []
    for factor in known:
        cited = "; ".join(source if " " in source else f"@{source}" for source in factor.source)
        layers = ", ".join(map(_named, factor.layer.split(", ")))
        hooks = wording.listed([f"`{hook}`" for hook in HOOKS if getattr(factor, hook)])
        own = said("own", path=factor.path, version=factor.version, hooks=hooks) if factor.path else ""
        values = {"title": wording.capital(factor.label), "source": _bracketed(factor.source, cited)}
        about = {"name": factor.name, "meaning": factor.meaning, "formula": factor.formula}
        parts.append(said("factor", **values, **about, layers=layers, own=own))
    return "\n\n".join(parts)


def _named(part: str) -> str:
    """Return how Keras calls a factor's built-in: a module or class, a further class of its layers, or an argument."""
    if "." in part:
        return f"`{part}`"
    return f"argument `{part}`" if part.islower() else f"`keras.layers.{part}`"


def _bracketed(source: tuple[str, ...], cited: str) -> str:
    """Return references in brackets; round ones where they are words and not citations."""
    if not source:
        return ""
    return f" [{cited}]" if not any(" " in each for each in source) else f" ({cited})"


def estimated(study: Study) -> str:
    """Return the methods' section on what is estimated."""
    k, arms = len(study.factors), len(arms_of(study))
    numbers = {"number": study.factors.number, "factors": k, "last": k - 1, "others": spelt(k - 2)}
    measure = study.task.metric.measure
    return said(f"estimated-{study.design}", arms=arms, half=arms // 2, measure=measure, **numbers)


def compared(study: Study) -> str:
    """Return the methods' words on the variance between arms and on effects on several metrics."""
    variance = f"{said('compared-variance')} " if study.design == "full" else ""
    decides, *others = (measure.label for measure in study.task.measures)
    return variance + said("compared", measure=decides, others=wording.listed(others))


def band(results: Results, text: str) -> str:
    """Return what a text says of the equivalence band; nothing where it does not hold for the metric that decides."""
    return said(text, band=f"{results.study.equivalence:g}") if results.metric.banded else ""


def passing(results: Results) -> dict[str, str]:
    """Return what is said in the midst of sentences of the equivalence band and of early stopping; nothing where the
    study has them not."""
    band = f"±{results.study.equivalence:g} {results.metric.effect_unit}"
    told = {
        "shaded": f"; shaded: {band}",
        "small": f"*no effect larger than {band}*, ",
        "beyond": f" and reaches beyond {band}",
    }
    stops = "where early stopping would stop, " if EARLY_STOPPING in results.study.factors.names else ""
    return {"stops": stops, "notable": f"{100 * NOTABLE:g} %"} | (
        told if results.metric.banded else dict.fromkeys(told, "")
    )


def judged(study: Study) -> str:
    """Return by what arms are chosen and judged, and what that is where it needs a word."""
    names = {measure.name for measure in study.task.measures}
    more = [f"judged-{name}" for name in ("ece", "r2") if name in names]
    return " ".join([said("judged", measure=study.task.metric.measure), *map(said, more)])


def _roman(study: Study) -> str:
    """Return the resolution of a fraction; nothing for a whole lattice."""
    if study.design == "full":
        return ""
    resolution = fraction_of(study).resolution
    return ROMAN.get(resolution, str(resolution))


def fraction_words(study: Study) -> str:
    """Return what a fraction can say and what it cannot; nothing for a whole lattice."""
    if study.design == "full":
        return ""
    arms = arms_of(study)
    return said(
        "fraction",
        every=2 ** len(study.factors),
        number=study.factors.number,
        arms=len(arms),
        trainings=len(trajectories_of(arms)),
        resolution=_roman(study),
    )


def aliases(study: Study) -> str:
    """Return the methods' section on a fraction: its generators, defining relation and aliases; nothing for a whole
    lattice."""
    if study.design == "full":
        return ""
    known, found = study.factors, fraction_of(study)
    letters = wording.listed([f"{factor.letter} {factor.label}" for factor in known])
    generators = wording.listed(
        [f"{known[name].letter} = {_signed(term, known, found.sign(term, (name,)))}" for name, term in found.generators]
    )
    relation = " = ".join(["I", *(_signed(word, known, found.sign(word)) for word in found.words)])
    singles = [(name,) for name in known.names]
    pairs = [(a, b) for place, a in enumerate(known.names) for b in known.names[place + 1 :]]
    rows = [
        (" × ".join(known[name].label for name in term), _letters(term, known), _aliases(term, found, known))
        for term in [*singles, *pairs]
    ]
    caption = said("aliases-caption", letters=letters, longest=spelt(LONGEST))
    table = TableExhibit(("Effect", "Letters", "Confounded with"), rows, caption, frozenset({0, 1, 2}))
    free = [known[name].label for name in READ_OUT if name in known.names]
    return said(
        "aliases",
        resolution=_roman(study),
        without=free and f" without {wording.listed(free, 'or')}" or "",
        read=free and f" {said('aliases-read', ways=wording.listed(free))}" or "",
        others=spelt(len(known) - len(free)),
        other=free and "other " or "",
        generators=generators,
        relation=relation,
        table=table.labelled("aliases"),
    )


def fraction_terms(study: Study) -> str:
    """Return what the glossary has for a fraction alone, between its other terms; an empty line for a whole lattice."""
    return "\n" if study.design == "full" else f"\n{said('terms-fractional', resolution=_roman(study))}\n\n"


def _letters(term: Term, known: Factors) -> str:
    return "".join(known[name].letter for name in term)


def _signed(term: Term, known: Factors, sign: int) -> str:
    return ("−" if sign < 0 else "") + _letters(term, known)


def _aliases(term: Term, found: Fraction, known: Factors) -> str:
    """Return what a term is confounded with, in letters, shortest first; long interactions counted where there are
    several."""
    terms = found.aliases(term)
    written = [alias for alias in terms if len(alias) <= LONGEST] if len(terms) > 1 else terms
    rest = len(terms) - len(written)
    told = [_signed(alias, known, found.sign(term, alias)) for alias in written]
    return ", ".join(told + ([f"{rest} longer"] if rest else []))
