"""The front page: its parts in order, as Markdown in which HTML stands in raw fences that both renderers keep."""

from __future__ import annotations

import re
from datetime import date
from html import escape

import yaml

from study.analysis.results import Results
from study.claims.collection import Claims
from study.claims.exhibits import kind, tally
from study.claims.ledger import LIMITED, Ledger
from study.exhibits.wording import capital, count, listed
from study.export.digest import digest
from study.report import methods
from study.report.front import answer, cells, explorer, grid
from study.statistics.inference import CONFIDENCE
from study.store.provenance import CHECKOUT

ASSETS = CHECKOUT / "report" / "front"
"""Style, script and skeleton."""
CITATION = CHECKOUT / "CITATION.cff"


def front(results: Results) -> str:
    """Return the answer, the grid and the explorer as one raw block."""
    every = cells.every(results)
    accuracy = next(iter(every.values()))
    slots = {
        "answer": _inline(answer.answer(accuracy)),
        "todo": "".join(f"<li>{_inline(line)}</li>" for line in answer.to_do(results, accuracy)),
        "symbols": grid.symbols(results),
        "grids": grid.grids(results, every),
        "leader": escape(explorer.leader(results, results.experiments[0])),
        "arms": str(len(results.arms)),
        "level": CONFIDENCE,
        "ticks": _ticks(accuracy, methods.passing(results)["shaded"]),
        "followed": results.study.task.followed.label,
        "metric": capital(results.metric.label) + (" in percent" if results.metric.unit == "%" else ""),
        "table": explorer.table(results),
    }
    skeleton = (ASSETS / "front.html").read_text(encoding="utf-8")
    body = re.sub(r"\$(\w+)\$", lambda match: slots[match[1]], skeleton)
    style = (ASSETS / "front.css").read_text(encoding="utf-8") + grid.switching(list(every))
    return f"```{{=html}}\n<style>\n{style}</style>\n{body}```"


def _ticks(grid: answer.Grid, shaded: str) -> str:
    """Return what the ticks of a cell are, and of which factors there are any, as HTML: a fraction has arms in pairs of
    some. `shaded`: what the band is behind them."""
    rows = [next(iter(row.values())) for row in grid.values()]
    paired = [cell.factor.label for cell in rows if len(cell.contexts)]
    if not paired:
        return "Each cell: the mean over the arms with it minus the mean over those without"
    some = f", of {listed(paired)} alone" if len(paired) < len(rows) else ""
    return f'Ticks{some}: each combination of the others, better to the right<span id="front-shaded">{shaded}</span>'


def script(results: Results) -> str:
    """Return the explorer's data and script as one raw block, which goes behind all that it is about."""
    code = (ASSETS / "front.js").read_text(encoding="utf-8")
    data = f'<script type="application/json" id="front-data">{explorer.written(results)}</script>'
    return f"```{{=html}}\n{data}\n<script>\n{code}</script>\n```"


def card(results: Results) -> str:
    """Return what a search engine or a shared link shows of the report, as elements of a page's head.

    There is no image: a card takes none but by its full address, and nobody knows where a page will stand.
    """
    about = yaml.safe_load(CITATION.read_text(encoding="utf-8"))
    described = answer.answer(cells.cells(results)).replace("**", "")
    said = {"og:title": about["title"], "og:description": described, "og:type": "article"}
    elements = [f'<meta property="{name}" content="{escape(content)}">' for name, content in said.items()]
    return "\n".join([f'<meta name="description" content="{escape(described)}">', *elements])


def _inline(markdown: str) -> str:
    """Return a line of Markdown, which knows bold alone, as HTML."""
    return re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", escape(markdown, quote=False))


def sentences(claims: Claims) -> str:
    """Return the sentences of a study's first ledger, a line each with verdict and first reason, and how many of the
    others' got which verdict; of a ledger whose trials are not all done, that it is left out."""
    parts = [f"{tally(of)} [{of.edition.title}]({of.edition.page}) has the measurements." for of in claims.whole]
    if parts:
        first = claims.whole[0]
        rows = [f"- {_judged(first, each.number)} {each.text}" for each in first.edition.sentences]
        parts = [f"## {first.edition.heading}", parts[0], "\n".join(rows), *parts[1:]]
    for name, ledger in claims.ledgers.items():
        if lacking := claims.lacking(name):
            parts.append(f"{ledger.edition.title} is left out: {count(lacking, 'trial')} of it still to be run.")
    return "\n\n".join(parts)


def _judged(ledger: Ledger, number: int) -> str:
    """Return the verdict on a sentence, and behind it the first of its limits."""
    verdict = ledger.verdict(number)
    limit = verdict.removeprefix(LIMITED).partition(";")[0] if verdict.startswith(LIMITED) else ""
    return f"**{capital(kind(verdict))}**" + (f" ({limit}):" if limit else ":")


def cite(results: Results) -> str:
    """Return how to cite the study: what CITATION.cff says, the digest of the results, and BibTeX."""
    about = yaml.safe_load(CITATION.read_text(encoding="utf-8"))
    released, authors = date.fromisoformat(str(about["date-released"])), [each["name"] for each in about["authors"]]
    signed = digest(results.store)
    bibtex = (
        f"@software{{what_regularizes,\n  author  = {{{' and '.join(f'{{{name}}}' for name in authors)}}},\n"
        f"  title   = {{{about['title']}}},\n  version = {{{about['version']}}},\n  year    = {{{released.year}}},\n"
        f"  note    = {{Study {results.study.title}. Results digest (SHA-256) {signed}}}\n}}"
    )
    return (
        f"*{about['title']}*, version {about['version']}, {released.day} {released:%B %Y}, {listed(authors)}, licence "
        f"{about['license']}. Study *{results.study.title}*. SHA-256 of its results: "
        f"`{signed}`.\n\n```{{=html}}\n<details><summary>BibTeX</summary>"
        f'<pre id="front-bibtex"><code>{escape(bibtex)}</code></pre>'
        '</details>\n<button type="button" data-cite="#front-bibtex" hidden>Copy BibTeX</button>\n```'
    )
