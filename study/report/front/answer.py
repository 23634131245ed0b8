"""The answer in one sentence, and at most three lines of what to do; every word follows from verdicts by rule."""

from __future__ import annotations

from collections import Counter

from study.analysis.decisions.recipe import Recipe, hidden, other
from study.analysis.results import Results
from study.design.architectures.tasks import METRICS
from study.exhibits import study_text
from study.exhibits.advice import keep, measured
from study.exhibits.wording import arm_words, capital, count, listed, verb
from study.report.front.cells import DEPENDING, SILENT, SMALL, Cell, cells, sign
from study.statistics.inference import FEWEST_SEEDS
from study.statistics.interval import HELPS, HURTS, UNDECIDED, amount, number

Grid = dict[str, dict[str, Cell]]


def answer(grid: Grid) -> str:
    """Return the answer in one sentence, of Markdown: which factor helps most often, how much, and what the others do.

    Args:
        grid: cells of the metric that decides: see `cells.cells`.
    """
    every = [cell for row in grid.values() for cell in row.values()]
    if all(cell.kind == SILENT for cell in every):
        seeds = max(cell.effect.seeds or 0 for cell in every)
        return f"**Too few seeds to say:** {count(seeds, 'seed')}; a verdict takes {FEWEST_SEEDS}."
    leader = leading(grid)
    if not leader:
        return f"**None of them clearly:** of {count(len(every), 'effect')} {_tally(every)}."
    row = list(leader.values())
    others = [cell for cell in every if cell.factor != row[0].factor]
    rest = f" Of the {len(others)} other effects {_tally(others)}." if others else ""
    return f"**Mostly {row[0].factor.label}:** it {_worth(row)}.{rest}"


def spoken(results: Results) -> str:
    """Return the answer and what to do as plain text, a line each, for the terminal."""
    grid = cells(results)
    return "\n".join([answer(grid), *to_do(results, grid)]).replace("**", "")


def leading(grid: Grid) -> dict[str, Cell]:
    """Return the row of the factor that helps on most data sets, of several the one that helps more; empty if none
    helps."""
    best = max(grid.values(), key=lambda row: (_helped(row), sum(c.gain for c in row.values() if sign(c) > 0)))
    return best if _helped(best) else {}


def _helped(row: dict[str, Cell]) -> int:
    return sum(sign(cell) > 0 for cell in row.values())


def _worth(row: list[Cell]) -> str:
    """Return on which data sets the leading factor helps and hurts, and how much."""
    helps = [cell for cell in row if sign(cell) > 0]
    hurts = [cell for cell in row if sign(cell) < 0]
    most = max(helps, key=lambda cell: cell.gain)
    if len(row) == 1:
        return f"is worth {_amount(most)} of {most.metric.label} on {most.found.title}"
    told = f"helps on {_of(len(helps), len(row))}, by up to {_amount(most)}"
    if hurts:
        named = [f"{cell.found.title} ({short(cell.effect.mean, cell)})" for cell in hurts]
        told += f", and hurts on {_named(named)}"
    return told


def _amount(cell: Cell) -> str:
    return amount(cell.effect.mean, cell.effect.unit, _places(cell.effect.mean, cell), sign=True)


def _tally(told: list[Cell]) -> str:
    """Return how many effects have which verdict: `1 helps, 2 turn round and 5 are small or undecided`."""
    found = Counter(cell.kind for cell in told)
    said = {
        HELPS: ("helps", "help"),
        HURTS: ("hurts", "hurt"),
        DEPENDING: ("turns round", "turn round"),
        SILENT: ("has no verdict", "have no verdict"),
    }
    clear = [f"{found[kind]} {words[found[kind] > 1]}" for kind, words in said.items() if found[kind]]
    rest = [word for word, kind in (("small", SMALL), ("undecided", UNDECIDED)) if found[kind]]
    number_of = len(told) - sum(found[kind] for kind in said)
    if rest:
        clear.append(f"{number_of} {'is' if number_of == 1 else 'are'} {listed(rest, 'or')}")
    return listed(clear)


def to_do(results: Results, grid: Grid) -> list[str]:
    """Return at most three lines of Markdown: what to switch on, what to test again, and what the metric that
    decides hides.

    Args:
        results: the study's results.
        grid: cells of that metric.
    """
    # In a user's model all of them are on as it is.
    begin = kept(grid) if results.study.of_models else first(results)
    return [line for line in (begin, question(results) or again(grid), beyond(results)) if line]


def question(results: Results) -> str:
    """Return what helps and hurts in the company that the study asks about; empty where it asks about none, or of
    several data sets, which differ."""
    on, names = results.study.beside, results.experiments
    if not on or len(names) > 1:
        return ""
    found = results.experiment(names[0])
    effects, factors = study_text.beside(found, on), results.study.factors
    return f"**{study_text.place(effects, on, factors)}:** {study_text.told(effects, factors)}."


def kept(grid: Grid) -> str:
    """Return which of a model's own regularizers earn their place and which can go, by the verdicts on their main
    effects; nothing with too few seeds for a verdict."""
    found = {}
    for row in grid.values():
        kinds = {cell.kind for cell in row.values()}
        kinds = kinds - {SILENT} or kinds  # where it never fired, the other data sets tell
        found[next(iter(row.values())).factor.label] = kinds.pop() if len(kinds) == 1 else DEPENDING
    return keep(found)


