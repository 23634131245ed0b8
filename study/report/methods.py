"""What the pages say of the design: which arms, which estimands, and what is confounded in a fraction."""

from __future__ import annotations

from study.analysis.results import Results
from study.design.arms import Arm, arms_of, fraction_of, parse_arm, trajectories_of
from study.design.factors import HOOKS, Factors, spelt
from study.design.fraction import Term
from study.design.studyfile import Study
from study.exhibits import wording
from study.exhibits.exhibit import TableExhibit

LONGEST = 4
"""Factors of the longest interaction that the alias table writes out."""
ROMAN = {5: "V", 6: "VI", 7: "VII", 8: "VIII", 9: "IX", 10: "X"}
MONITORED = {"val_loss": "validation loss, which holds the L2 penalty", "val_accuracy": "validation accuracy"}


def words(results: Results) -> dict[str, str]:
    """Return what stands in the place of `{{name}}` in the notebooks' text."""
    factors = results.study.factors
    return {
        "arms": str(len(results.arms)),
        "pairs": str(2 ** (len(factors) - 1)),
        "number": factors.number,
        "across": across(results.study),
        "fraction": fraction_words(results.study),
        "ends": ends(results),
    }


def ends(results: Results) -> str:
    """Return the ends of the lattice that were run: `none and all`."""
    return wording.listed([end for end in ("none", "all") if parse_arm(end, results.study.factors) in results.arms])


def across(study: Study) -> str:
    """Return what the page across data sets compares."""
    if study.design == "full":
        number = study.factors.number
        return (
            f"The Shapley value splits what all {number} regularizers do together, the accuracy of *all {number}* minus that of "
            "*none*, fairly among them. Here it stands side by side for every data set of the study."
        )
    return "Main effects, side by side for every data set of the study."


def opening(study: Study) -> str:
    """Return the first words of the report."""
    joined = wording.listed([factor.label for factor in study.factors.own])
    join = "join" if len(study.factors.own) > 1 else "joins"
    every = "in every combination" if study.design == "full" else "in a fraction of the combinations"
    return (
        f"Five regularizers stand in every textbook{f'; here {joined} {join} them' if joined else ''}. "
        f"Each was switched on and off {every}, on one\nnetwork and with the same seeds throughout, so that each is measured against everything the others do."
    )


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
            MONITORED[monitor] + (also if monitor == "val_loss" else "")
            for monitor in {each.strengths.earlystopping.monitor for each in study.experiments.values()}
        }
    )
    return wording.listed(found, "or")


def design(results: Results) -> str:
    """Return which arms were trained, under how many seeds, on which data."""
    study, arms = results.study, results.arms
    number, every = study.factors.number, 2 ** len(study.factors)
    which = f"all {every} on–off combinations of {number} regularizers (*arms*)"
    if study.design == "fractional":
        which = (
            f"{len(arms)} of the {every} on–off combinations of {number} regularizers (*arms*), a fraction of resolution "
            f"{_roman(study)}"
        )
    seeds = wording.listed([str(n) for n in sorted(set(results.seeds.values()))], "or")
    return (
        f"One architecture for each data set is trained under {which},\nunder {seeds} *seeds*, on "
        f"{wording.listed([e.title for e in study.experiments.values()])}. A *cell* is one arm under one seed; this\nreport rests on "
        f"{len(arms) * sum(results.seeds.values()):,} of them."
    )


def factors(known: Factors) -> str:
    """Return a section a factor: what it does, its formula, its Keras built-in and its sources."""
    parts = []
    for factor in known:
        cited = "; ".join(source if " " in source else f"@{source}" for source in factor.source)
        layers = ", ".join(f"`{name if '.' in name else 'keras.layers.' + name}`" for name in factor.layer.split(", "))
        hooks = wording.listed([f"`{hook}`" for hook in HOOKS if getattr(factor, hook)])
        own = f" A factor of this study's own: `{factor.path}`, version {factor.version}, by the hook {hooks}."
        parts.append(
            f"### {wording.capital(factor.label)} {{#sec-{factor.name}}}\n\n{factor.meaning}{_bracketed(factor.source, cited)}\n\n"
            f"$$\n{factor.formula}\n$$ {{#eq-{factor.name}}}\n\nIn Keras: {layers}.{own if factor.path else ''}"
        )
    return "\n\n".join(parts)


def _bracketed(source: tuple[str, ...], cited: str) -> str:
    """Return references in brackets; round ones where they are words and not citations."""
    if not source:
        return ""
    return f" [{cited}]" if not any(" " in each for each in source) else f" ({cited})"


