"""What is published of a study: the report as one page, tables, and the generated parts of the README.

`python -m study.cli.publication STUDY` writes them from stored results; `make publish` calls it. The README gives the
answer of one study, whose files lie in `published`; those of every other one lie in a folder of its name there, to
which README and page lead. Tests make the README's parts again from the published tables, and compare each page's
digest with that of the results in the repository.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from study import figures
from study.analysis import effects, lattice
from study.analysis.agreement import by_experiment
from study.analysis.convergence import silenced
from study.analysis.decisions.recipe import recipe
from study.analysis.results import Results, on_one_core, seconds_of
from study.claims.collection import opened
from study.claims.exhibits import short_verdicts
from study.claims.sentences import LEDGERS
from study.cli import benchmarked
from study.design import studyfile
from study.design.arms import arms_of
from study.design.studyfile import Study
from study.errors import ReportError, StudyError
from study.exhibits import advice, tables, titles, wording
from study.exhibits.exhibit import pipe_table
from study.export.tables import dictionary
from study.report import build
from study.report.rendering.addresses import BESIDE
from study.store import log
from study.store.lines import Store
from study.store.provenance import CHECKOUT

FOLDER = CHECKOUT / "published"
TEXTS = ("README.md", "docs/speed.md", "docs/machines.md")
"""Files of the checkout with generated parts."""
PAGE, MEASURED = "report.html", "measured.json"
MAIN = "standard"
"""The study whose answer the README gives."""
BLOCK = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


@dataclass(frozen=True)
class Published:
    """What lies in a published study's folder: `runs` as `frames.runs_frame` returns them, and what `measure` found."""

    study: Study
    runs: pd.DataFrame
    measured: dict

    @classmethod
    def read(cls, folder: Path) -> Published:
        """Return what was published into a folder."""
        measured = json.loads((folder / MEASURED).read_text(encoding="utf-8"))
        return cls(studyfile.load(measured["study"]), pd.read_csv(folder / "runs.csv"), measured)

    @property
    def subject(self) -> str:
        """Its title and number of regularizers: `Modern, ten regularizers`."""
        return f"{self.study.title}, {self.study.factors.number} regularizers"


def others(root: Path = CHECKOUT) -> list[Published]:
    """Return the published studies beside the main one, by name."""
    return [Published.read(file.parent) for file in sorted((root / FOLDER.name).glob(f"*/{MEASURED}"))]


def answers(study: Study, runs: pd.DataFrame, training: dict[str, dict]) -> str:
    """Return the answer to the study's question, an experiment an item, as a Markdown list.

    Args:
        study: the study.
        runs: as `frames.runs_frame` returns it.
        training: by experiment, how training went: see `ExperimentResults.training`.
    """
    table = _effects(study, runs, training)
    titles = {name: study.experiments[name].title for name in training}
    worth = tables.across(by_experiment(table), titles, study.factors, study.task.metric)
    do = "\n".join(f"- {said}" for said in recommended(study, runs, training, table))
    note = f"{worth.caption} What accuracy hides and how far one run deceives: [the page](published/{PAGE})."
    return "\n\n".join(filter(None, (do, pipe_table(worth.heads, worth.rows, worth.words), note)))


def _effects(study: Study, runs: pd.DataFrame, training: dict[str, dict]) -> pd.DataFrame:
    return silenced(effects.all_effects(runs, training, study.equivalence, arms_of(study)), training)


def recommended(study: Study, runs: pd.DataFrame, training: dict[str, dict], table: pd.DataFrame) -> list[str]:
    """Return which arm to take on each data set and whether effects have come to rest there, a text a data set that
    has something to say.

    Args:
        study, runs, training: as in `answers`.
        table: as `effects.all_effects` returns it.
    """
    arms, told = arms_of(study), []
    for name, how in training.items():
        main = effects.of_kind(table[table["experiment"] == name], "main")
        title = f"{study.experiments[name].title}, {study.experiments[name].data.train:,} examples"
        do = advice.recommended(title, recipe(runs, main, name, arms, study.equivalence), len(arms))
        told.append(f"{do} {advice.moves(how)}".strip())
    return [*filter(None, told)]


