"""The generated parts of the report's pages (`report/*.qmd`, whose every number is a `{{< var … >}}` or an include)."""

from __future__ import annotations

import shutil
from pathlib import Path

import yaml

from study import __version__
from study.analysis.results import Results
from study.claims.collection import Claims
from study.design.arms import Arm, parse_arm
from study.design.factors import NAMES, TEXTBOOK
from study.exhibits import study_tables, study_text, tuning_text, wording
from study.report import manuscript, methods
from study.report.front import page
from study.report.rendering.quarto import changed
from study.statistics.inference import CONFIDENCE


def experiment_page(experiment: str) -> str:
    """Return the path of an experiment's page in the project."""
    return f"experiments/{experiment}.qmd"


LITERATURE = "literature.qmd"
"""The page that sets published numbers beside the study's."""
ACROSS = "across.qmd"
"""The page that sets the experiments side by side; it exists if there are several."""
ON_PAPER = ("index.qmd", "methods.qmd", "glossary.qmd")
"""Pages of the short version for paper, beside those of the experiments."""


def compared_with_the_literature(results: Results) -> bool:
    """Return whether there is a page of published numbers: they are of whole lattices of all five, not of fractions,
    and not of a user's model."""
    study = results.study
    return study.design == "full" and set(NAMES) <= set(study.factors.names) and not study.of_models


def sweep_part(sweep: str) -> str:
    """Return the path of what a sweep adds to a page, in the project: see `gather_sweeps`."""
    return f"sweeps/parts/{sweep}.qmd"


SWEPT = {
    "strengths": "How much of each?",
    "data": "How many examples, how clean?",
    "model": "Where does dropout stand?",
    "other": "Other choices",
}
"""The pages of sweeps by what these vary, with their titles."""


def sweep_pages(results: Results) -> dict[str, list[str]]:
    """Return the pages of sweeps by path, in order, with the sweeps that each holds."""
    held: dict[str, list[str]] = {kind: [] for kind in SWEPT}
    for name in results.sweeps:
        setting = results.study.sweeps[name].setting
        kind = setting.partition(".")[0]
        held[kind if kind in ("strengths", "data") or setting == "model.dropout_placement" else "other"].append(name)
    return {f"sweeps/{kind}.qmd": names for kind, names in held.items() if names}


def gather_sweeps(results: Results, folder: Path) -> None:
    """Write the pages of sweeps from their executed parts, a section a sweep."""
    for place, names in sweep_pages(results).items():
        title = SWEPT[Path(place).stem]
        parts = [manuscript.body((folder / sweep_part(name)).read_text(encoding="utf-8")) for name in names]
        heads = [f"## {results.study.sweeps[name].title}" for name in names]
        text = "\n\n".join(f"{head}\n\n{part}" for head, part in zip(heads, parts))
        (folder / place).write_text(f'---\ntitle: "{title}"\n---\n\n{text}', encoding="utf-8")
    shutil.rmtree(folder / "sweeps" / "parts", ignore_errors=True)


def multiverse_page(experiment: str) -> str:
    """Return the path of the page that sets an experiment's universes side by side."""
    return f"multiverse/{experiment}.qmd"


def multiverse_title(results: Results, experiment: str) -> str:
    """Return that page's title."""
    return f"Would another choice have changed the answer on {results.study.experiments[experiment].title}?"


def arm_page(experiment: str, arm: Arm) -> str:
    """Return the path of an arm's page in the project; `+` in its name becomes `-`."""
    return f"arms/{experiment}/{arm.name.replace('+', '-')}.qmd"


def arms_with_pages(results: Results, experiment: str, which: str) -> list[Arm]:
    """Return the arms that get a page: none, single factors, all and the best arm; or every arm; or no arm.

    An arm of a fraction that holds neither `none` nor `all` to set it against has no page.
    """
    if which == "none":
        return []
    known, every = results.study.factors, results.arms
    ends = {Arm((), known), Arm(known.names, known)} & set(every)
    chosen = set(every)
    if which != "all":
        best = results.experiment(experiment).best_arm()
        chosen = {*ends, *(Arm((name,), known) for name in known.names), best}
    return [arm for arm in every if arm in chosen and ends - {arm}]


def static(results: Results) -> str:
    """Return the figure that stands for the explorer where no script runs: all arms of the first experiment."""
    name = results.experiments[0]
    return f"::: {{.front-static}}\n{{{{< embed {experiment_page(name)}#fig-arms-{name} >}}}}\n:::"