def estimated(study: Study) -> str:
    """Return the methods' section on what is estimated."""
    known = study.factors
    k, number = len(known), known.number
    if study.design == "fractional":
        n = len(arms_of(study))
        return (
            f"Everything is computed on each seed's complete fraction of {n} arms and only then averaged over seeds, by contrasts "
            "over the arms that were run [@box1961fractional]:\n\n"
            f"- **Main effect** of $i$: the mean of the {n // 2} arms with $i$ minus the mean of the {n // 2} without.\n"
            "- **Interaction** of $i$ and $j$: the main effect of $i$ among the arms with $j$ minus that among those without "
            "[@box2005statistics].\n\n"
            "Shapley values, a regularizer added to none and one left out of all stand only where their arms were run; a Shapley "
            "value takes them all and so is given for none. Nor is the variance between arms split by order, nor the audit of "
            "one-at-a-time ablations made: both take the whole lattice."
        )
    return (
        f"Everything is computed on each seed's complete lattice of {2**k} arms and only then averaged over\n"
        f"seeds. With $y_S$ the accuracy of the arm whose factors are $S$, and $N$ all {number}:\n\n"
        f"- **Main effect** of $i$: the mean of $y_{{S \\cup i}} - y_S$ over the {2 ** (k - 1)} arms $S$ without $i$.\n"
        "- **Interaction** of $i$ and $j$: the effect of $i$ with $j$ minus its effect without, averaged over the other\n  "
        f"{spelt(k - 2)} [@box2005statistics].\n"
        "- **Added to none**: $y_{\\{i\\}} - y_\\varnothing$. **Left out of all**: $y_N - y_{N \\setminus i}$.\n"
        f"- **Shapley value**: the mean of $y_{{S \\cup i}} - y_S$ over all orders of switching the {number} on [@shapley1953value]:\n\n"
        "$$\n\\phi_i = \\sum_{S \\subseteq N \\setminus i} \\frac{|S|! \\, "
        f"({k - 1} - |S|)!}}{{{k}!}} \\left( y_{{S \\cup i}} - y_S \\right)\n$$ {{#eq-shapley}}\n\n"
        "The values of @eq-shapley sum to $y_N - y_\\varnothing$."
    )


def compared(study: Study) -> str:
    """Return the methods' words on the variance between arms and on effects on several metrics."""
    variance = (
        "The variance between arms is split by orthogonal contrasts, the squared standard error of each taken off its\nsquare. "
        if study.design == "full"
        else ""
    )
    return (
        f"{variance}Effects on NLL and calibration error are compared with those on accuracy in units of the span between the best\n"
        "and the worst arm."
    )


def _roman(study: Study) -> str:
    resolution = fraction_of(study.factors).resolution
    return ROMAN.get(resolution, str(resolution))


def fraction_words(study: Study) -> str:
    """Return what a fraction can say and what it cannot; nothing for a whole lattice."""
    if study.design == "full":
        return ""
    arms = arms_of(study)
    return (
        f"Of the {2 ** len(study.factors)} combinations of {study.factors.number} regularizers, {len(arms)} were run, by "
        f"{len(trajectories_of(arms))} trainings a seed: a fraction of resolution {_roman(study)}. Main effects and interactions of pairs are "
        "contrasts over these arms and are free of one another; each is confounded with interactions of three and more, which "
        "are taken to be small ([Methods](../methods.qmd#sec-aliases) has the table). Shapley values are not given, and a regularizer "
        "added to none or left out of all only where both arms were run."
    )


def aliases(study: Study) -> str:
    """Return the methods' section on a fraction: its generators, defining relation and aliases; nothing for a whole lattice."""
    if study.design == "full":
        return ""
    known, found = study.factors, fraction_of(study.factors)
    letters = wording.listed([f"{factor.letter} {factor.label}" for factor in known])
    generators = wording.listed([f"{known[name].letter} = {_letters(term, known)}" for name, term in found.generators])
    relation = " = ".join(["I", *(_letters(word, known) for word in found.words)])
    singles = [(name,) for name in known.names]
    pairs = [(a, b) for place, a in enumerate(known.names) for b in known.names[place + 1 :]]
    rows = [
        (" × ".join(known[name].label for name in term), _letters(term, known), _aliases(found.aliases(term), known))
        for term in [*singles, *pairs]
    ]
    table = TableExhibit(
        ("Effect", "Letters", "Confounded with"),
        rows,
        f"What each main effect and each interaction of a pair is confounded with, in letters: {letters}. Interactions of more than "
        f"{spelt(LONGEST)} are counted, not written out, where there are several.",
        frozenset({0, 1, 2}),
    )
    return (
        f"## The fraction and its aliases {{#sec-aliases}}\n\nThe arms without early stopping are a fraction of resolution "
        f"{_roman(study)} of the {spelt(len(known) - 1)} other regularizers, generated by {generators} with levels −1 (off) and +1 (on) "
        "[@box1961fractional]; each of its trainings is read out with and without early stopping, which therefore stands in no word. "
        f"The defining relation is {relation}. A contrast estimates the effect in the first column plus those beside it, each "
        "halved once for every factor that it has more; if these longer interactions are nought, it estimates the first alone.\n\n"
        + table.labelled("aliases")
    )


def _letters(term: Term, known: Factors) -> str:
    return "".join(known[name].letter for name in term)


def _aliases(terms: list[Term], known: Factors) -> str:
    """Return aliased interactions in letters, shortest first; long ones counted where there are several."""
    written = [term for term in terms if len(term) <= LONGEST] if len(terms) > 1 else terms
    rest = len(terms) - len(written)
    told = [_letters(term, known) for term in written]
    return ", ".join(told + ([f"{rest} longer"] if rest else []))