def hero(study: Study, runs: pd.DataFrame):
    """Return the hero figure of the study's first experiment: see `figures.specification_curve`."""
    name = next(iter(study.experiments))
    found = lattice.lattice(runs, name, arms_of(study))
    return figures.specification_curve(lattice.arm_estimates(found), titles.arms(found))


def hero_block(study: Study, runs: pd.DataFrame) -> str:
    """Return the Markdown that shows the hero figure, with its alternative text and caption."""
    made = hero(study, runs)
    title = next(iter(study.experiments.values())).title
    return f"![{made.alt}](published/hero.svg)\n\n*{title}.* {made.caption}"


def measure(results: Results) -> dict:
    """Return what the stored cells (see `Results.core_seconds`) and the last report cost, with the machine named, and
    the claims' verdicts.

    Raises:
        StudyError: if no report was logged, or the cells come from several machines.
    """
    reports = log.read(results.store.root, "report")
    machines = {(r["provenance"]["machine"], r["provenance"]["device"]) for r in results.records}
    if not reports or len(machines) != 1:
        raise StudyError(
            f"Expected a report logged in {results.store.root} and cells of one machine. Received: "
            f"{len(reports)} reports, {len(machines)} machines."
        )
    ((machine, device),) = machines
    further = [seconds_of(done) for done in results.further.values()]
    return {
        "machine": machine, "device": device, "cells": len(results.records), "trainings": len(results.training_seconds),
        "process_seconds": round(sum(results.core_seconds.values()), 1),
        "further": {
            "cells": sum(map(len, results.further.values())), "trainings": sum(map(len, further)),
            "process_seconds": round(sum(sum(on_one_core(each).values()) for each in further), 1),
        },
        "report_seconds": reports[-1]["seconds"], "notebooks": reports[-1]["notebooks"],
        "peak_mib": max(r["provenance"]["peak_mib"] for r in results.records),
        "claims": next(map(short_verdicts, opened(results).ledgers.values()), {}),
        "convergence": {name: results.experiment(name).training for name in results.experiments},
    }  # fmt: skip


def first_report(root: Path = CHECKOUT / "results" / benchmarked.FIRST, file: Path = FOLDER / "measured.json") -> dict:
    """Return what `make report` took by its logged sessions, if all its parts were logged, else what was published
    before.

    Args:
        root: results folder of the study that `make report` trains.
        file: what was published.
    """
    runs, swept, claims, made = (log.read(root, kind) for kind in ("run", "sweeps", "claims", "report"))
    if not (runs and made and (claims or not studyfile.load(benchmarked.FIRST).claims.seeds)):
        return json.loads(file.read_text(encoding="utf-8"))["first_report"]
    return {
        "machine": runs[0]["machine"], "processes": runs[0]["jobs"],
        "cells": runs[0]["cells"], "trainings": runs[0]["trainings"], "training_seconds": runs[0]["seconds"],
        "claims_seconds": claims[0]["seconds"] if claims else None,
        "sweeps_seconds": swept[0]["seconds"] if swept else None,
        "report_seconds": made[0]["seconds"],
        "notebooks": made[0]["notebooks"],
    }  # fmt: skip


def claims_block(study: Study, measured: dict) -> str:
    """Return the sentences of a study's first ledger with their verdicts, as a Markdown table."""
    return pipe_table((LEDGERS[study.claims.ledger[0]].who, "measured"), measured["claims"].items(), (0, 1))


def beside(found: list[Published]) -> str:
    """Return what the other published studies recommend, a study an item, as a Markdown list; nothing without one."""
    lines = []
    for each in found:
        about = each.study, each.runs, each.measured["convergence"]
        do = " ".join(recommended(*about, _effects(*about)))
        lines.append(f"- [{each.subject}](published/{each.study.name}/{PAGE}). {do}".rstrip())
    return "\n".join(["Also published:", "", *lines] if lines else [])


def blocks(main: Published, found: list[Published]) -> dict[str, str]:
    """Return the README's generated parts by name, from the study whose answer it gives and the others."""
    study, runs, measured, speeds = main.study, main.runs, main.measured, benchmarked.read()
    return {
        "answer": answers(study, runs, measured["convergence"]),
        "beside": beside(found),
        "hero": hero_block(study, runs),
        "costs": benchmarked.costs(study, measured),
        "claims": claims_block(study, measured),
        "speed": benchmarked.speed(speeds),
        "scale": benchmarked.scale(speeds),
    }