def onward(results: Results, further: str = "") -> str:
    """Return a line that leads to the pages of the data sets, says which cells restore epoch 1, and `further`."""
    found = [results.experiment(name) for name in results.experiments]
    links = [f"[{each.title}]({experiment_page(each.name)})" for each in found]
    more = f", and [all side by side]({ACROSS})" if len(links) > 1 else ""
    told = [f"Everything on {wording.listed(links)}{more}.", further]
    return " ".join(filter(None, [*told, *map(study_text.from_the_start, found)]))


def sources(results: Results) -> str:
    """Return a list of the data sets with their citations."""
    from study.data.datasets import describe

    lines = []
    for experiment in map(results.study.experiment, results.experiments):
        known = describe(experiment.data)
        cited = f" [@{known.source}]" if known.source else ""
        lines.append(f"- **{experiment.title}**: {known.about}{cited}")
    return "\n".join(lines)


def left_out(results: Results) -> str:
    """Return which seeds were left out of the analysis and why; a sentence if none was."""
    lines = []
    for name in results.study.experiments:
        if name not in results.experiments:
            lines.append(f"- {name}: no seed has all {len(results.arms)} arms; it is not analysed.")
            continue
        lines += [f"- {name}, seed {seed}: {why}." for seed, why in results.left_out(name).items()]
    if not lines:
        return "Every seed of every experiment is complete; none was left out."
    return "Left out of the analysis:\n\n" + "\n".join(lines)


def claims_methods(claims: Claims) -> str:
    """Return the methods' section on claims: how they are judged and what measures each ledger's; nothing if there is
    none."""
    seeds = wording.count(len(claims.results.study.claims.seeds), "seed")
    editions = [ledger.edition for ledger in claims.whole]
    told = [methods.said(of.notebook, ledger=of.page, seeds=seeds, title=of.title) for of in editions]
    return "\n\n".join([methods.said("judged-claims"), *told]) if told else ""


def downloads(claims: Claims) -> str:
    """Return a list of the tables that lie beside the pages."""
    about = {
        "runs": "a row a cell, with every metric", "readouts": "a row a cell and length at which it was judged",
        "history": "a row an epoch of a cell",
        "effects": "every effect with its interval, p-value and verdict",
        **({"sweeps": "a row a cell of a sweep"} if claims.results.sweeps else {}),
        **({"claims": "every claim with its measurement, criterion and verdict"} if claims.measured else {}),
        "dictionary": "what every column means",
    }  # fmt: skip
    return "\n".join(f"- [{name}.csv]({name}.csv): {words}" for name, words in about.items())


def includes(results: Results, claims: Claims, further: str = "") -> dict[str, str]:
    """Return what `{{< include … >}}` can name: generated Markdown."""
    made = {
        "front": page.front(results),
        "static": static(results),
        "onward": onward(results, further),
        "sentences": page.sentences(claims),
        "cite": page.cite(results),
        "explorer": page.script(results),
        "claims": claims_methods(claims),
        "downloads": downloads(claims),
        "design": methods.design(results),
        "estimated": methods.estimated(results.study),
        "read": methods.read(results),
        "shared": methods.shared(results.study),
        "aliases": methods.aliases(results.study),
        "fraction-terms": methods.fraction_terms(results.study),
        "compared": methods.compared(results.study),
        "judged": methods.judged(results.study),
        "band": methods.band(results, "band"),
        "none": methods.band(results, "none"),
        "factors": methods.factors(results.study.factors),
        "sources": sources(results),
        "left-out": left_out(results),
        "origin": tuning_text.origin(results),
        "strengths": study_tables.strengths(results).labelled("strengths"),
        "settings": study_tables.settings(results).labelled("settings"),
        "convergence": f"{study_tables.convergence(results).labelled('convergence')}\n\n{study_text.schedule(results)}",
        "cost": f"{study_tables.cost(results).labelled('cost')}\n\n{study_text.cost_sentence(results)}",
        "hardware": study_tables.hardware(results).labelled("hardware"),
    }
    return {f"_{name}.md": text for name, text in made.items()}


