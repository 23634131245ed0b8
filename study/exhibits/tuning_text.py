"""How a study's strengths and learning rates came about, in words that follow from its tuning, and as a table."""

from __future__ import annotations

from study.analysis.results import Results
from study.analysis.tuned import Choice
from study.design.studyfile import Study
from study.design.sweeps import text
from study.exhibits.exhibit import TableExhibit
from study.exhibits.wording import arm_words, capital, count, listed, number
from study.statistics.interval import amount

PAGE, TITLE = "tuning.qmd", "How the study was tuned"
"""The page that shows the choice; it exists if the tuning is done."""


def origin(results: Results) -> str:
    """Return the methods' sentences on where strengths and learning rate come from."""
    tuning = results.study.tuning
    caveat = "A different strength may give a different answer."
    if not tuning.seeds:
        return f"Strengths were set by hand, once, not tuned for each combination. {caveat}"
    if not results.is_tuned:
        return (
            "The study's file says what is to be tuned; in these results not every choice has been made so: "
            f"`study tune` makes it. {caveat}"
        )
    rest = [factor.label for factor in results.study.factors if factor.name not in tuning.values]
    by_hand = [f"the strength of {listed(rest)}"] if rest and tuning.values else ["strengths"] if rest else []
    by_hand += [] if tuning.learning_rates else ["learning rate"]
    return (
        f"{how(results)}{_shorter(results)}: [{TITLE}]({PAGE}). {agreement(results)} Nothing was tuned for each "
        f"combination; {listed([*by_hand, 'batch size', 'budget'])} were set by hand. {caveat}"
    )


def how(results: Results) -> str:
    """Return what was chosen and by what, the beginning of a sentence."""
    tuning = results.study.tuning
    least = f"{listed(beside)} on" if (beside := _beside(results.study)) else ""
    rate = f" the learning rate with {least or 'none'} and with all of them," if tuning.learning_rates else ""
    each = f"Each strength was chosen with its regularizer {company(results.study)}," if tuning.values else ""
    if rate and not each:
        each, rate = f"The learning rate was chosen with {least or 'no regularizer'} and with all of them,", ""
    return (
        f"{each}{rate} by mean validation {results.metric.measure} under {count(len(tuning.seeds), 'seed')} that are "
        "used for nothing else"
    )


def company(study: Study) -> str:
    """Return what a regularizer was tuned with: `alone`, or `beside augmentation (augmentation itself alone)`."""
    others = _beside(study)
    if not set(study.tuning.beside) & set(study.tuning.values):
        return f"beside {listed(others)}" if others else "alone"
    return f"beside {listed(others)}" + (
        f" ({others[0]} itself alone)" if len(others) == 1 else ", these beside one another"
    )


def _beside(study: Study) -> list[str]:
    return [factor.label for factor in study.factors if factor.name in study.tuning.beside]


def _shorter(results: Results) -> str:
    """Return where the tuning's trainings had a share of the budget only; nothing if they had all of it."""
    experiments = {name: results.study.experiments[name] for name in results.experiments}
    tuning = results.study.tuning
    shorter: dict[float, list[str]] = {}
    for name, experiment in experiments.items():
        if tuning.share(name) < 1:
            shorter.setdefault(tuning.share(name), []).append(experiment.title)
    told = [
        f"{100 * share:g} % of the epochs" + (f" on {listed(titles)}" if len(titles) < len(experiments) else "")
        for share, titles in shorter.items()
    ]
    return f", with {listed(told)}" if told else ""


def agreement(results: Results) -> str:
    """Return whether the study uses what its tuning chose, and how much worse at most what it uses is."""
    other = [choice for choice in results.tuning if choice.own != choice.value]
    if not other:
        return "The study uses what was chosen."
    costs = [cost for cost in map(_cost, other) if cost == cost]
    worse = ""
    if costs:
        where = " where that was measured" if len(costs) < len(other) else ""
        most = amount(max(costs), other[0].metric.effect_unit, 2)
        worse = f", but values at most {most} worse on validation examples{where}"
    return (
        f"For {len(other)} of {count(len(results.tuning), 'setting')} the study does not use what was chosen{worse}. "
        f"{results.study.tuning.kept}"
    ).rstrip()


