"""Published results: their home, the criteria, and known agreements and contradictions found in a made-up store."""

import re
from collections import Counter

import nbformat
import numpy as np
import pandas as pd
import pytest
from made_literature import PLACE, SIGNALS, SWEEPS, open_made

from study import figures
from study.claims import collection
from study.claims.catalogue import answered
from study.claims.claim import Setting
from study.claims.criteria import FAILS, HOLDS, UNDECIDED
from study.claims.estimate import Estimate, over_seeds
from study.claims.standing import standing
from study.literature import catalogue, exhibits, published
from study.literature.comparison import AGREES, DIFFERS, NOT_COMPARABLE, NOT_COMPARED, NOT_RUN, Meets
from study.literature.lookup import Shelf
from study.report import build, notebooks
from study.report.manuscript import written_out


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    text = SIGNALS + SWEEPS + PLACE.format(width=32) + PLACE.format(width=512)
    return open_made(tmp_path_factory.mktemp("made"), text)


@pytest.fixture(scope="module")
def rows(results):
    return {row.comparison.name: row for row in catalogue.rows(Shelf(results))}


def test_every_source_is_in_the_bibliography_and_every_result_has_words_or_a_number():
    keys = set(re.findall(r"^@\w+\{(\w+),", (build.SOURCES / "references.bib").read_text(), re.MULTILINE))
    found = catalogue.comparisons(0.5)
    assert {each.published.source.key for each in found} <= keys
    assert all(each.published.source.place and each.published.source.setting for each in found)
    assert all(each.published.says or each.published.value is not None for each in found)
    assert not [name for name, times in Counter(each.name for each in found).items() if times > 1]


def test_contrasts_of_published_numbers_are_those_computed_by_hand():
    assert published.inception(("batchnorm", "augmentation"), ("batchnorm",)) == pytest.approx(3.56)
    assert published.inception(("batchnorm", "l2"), ("batchnorm",)) == pytest.approx(0.28)
    assert published.inception(("l2",), ()) == pytest.approx(1.0)
    assert [round(published.stopping_gain(share, "none"), 1) for share in (0.2, 0.5, 0.8)] == [3.9, 25.8, 37.4]
    by_name = {each.name: each.published.value for each in catalogue.comparisons(0.5)}
    assert by_name["inception-interaction"] == pytest.approx(-0.72)
    assert by_name["noise-interaction-0.5"] == pytest.approx(-24.4)
    assert by_name["mnist-dropout-on-l2"] == pytest.approx(0.37)
    assert by_name["placement-harm-narrow"] == pytest.approx(-8.87)


@pytest.mark.parametrize(
    "low, high, seeds, verdict",
    [
        (65.0, 65.2, 6, HOLDS),
        (60.0, 65.0, 6, FAILS),
        (71.0, 72.0, 6, FAILS),
        (60.0, 80.0, 6, HOLDS),
        (67.0, 69.0, 5, UNDECIDED),
    ],
)
def test_an_accuracy_is_met_as_far_as_its_test_examples_tell(low, high, seeds, verdict):
    criterion = Meets(68.0, 1000)
    assert criterion.half == pytest.approx(196 * (0.68 * 0.32 / 1000) ** 0.5) and criterion.text.endswith(
        "68 ± 2.9, which 1,000 test examples leave open"
    )
    assert criterion.judge(Estimate((low + high) / 2, low, high, seeds)) == verdict