def variables(results: Results) -> dict[str, str]:
    """Return what `{{< var … >}}` can name."""
    study = results.study
    named = {
        "first": next(iter(study.experiments)),
        "some_seeds": ",".join(map(str, study.seeds_of(next(iter(study.experiments)))[:3])),
        "argument": study.file.name if study.file else study.name,
        "title": study.title,
        "seeds": wording.listed([str(n) for n in sorted(set(results.seeds.values()))], "or"),
        "sweeping": " --sweeps" if study.sweeps else "",
        "combined": "" if study.factors is TEXTBOOK else methods.combined(results),
        "number": study.factors.number,
        "some_arm": methods.some_arm(results.arms),
        "ends": methods.ends(results),
        "arms": str(len(results.arms)),
        "cells": f"{len(results.arms) * sum(results.seeds.values()):,}",
        "experiments": wording.listed([e.title for e in study.experiments.values()]),
        "equivalence": f"{study.equivalence:g}",
        "level": CONFIDENCE,
        "amounts": results.metric.amounts.replace("points of", "points (pp) of"),
        "followed": study.task.followed.label,
        **methods.passing(results),
        "version": __version__,
    }
    return {f"study.{name}": value for name, value in named.items()}


def navigation(results: Results, arm_pages: dict[str, list[Arm]], claims: Claims) -> list:
    """Return the sidebar: pages in reading order, arms folded by experiment."""
    titles = {name: results.study.experiments[name].title for name in results.experiments}
    arms = [
        {
            "section": f"Arms on {titles[name]}",
            "contents": [
                {"href": arm_page(name, arm), "text": wording.capital(wording.arm_words(arm))} for arm in chosen
            ],
        }
        for name, chosen in arm_pages.items()
        if chosen
    ]
    return [
        {"href": "index.qmd", "text": "The answer"},
        *({"href": experiment_page(name), "text": title} for name, title in titles.items()),
        *([{"href": ACROSS, "text": "Across data sets"}] if len(titles) > 1 else []),
        *({"href": place, "text": SWEPT[Path(place).stem]} for place in sweep_pages(results)),
        *({"href": multiverse_page(name), "text": multiverse_title(results, name)} for name in results.multiverses),
        *({"href": ledger.edition.page, "text": ledger.edition.title} for ledger in claims.whole),
        *([{"href": LITERATURE, "text": "Against the literature"}] if compared_with_the_literature(results) else []),
        *arms,
        *([{"href": tuning_text.PAGE, "text": tuning_text.TITLE}] if results.is_tuned else []),
        {"href": "methods.qmd", "text": "Methods"},
        {"href": "glossary.qmd", "text": "Glossary"},
        {"href": "reproduce.qmd", "text": "Reproduce"},
    ]


def write_project(results: Results, folder: Path, arm_pages: dict[str, list[Arm]], claims: Claims, further="") -> None:
    """Fill a copy of `report/`, but for the figures that it embeds, and its `_quarto.yml`; `further`: see `build`."""
    names = includes(results, claims, further) | variables(results)
    for file in folder.glob("*.qmd"):
        file.write_text(manuscript.filled(file.name, file.read_text(encoding="utf-8"), names), encoding="utf-8")
    contents = navigation(results, arm_pages, claims)
    more = [("claims.csv", claims.measured), ("sweeps.csv", bool(results.sweeps))]
    with changed(folder / "_quarto.yml") as project:
        project["website"]["sidebar"]["contents"] = contents
        project["project"]["resources"] += [name for name, there in more if there]
        project["project"]["render"] = list(_pages(contents))


def embed_figures(folder: Path) -> None:
    """Put the figures of executed pages into the pages that embed them."""
    for file in folder.glob("*.qmd"):
        file.write_text(manuscript.embedded(folder, file.name, file.read_text(encoding="utf-8")), encoding="utf-8")


def place_pages(results: Results, folder: Path) -> None:
    """Say on every page its place, by which its figures and tables are numbered, and whether paper gets it."""
    config = yaml.safe_load((folder / "_quarto.yml").read_text(encoding="utf-8"))
    short = {*ON_PAPER, *map(experiment_page, results.experiments)}
    for place, name in enumerate(config["project"]["render"], 1):
        about = {"number-offset": place} | ({"paper": True} if name in short else {})
        text = (folder / name).read_text(encoding="utf-8")
        (folder / name).write_text(manuscript.headed(text, about), encoding="utf-8")


def _pages(contents: list):
    for entry in contents:
        yield from _pages(entry["contents"]) if "contents" in entry else [entry["href"]]


def titles(results: Results, experiment: str, arm: str | None = None) -> str:
    """Return the title of an experiment's page, or of an arm's."""
    title = results.study.experiments[experiment].title
    if arm is None:
        return title
    return f"{wording.capital(wording.arm_words(parse_arm(arm, results.study.factors)))} on {title}"