def _cost(choice: Choice) -> float:
    """Return how much worse the study's own value is than the one chosen; NaN if it was not tried, or diverged."""
    if choice.own not in choice.dial.values:
        return float("nan")
    own, best = (choice.reached[choice.dial.values.index(value)] for value in (choice.own, choice.value))
    return abs(best - own)


def _where(results: Results, choice: Choice) -> str:
    label = choice.dial.label if choice.dial.factor else f"the {choice.dial.label}"
    return f"{label} on {results.study.experiments[choice.experiment].title}"


def finding(results: Results) -> str:
    """Return the figure's title: where the choice mattered most and least, by validation means."""
    ranked = sorted(results.tuning, key=_span)
    least, most = ranked[0], ranked[-1]
    spans = [amount(_span(choice), choice.metric.effect_unit) for choice in (most, least)]
    if most is least:
        return f"Between its best and worst value tried, {_where(results, most)} varies by {spans[0]}"
    return (
        f"Between its best and worst value tried, {_where(results, most)} varies most "
        f"({spans[0]}), {_where(results, least)} least ({spans[1]})"
    )


def _span(choice: Choice) -> float:
    kept = choice.reached[choice.reached == choice.reached]
    return float(kept.max() - kept.min())


def caveats(results: Results) -> str:
    """Return how the choice was made, and what it does not say: values at the end of what was tried, and examples drawn
    from one pool."""
    from study.data.datasets import pool

    lines = [f"{how(results)}{_shorter(results)}.", agreement(results), apart(results)]
    if any(choice.at_the_end for choice in results.tuning):
        lines.append("Where the least or the greatest value tried was chosen, a better one may lie beyond.")
    lines.append(
        f"With {count(len(results.study.tuning.seeds), 'seed')} many of these choices are within chance of their "
        "neighbours; they set the study up, they prove nothing."
    )
    shared = [e.title for e in map(results.study.experiments.get, results.experiments) if pool(e.data)]
    if shared:
        have = "has" if len(shared) == 1 else "have"
        lines.append(
            f"{capital(listed(shared))} {have} no test part of its own: every seed splits the same examples, so some "
            "that judged here are test examples under other seeds. The seeds never meet; the examples do."
        )
    return " ".join(filter(None, lines))


def apart(results: Results) -> str:
    """Return where one of the learning rate's two arms alone would have chosen another one than their mean; nothing if
    nowhere."""
    told = []
    for choice in results.tuning:
        alone = [(arm_words(arm), choice.best_of(place)) for place, arm in enumerate(choice.dial.arms)]
        if other := [f"{arm} {text(best)}" for arm, best in alone if best != choice.value]:
            told.append(f"{results.study.experiments[choice.experiment].title} ({listed(other)})")
    return f"A learning rate chosen by one of these two alone would be another on {listed(told)}." if told else ""


def table(results: Results) -> TableExhibit:
    """Return every value tried with what it reached on validation examples, beside the chosen and the study's own."""
    rows = []
    for choice in results.tuning:
        title = results.study.experiments[choice.experiment].title
        for arm, means in choice.tried:
            who = arm_words(arm) if arm else "mean of both"
            tried = "; ".join(f"{text(value)}: {number(mean, 2)}" for value, mean in zip(choice.dial.values, means))
            rows.append((title, who, choice.dial.symbol, _chosen(choice), text(choice.own), tried))
    heads = ("Experiment", "With", "Setting", "Chosen", "Used", f"{capital(results.tuning[0].judged)} by value")
    seeds = count(len(results.study.tuning.seeds), "seed")
    caption = f"What was tried: mean validation {results.tuning[0].metric.measure} over {seeds}."
    return TableExhibit(heads, rows, caption, frozenset({0, 1, 2, 5}))


def _chosen(choice: Choice) -> str:
    """Return the value chosen, and whether it is an end of what was tried."""
    if not choice.at_the_end:
        return text(choice.value)
    return f"{text(choice.value)}, the {'greatest' if choice.value == max(choice.dial.values) else 'least'}"
