"""How a study's strengths came about, in words that follow from its tuning, and as a table."""

from __future__ import annotations

from study.analysis.results import Results
from study.analysis.tuned import Choice
from study.design.sweeps import text
from study.exhibits.exhibit import TableExhibit
from study.exhibits.wording import capital, count, listed, number
from study.statistics.interval import amount

PAGE = "tuning.qmd"
"""The page that shows the choice; it exists if the tuning is done."""


def origin(results: Results) -> str:
    """Return the methods' sentence on where the strengths come from."""
    tuning = results.study.tuning
    caveat = "A different strength may give a different answer."
    if not tuning.values:
        return f"Strengths were set by hand, once, not tuned for each combination. {caveat}"
    if not results.is_tuned:
        return (
            "The study's file says how strengths are to be tuned; in these results not every choice has been made so: "
            f"`study tune` makes it. {caveat}"
        )
    return (
        f"Each strength was chosen with its regularizer alone, by mean validation {results.metric.measure} under "
        f"{count(len(tuning.seeds), 'seed')} that are used for nothing else{_shorter(results)}: [How strengths were "
        f"chosen]({PAGE}). {agreement(results)} They were not tuned for each combination, nor were learning rate, "
        f"batch size and budget for each arm. {caveat}"
    )


def _shorter(results: Results) -> str:
    """Return where the tuning's trainings had a share of the budget only; nothing if they had all of it."""
    experiments, tuning = results.study.experiments, results.study.tuning
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
    """Return whether the study's strengths are those that its tuning chose."""
    other = [
        f"{_where(results, choice)} ({text(choice.own)}, not {text(choice.value)})"
        for choice in results.tuning
        if choice.own != choice.value
    ]
    return (
        f"The study does not use what was chosen for {listed(other)}." if other else "The study uses what was chosen."
    )


def _where(results: Results, choice: Choice) -> str:
    return f"{choice.factor.label} on {results.study.experiments[choice.experiment].title}"


def finding(results: Results) -> str:
    """Return the figure's title: where choosing the strength mattered most and least, by validation means."""
    ranked = sorted(results.tuning, key=_span)
    least, most = ranked[0], ranked[-1]
    spans = [amount(_span(choice), choice.metric.effect_unit) for choice in (most, least)]
    return (
        f"Between its best and worst strength tried, {_where(results, most)} varies most "
        f"({spans[0]}), {_where(results, least)} least ({spans[1]})"
    )


def _span(choice: Choice) -> float:
    kept = choice.mean[choice.mean == choice.mean]
    return float(kept.max() - kept.min())


def caveats(results: Results) -> str:
    """Return what the choice does not say: values at the end of what was tried, and examples drawn from one pool."""
    from study.data.datasets import describe

    ends = [f"{_where(results, choice)} ({text(choice.value)})" for choice in results.tuning if choice.at_the_end]
    lines = [f"Its trainings were shorter{shorter}." if (shorter := _shorter(results)) else "", agreement(results)]
    if ends:
        lines.append(
            f"The value chosen is the least or greatest that was tried for {listed(ends)}: a better one may lie beyond."
        )
    seeds = count(len(results.study.tuning.seeds), "seed")
    lines.append(
        f"With {seeds} many of these choices are within chance of their neighbours; they set strengths, they prove "
        "nothing."
    )
    shared = [
        e.title
        for e in results.study.experiments.values()
        if describe(e.data).train is not None and not describe(e.data).test
    ]
    if shared:
        lines.append(
            f"{capital(listed(shared))} has no test part of its own: every seed splits the same examples, so some that "
            "judged here are test examples under other seeds. The seeds never meet; the examples do."
        )
    return " ".join(filter(None, lines))


def table(results: Results) -> TableExhibit:
    """Return every value tried with what it reached on validation examples, the chosen one first."""
    rows = []
    for choice in results.tuning:
        tried = "; ".join(f"{text(value)}: {number(mean, 2)}" for value, mean in zip(choice.values, choice.mean))
        title = results.study.experiments[choice.experiment].title
        rows.append((title, choice.factor.label, choice.factor.dial.replace("lambda", "λ"), text(choice.value), tried))
    heads = ("Experiment", "Regularizer", "Setting", "Chosen", f"{capital(results.tuning[0].judged)} by value")
    seeds = count(len(results.study.tuning.seeds), "seed")
    caption = (
        f"What was tried, each regularizer alone: mean validation {results.tuning[0].metric.measure} over {seeds}."
    )
    return TableExhibit(heads, rows, caption, frozenset({0, 1, 2, 4}))