def first(results: Results) -> str:
    """Return what to switch on first: what the simplest arms that keep up with the best have in common."""
    found = {name: results.experiment(name).recipe for name in results.experiments}
    recipes: dict[str, Recipe] = {name: each for name, each in found.items() if each is not None}
    if not recipes:
        return ""
    factors, titles = results.study.factors, results.study.experiments
    if len(found) == 1:
        ((name, only),) = recipes.items()
        on = listed([factors[each].label for each in only.arm.factors]) or "nothing"
        end = "the best of all, and no simpler one keeps up"
        if only.gain:
            end = "the best by validation is not clearly better"
        reached = amount(only.reached.mean, only.reached.unit, 1 if only.reached.unit == "%" else 3)
        return f"**Switch on {on}:** {reached} on {titles[name].title}; {end}."
    used = Counter(each for one in recipes.values() for each in one.arm.factors)
    if not used:
        return "**Switch on nothing:** no combination is clearly better than none on any data set."
    most = max(used.values())
    firsts = [factor for factor in factors if used[factor.name] == most]
    labels, each = listed([factor.label for factor in firsts]), "each " if len(firsts) > 1 else ""
    told = f"**{capital(labels)} first:** {each}part of the best simple choice on {_of(most, len(found))}"
    lacking = [[name for name, one in recipes.items() if factor.name not in one.arm.factors] for factor in firsts]
    without = [titles[name].title for name in lacking[0]] if all(each == lacking[0] for each in lacking) else []
    return told + (f", not on {listed(without)}." if 0 < len(without) < 3 else ".")


def again(grid: Grid) -> str:
    """Return which factor to test again beside which other: the one whose effect turns round by most."""
    turned = [cell for row in grid.values() for cell in row.values() if cell.partner]
    if not turned:
        return ""
    cell = max(turned, key=lambda each: abs(each.sides[1].mean - each.sides[0].mean))
    without, beside = (short(side.mean, cell) for side in cell.sides)
    return (
        f"**Test {cell.factor.label} again beside {cell.partner.label}:** {without} without, {beside} with it, on "
        f"{cell.found.title}."
    )


def beyond(results: Results) -> str:
    """Return which factor serves another metric on most data sets where the one that decides does not show it: of a
    classifier likelihood or calibration beside accuracy."""
    if len(results.experiments) == 1 and (only := _serves(results)):
        return only
    served: dict[tuple[str, str], dict[str, int]] = {}
    for name in results.experiments:
        own = results.effects[results.effects["experiment"] == name]
        for factor, metric, _, better, on_accuracy in hidden(own):
            if better > 0:
                served.setdefault((factor, metric), {})[name] = on_accuracy
    if not served:
        return ""
    (factor, metric), where = max(served.items(), key=lambda each: len(each[1]))
    label, served_by = results.study.factors[factor].label, measured(METRICS[metric])
    hurt = [results.study.experiments[name].title for name, on_accuracy in where.items() if on_accuracy < 0]
    decides = results.metric.measure
    told = f"**{capital(label)} for {served_by}, not {decides}**"
    if len(results.experiments) == 1:
        return f"{told}{', which it costs' if hurt else ''}."
    told += f": on average better on {_of(len(where), len(results.experiments))}"
    return told + (f"; it costs {decides} on {_named(hurt)}." if hurt else ".")


def _serves(results: Results) -> str:
    """Return which arm to take where another metric counts, too, of a study with one data set; else nothing."""
    (name,) = results.experiments
    chosen = None if results.study.of_models else results.experiment(name).recipe
    found = chosen and other(results.runs, chosen, name, results.arms, results.study.equivalence)
    if not found:
        return ""
    there, here, _ = found.reached[found.metric.name]
    return (
        f"**Where {measured(found.metric)} counts as well:** {arm_words(found.arm)}, {found.metric.label} "
        f"{there.middle(False)} against {here.middle(False)}, for {found.costs.middle()} of {found.decides.label}."
    )


def _named(titles: list[str]) -> str:
    """Return data sets by name, or how many where they are many."""
    return listed(titles) if len(titles) <= 2 else f"{len(titles)}"


def _of(some: int, every: int) -> str:
    return f"{some} of {count(every, 'data set')}"


def heading(grid: Grid) -> str:
    """Return the grid's title: what its leading factor does, and how many effects turn round."""
    every = [cell for row in grid.values() for cell in row.values()]
    if all(cell.kind == SILENT for cell in every):
        return "Too few seeds for a verdict"
    leader, turned = leading(grid), sum(cell.kind == DEPENDING for cell in every)
    sets = len(next(iter(grid.values())))
    parts = [f"{count(turned, 'effect')} {verb('turns', range(turned))} round"] if turned else []
    if leader:
        label = capital(next(iter(leader.values())).factor.label)
        parts.insert(0, f"{label} helps" + (f" on {_helped(leader)} of {sets} data sets" if sets > 1 else " most"))
    return "; ".join(parts) if parts else f"No regularizer clearly helps {METRICS[every[0].metric.name].label}"


def short(value: float, cell: Cell) -> str:
    """Return an effect as it stands in a cell: to a tenth of a point, or one digit more where it is small."""
    return number(value, _places(value, cell), sign=True)


def _places(value: float, cell: Cell) -> int:
    places = 1 if cell.metric.effect_unit == "pp" else 2
    return places + (abs(value) < 0.95 * 10**-places)