class TestVerdicts:
    """In a world that is known, every verdict is known."""

    @pytest.mark.parametrize(
        "name, truth",
        [
            ("mnist1d-mlp", 67.25),
            ("inception-augmentation", 3.5),
            ("inception-l2-without", 1.0),
            ("inception-interaction", -0.8),
            ("rate-none", 2.0),
            ("rate-extreme", 7.0),
            ("rate-flat", 0.0),
            ("noise-stopping-0.2", 4.0),
            ("noise-interaction-0.5", -10.0),
            ("placement-harm-narrow", -4.0),
            ("placement-after-narrow", 5.0),
            ("placement-safe", 1.0),
            ("placement-width", 3.0),
            ("batchnorm-replaces-dropout", 0.1),
            ("noise-memory", 100.0),
        ],
    )
    def test_what_holds_agrees(self, rows, name, truth):
        assert rows[name].found.estimate.value == pytest.approx(truth, abs=0.15) and rows[name].verdict == AGREES, rows[
            name
        ]

    @pytest.mark.parametrize("name, truth", [
        ("placement-harm-wide", 1.0), ("worth-of-data", -16.2),
    ])  # fmt: skip
    def test_what_does_not_differs(self, rows, name, truth):
        assert rows[name].found.estimate.value == pytest.approx(truth, abs=0.15) and rows[name].verdict == DIFFERS, (
            rows[name]
        )

    @pytest.mark.parametrize(
        "name, truth, where",
        [
            ("size-few", 0.0, "n = 250"),
            ("size-rise", 4.0, "n = 1,000 and 250"),
            ("size-decline", -2.0, ("n = 4,000 and 1,000")),
        ],
    )
    def test_gains_over_sizes(self, rows, name, truth, where):
        found = rows[name].found
        assert found.estimate.value == pytest.approx(truth, abs=0.15) and found.setting.endswith(where)
        assert rows[name].verdict == AGREES

    def test_the_largest_ratio_of_sizes_up_to_ten_is_taken(self, rows):
        assert "n = 250 against 2,000, 8 times as many" in rows["worth-of-data"].found.setting

    def test_what_was_not_run_says_what_would_run_it(self, rows):
        assert {name for name, row in rows.items() if row.verdict == NOT_RUN} == {
            "mnist-dropout-on-l2",
            "mnist-dropout",
            "mnist-max-norm",
            "batchnorm-steps",
            "averaging",
            "activation",
            "noise-stopping-0.8",
            "noise-interaction-0.8",
        }
        assert rows["mnist-dropout"].needs == "an experiment on `mnist` as in the study `full`"
        assert "`data.label_noise` with the value 0.8" in rows["noise-stopping-0.8"].needs
        assert "claims" in rows["averaging"].needs
        assert all(row.needs for row in rows.values() if row.verdict == NOT_RUN)
        assert "study.training.regularizers.max_norm:MaxNorm" in rows["mnist-max-norm"].needs

    def test_what_no_run_would_change_is_said_not_to_be_compared(self, rows):
        found = {name: row for name, row in rows.items() if row.verdict == NOT_COMPARED}
        assert set(found) == {"mnist1d-logistic-regression", "mnist1d-cnn", "mnist1d-gru", "batchnorm-l2"}
        assert "GRU" in found["mnist1d-gru"].needs and "no rule" in found["batchnorm-l2"].needs
        cells = {row[0]: row[2] for row in exhibits.lacking(list(rows.values())).rows}
        assert sum(cell.startswith("not compared here: ") for cell in cells.values()) == 4
        assert "4 are not compared" in exhibits.rest(list(rows.values()))

    def test_what_cannot_be_judged_is_shown_without_a_verdict(self, rows):
        assert rows["cocktails"].verdict == NOT_COMPARABLE and "2 data sets" in rows["cocktails"].found.setting

    def test_the_published_size_is_placed(self, rows):
        assert rows["noise-stopping-0.5"].size == "the published number lies above the interval"
        assert rows["placement-harm-narrow"].size == "the published number lies below the interval"
        assert rows["rate-none"].size == ""


def test_images_are_looked_for_where_images_were_published(rows):
    assert rows["inception-augmentation"].found.setting == "Scans, mlp 8, 60 training examples"
    assert rows["mnist1d-mlp"].found.setting == "Signals, mlp 16, 4,000 training examples"


def test_another_number_of_signals_is_not_the_papers(tmp_path):
    found = open_made(tmp_path, SIGNALS.replace("4000", "2000"))
    made = {row.comparison.name: row for row in catalogue.rows(Shelf(found))}
    assert made["mnist1d-mlp"].verdict == NOT_RUN and "with 4,000 training signals" in made["mnist1d-mlp"].needs


def test_few_seeds_decide_nothing(tmp_path):
    made = catalogue.rows(Shelf(open_made(tmp_path, "", seeds="0-2")))
    assert {row.verdict for row in made} == {UNDECIDED, NOT_RUN, NOT_COMPARED}
    assert exhibits.finding(made).startswith("Of 6 comparisons with published results, 6 are undecided.")
    shown = pd.DataFrame({"verdict": ["agrees", "undecided", "undecided"]})
    assert exhibits.pictured_finding(shown) == (
        "Of the 3 comparisons with a published number, 1 agrees and 2 are undecided."
    )


def test_claims_of_the_ledger_are_read(results):
    class Claim:
        name, setting = "averaging-fifty", Setting("here", "as measured")

    class Entry:
        claim, estimate = Claim, over_seeds([0.1, 0.2, 0.1, 0.0, 0.1, 0.1])

    class Claims:
        measured, entries = True, [Entry]

    shelf = Shelf(results)
    shelf.claims = Claims
    made = {row.comparison.name: row for row in catalogue.rows(shelf)}
    assert made["averaging"].verdict == AGREES and made["averaging"].found.setting == "as measured"
    assert made["activation"].verdict == NOT_RUN