def fill(texts: list[str], parts: dict[str, str]) -> list[str]:
    """Return Markdown texts with their generated parts made anew.

    A part stands between `<!-- generated: name -->` and `<!-- end -->`.

    Raises:
        StudyError: if the texts name a part that does not exist, or lack one.
    """
    named = [match[2] for text in texts for match in BLOCK.finditer(text)]
    if sorted(named) != sorted(parts):
        raise StudyError(f"Expected the generated parts {', '.join(parts)}. Received: {', '.join(named) or 'none'}.")
    return [BLOCK.sub(lambda match: f"{match[1]}{parts[match[2]]}\n{match[3]}", text) for text in texts]


def further(found: list[tuple[Published, str]]) -> str:
    """Return a Markdown line that leads from a page to those of other studies, in the given folders beside it."""
    links = [f'[{each.subject}]({folder}/{PAGE}){{rel="{BESIDE}"}}' for each, folder in found]
    return f"Beside it: {wording.listed(links)}." if links else ""


def rendered(results: Results, onward: str = "") -> str:
    """Return the report as one HTML page; pages of single arms, half of its bytes, are left to `study report`."""
    with tempfile.TemporaryDirectory(prefix="study-publication-") as folder:
        page = build.render(results, None, "pandoc", "none", single=Path(folder) / PAGE, further=onward)
        return page.read_text(encoding="utf-8")


def publish(results: Results, root: Path = CHECKOUT, main: str = MAIN) -> None:
    """Write `report.html`, `runs.csv`, `effects.csv`, `claims.csv`, `dictionary.csv` and `measured.json` into
    `published`, of another study than the main one into its folder there, of the main one `hero.svg`, too; and the
    generated parts of `TEXTS`. Nothing is written where page, measurements or parts cannot be made.

    Raises:
        ReportError: if the report cannot be rendered.
        StudyError: see `measure` and `fill`; or if another study is published before the main one, or one that is not
            bundled, which nobody could open again.
    """
    top, study = root / FOLDER.name, results.study
    is_main = study.name == main
    if not is_main and not (study.name in studyfile.bundled() and (top / MEASURED).is_file()):
        raise StudyError(f"Expected a bundled study, and {main} published before any other. Received: {study.name}.")
    rest = [each for each in others(root) if each.study.name != study.name]
    linked = [(each, each.study.name) for each in rest] if is_main else [(Published.read(top), "..")]
    page = rendered(results, further(linked))
    measured = {"study": study.name} | measure(results) | ({"first_report": first_report()} if is_main else {})
    this = Published(study, results.runs, measured)
    every = sorted([*rest, this], key=lambda each: each.study.name)
    parts = blocks(this, rest) if is_main else blocks(Published.read(top), every)
    texts = [root / name for name in TEXTS]
    filled = fill([text.read_text(encoding="utf-8") for text in texts], parts)
    folder = top if is_main else top / study.name
    folder.mkdir(exist_ok=True, parents=True)
    (folder / PAGE).write_text(page, encoding="utf-8")
    results.runs.to_csv(folder / "runs.csv", index=False)
    results.effects.to_csv(folder / "effects.csv", index=False)
    (folder / "claims.csv").unlink(missing_ok=True)
    if (claims := opened(results)).measured:
        claims.frame().to_csv(folder / "claims.csv", index=False)
    dictionary(study).to_csv(folder / "dictionary.csv", index=False)
    (folder / MEASURED).write_text(f"{json.dumps(measured, indent=2, ensure_ascii=False)}\n", encoding="utf-8")
    if is_main:
        (folder / "hero.svg").write_text(hero(study, results.runs).svg, encoding="utf-8")
    for file, said in zip(texts, filled, strict=True):
        file.write_text(said, encoding="utf-8")


def stored(study: Study) -> Store:
    """Return a study's results in the repository."""
    return Store(CHECKOUT / "results" / study.name, study.name)


def main(name: str) -> None:
    """Publish a study by name from its results in the repository."""
    try:
        chosen = studyfile.load(name)
        publish(Results(chosen, stored(chosen)))
    except (StudyError, ReportError) as error:
        sys.exit(f"study: {error}")


if __name__ == "__main__":
    main(sys.argv[1])