class TestExhibits:
    """What the page shows."""

    def test_the_finding_counts(self, rows):
        counts = Counter(row.verdict for row in rows.values())
        said = exhibits.finding(list(rows.values())) + exhibits.rest(list(rows.values()))
        assert (
            f"{counts[AGREES]} agree" in said
            and f"{counts[NOT_RUN]} are not run" in said
            and "1 is not comparable" in said
        )

    def test_every_comparison_is_in_one_of_the_tables(self, rows):
        every = list(rows.values())
        made, lacking = exhibits.table(every), exhibits.lacking(every)
        assert len(made.rows) + len(lacking.rows) == len(rows)
        (cell,) = [row for row in made.rows if row[0].startswith("What augmentation adds")]
        assert cell[0].endswith("[@zhang2017understanding, Table 1]") and cell[1].startswith("3.56 pp")
        assert cell[3].startswith(f"**{AGREES}**: criterion: above 0")
        assert made.rows[-1][3].startswith(f"**{NOT_COMPARABLE}**: fewer data sets")

    def test_the_figure_shows_published_and_own_numbers_by_unit(self, rows):
        table = exhibits.frame(list(rows.values()))
        shown = figures.published(table, "A finding.")
        assert [axes.get_xlabel().split(" (")[0] for axes in shown.figure.axes] == [
            "Difference in accuracy",
            "Accuracy",
        ]
        strokes = [line.get_xdata()[0] for axes in shown.figure.axes for line in axes.lines if line.get_marker() == "|"]
        np.testing.assert_allclose(strokes, table["published"])
        own = [
            line.get_xdata()[0]
            for axes in shown.figure.axes
            for line in axes.lines
            if line.get_marker() in ("o", "s", "D")
        ]
        np.testing.assert_allclose(own, table["estimate"])
        assert "A finding." in shown.alt and "published 3.56 pp" in shown.alt and shown.svg
        with pytest.raises(ValueError, match="at least one"):
            figures.published(table[:0], "A finding.")


def executed(results, folder):
    """Execute the page's notebook; return its labels and its outputs as text."""
    parameters = {"name": str(results.study.file), "folder": str(results.store.root)}
    one = notebooks.Execution(
        build.SOURCES / "notebooks" / "literature.ipynb", "literature.qmd", parameters, "Against the literature"
    )
    folder.mkdir()
    notebooks.execute([one], folder, jobs=1)
    page = nbformat.read(folder / "literature.ipynb", as_version=4)
    labels = re.findall(r"(?m)^#\| label: (\S+)$", "\n".join(cell.source for cell in page.cells))
    texts = [output["data"].get("text/markdown", "") for cell in page.cells for output in cell.get("outputs", [])]
    return labels, "\n".join(texts)


def test_the_page_shows_everything(results, tmp_path):
    labels, text = executed(results, tmp_path / "project")
    assert labels == ["fig-published", "tbl-published", "tbl-lacking", "fig-placement"]
    assert (
        "Of 25 comparisons with published results" in text
        and "study.training.regularizers.max_norm:MaxNorm" in text
        and "not compared here" in text
    )


def test_a_cell_that_shows_prose_in_place_of_a_figure_has_no_label():
    shown = ({"image/svg+xml": "<svg/>"}, {"image/svg+xml": {"caption": "A caption.", "alt": "Words."}})
    cells = [
        nbformat.v4.new_code_cell(
            "#| label: fig-one\nx", outputs=[nbformat.v4.new_output("display_data", data, metadata=about)]
        )
        for data, about in (shown, ({"text/markdown": "No figure."}, {}))
    ]
    text, drawings = written_out(nbformat.v4.new_notebook(cells=cells), "page.ipynb", "Title", "-made")
    assert text.count("{#fig-one-made") == len(drawings) == 1 and text.endswith("No figure.\n")


def test_claims_are_read_from_disk_once(results, monkeypatch):
    reads = []
    monkeypatch.setattr(collection, "standing", lambda study, store: reads.append(store) or standing(study, store))
    collection.opened.cache_clear()
    assert Shelf(results).claims is Shelf(results).claims is collection.opened(results) and len(reads) == 1


def test_a_really_trained_study_has_the_page(rendered):
    html = rendered["pages"].read_text()
    assert 'id="literature--tbl-published"' in html and 'id="literature--fig-published"' in html
    assert "Zhang" in html and 'id="literature--fig-placement"' not in html


def test_what_the_ledger_judges_is_judged_alike_here():
    """Batch norm's steps once agreed with 14 published, by another criterion than the ledger's."""
    claims = {claim.name: claim for claim in answered("textbook")}
    by_name = {each.name: each for each in catalogue.comparisons(0.5)}
    pairs = {
        "batchnorm-steps": "batchnorm-steps",
        "averaging": "averaging-fifty",
        "activation": "coadaptation-activation",
    }
    for name, claim in pairs.items():
        assert by_name[name].criterion == claims[claim].criterion and by_name[name].unit == claims[claim].unit
    assert by_name["batchnorm-steps"].criterion.judge(Estimate(1.066, 1.001, 1.135, 6)) == UNDECIDED
