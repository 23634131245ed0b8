"""The front page: words that follow from verdicts, and an explorer whose every number is that of the exports."""

import itertools
import json
import re
from types import SimpleNamespace

import numpy as np
import pytest
from browser import opened
from conftest import write_tiny
from quarto_site import pretend
from scipy.stats import t
from synthetic import store

from study.analysis.lattice import against_ends, differences, switches
from study.analysis.results import Results
from study.design import studyfile
from study.design.architectures.tasks import METRICS
from study.design.arms import Arm, lattice, parse_arm
from study.design.factors import TEXTBOOK
from study.export.digest import digest
from study.report import build
from study.report.front import answer, cells, explorer, grid, page
from study.statistics.interval import HELPS, HURTS, Interval
from study.store.lines import Store

SECOND = """
[experiment.photos]
title = "Photos"
question = "?"
data = { name = "mnist", train = 100, validation = 100, test = 100 }
model = { name = "cnn" }
training = { epochs = 6, batch = 20, learning_rate = 0.01 }
strengths = { earlystopping = { patience = 1 } }
"""


def accuracy(cell) -> float:
    """Augmentation is worth 8 points, and costs one on Photos; dropout is worth 3 alone and costs 5 beside it."""
    noise = 0.05 * np.random.default_rng([cell.seed, *cell.arm.switches.values()]).standard_normal()
    base, on = 60 + cell.seed / 2 + noise, set(cell.arm.factors)
    if cell.experiment.name == "photos":
        return base - ("augmentation" in on)
    drops, shifts = "dropout" in on, "augmentation" in on
    return base + 3 * drops + 8 * shifts - 8 * (drops and shifts) - 2 * ("earlystopping" in on)


def open_made(folder, second=SECOND, head="", worth=accuracy, **tiny) -> Results:
    file = write_tiny(folder, **{"seeds": "0-5", **tiny})
    text = file.read_text().replace("patience = 2", "patience = 1")  # the made-up cells stop one epoch after their best
    file.write_text(head + text + second)
    found = studyfile.load(str(file))
    store(found, folder / "results", worth)
    return Results(found, Store(folder / "results", found.name))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return open_made(tmp_path_factory.mktemp("front"))


@pytest.fixture(scope="module")
def tiny(trained):
    """The tiny study, really trained: two seeds, read out at several lengths."""
    found = studyfile.load(str(trained / "tiny.toml"))
    return Results(found, Store(trained / "results", found.name))


class TestWords:
    def test_the_answer_names_what_helps_most_often_and_counts_the_rest(self, made):
        assert answer.answer(cells.cells(made)) == (
            "**Mostly augmentation:** it helps on 1 of 2 data sets, by up to +4.0 pp, and hurts on Photos (−1.0). Of "
            "the 8 other effects 1 hurts, 1 turns round and 6 are small."
        )

    def test_on_the_terminal_it_is_plain(self, made):
        lines = answer.spoken(made).splitlines()
        assert len(lines) == 4 and lines[0].startswith("Mostly augmentation: it helps") and "*" not in "".join(lines)

    def test_what_to_do_follows_from_recipe_turn_and_what_accuracy_hides(self, made):
        assert answer.to_do(made, cells.cells(made)) == [
            "**Augmentation first:** part of the best simple choice on 1 of 2 data sets, not on Photos.",
            "**Test dropout again beside augmentation:** +3.0 without, −5.0 with it, on Scans.",
            "**Early stopping for likelihood, not accuracy**: on average better on 1 of 2 data sets; it costs "
            "accuracy on Scans.",
        ]

    @pytest.mark.parametrize("arms, told", [
        (("l2+augmentation", "l2+batchnorm+augmentation", "dropout"),
         "**L2 and augmentation first:** each part of the best simple choice on 2 of 3 data sets, not on C."),
        (("l2", "augmentation", "none"),
         "**L2 and augmentation first:** each part of the best simple choice on 1 of 3 data sets."),
    ])  # fmt: skip
    def test_what_is_used_equally_often_is_named_together(self, arms, told):
        found = {name: SimpleNamespace(recipe=SimpleNamespace(arm=parse_arm(arm))) for name, arm in zip("abc", arms)}
        titled = SimpleNamespace(factors=TEXTBOOK, experiments={n: SimpleNamespace(title=n.upper()) for n in "abc"})
        assert answer.first(SimpleNamespace(experiments=[*"abc"], experiment=found.get, study=titled)) == told

    def test_one_data_set_is_not_counted(self, tmp_path):
        results = open_made(tmp_path, second="")
        found = cells.cells(results)
        assert answer.answer(found).startswith(
            "**Mostly augmentation:** it is worth +4.0 pp of test accuracy on Scans. Of the 4 other effects 1 hurts,"
        )
        assert answer.to_do(results, found)[0] == (
            "**Switch on augmentation:** 69.2 % on Scans; the best by validation is not clearly better."
        )

    def test_one_regularizer_has_no_others_and_a_whole_report(self, tmp_path):
        """What `study init` finds in many a model."""
        file = write_tiny(tmp_path, seeds="0-5")
        head, _, _ = file.read_text().partition("[experiment.scans.strengths]")
        file.write_text(f'factors = ["dropout"]\n{head}[experiment.scans.strengths]\ndropout = {{ rate = 0.3 }}\n')
        chosen = studyfile.load(str(file))
        store(chosen, tmp_path / "r", lambda cell: 60 + 2 * ("dropout" in cell.arm) + 0.3 * (7 * cell.seed % 3))
        results = Results(chosen, Store(tmp_path / "r", chosen.name))
        assert answer.answer(cells.cells(results)) == (
            "**Mostly dropout:** it is worth +2.0 pp of test accuracy on Scans."
        )
        page_ = build.render(results, tmp_path / "site", "pandoc", "none")
        assert "One regularizer has no other to act together with" in page_.read_text(encoding="utf-8")

    def test_where_nothing_acts_nothing_is_advised(self, tmp_path):
        def flat(cell):
            return 60 + cell.seed / 2 + 0.05 * np.random.default_rng([cell.seed, *cell.arm.switches.values()]).random()

        results = open_made(tmp_path, worth=flat)
        found = cells.cells(results)
        assert answer.answer(found) == "**None of them clearly:** of 10 effects 10 are small."
        assert answer.to_do(results, found)[0].startswith("**Switch on nothing:**")
        assert answer.heading(found) == "No regularizer clearly helps test accuracy"

    def test_too_few_seeds_say_so(self, tiny):
        found = cells.cells(tiny)
        assert answer.answer(found) == "**Too few seeds to say:** 2 seeds; a verdict takes 6."
        assert answer.to_do(tiny, found) == [] and answer.heading(found) == "Too few seeds for a verdict"


class TestGrid:
    def test_a_cell_has_the_verdict_of_the_table_of_effects_and_colour_only_where_it_is_clear(self, made):
        for metric, rows in cells.every(made).items():
            html = grid._grid(made, metric, rows)
            shown = {place: kind for kind, place in re.findall(r'class="c (\w+)(?: s\d)?" data-go="(\S+?)"', html)}
            effects = made.effects.query("kind == 'main' and metric == @metric")
            assert len(shown) == len(effects) == 10
            for row in effects.itertuples():
                kind = shown[f"{row.experiment}/{metric}/{row.term}"]
                assert row.verdict.startswith({"none": "no effect larger than"}.get(kind, kind)), row
            assert set(re.findall(r'class="c (\w+) s\d"', html)) <= {HELPS, HURTS}

    def test_ticks_count_the_contexts(self, made):
        scans = cells.cells(made)["dropout"]["scans"]
        assert scans.contexts.shape == (16, 2) and scans.better == 8 and scans.partner.name == "augmentation"
        assert [round(side.mean) for side in scans.sides] == [3, -5]
        assert np.allclose(scans.contexts[scans.contexts[:, 0] == 0, 1], 3, atol=0.2)
        nll = cells.cells(made, METRICS["test_nll"])["augmentation"]["scans"]
        assert nll.gain == pytest.approx(-nll.effect.mean)  # of a metric of which less is better


class TestExplorer:
    def test_level_are_the_arms_that_are_neither_clearly_better_nor_worse(self, made):
        found = made.experiment("scans").lattice()
        shown = explorer.view(found, 0.5)
        best = shown["order"][-1]
        level = {arm.name for n, arm in enumerate(made.arms) if int(shown["level"][best][n // 4], 16) >> n % 4 & 1}
        kept = [arm for arm in made.arms if arm != made.arms[best]]
        alike = differences(found, [(arm, made.arms[best]) for arm in kept], 0.5)
        assert level == {arm.name for arm, each in zip(kept, alike) if each.verdict not in (HELPS, HURTS)}
        with_it = {"augmentation", "l2+augmentation", "batchnorm+augmentation", "l2+batchnorm+augmentation"}
        assert level == with_it - {made.arms[best].name}

    def test_a_length_without_a_complete_seed_is_left_out(self, made, tiny):
        assert explorer._set(made.experiment("scans"), made.arms)["lengths"] == [6]
        assert explorer._set(tiny.experiment("scans"), tiny.arms)["lengths"] == [1, 2, 3, 6]

    def test_text_cannot_end_the_script_element(self, tmp_path):
        results = open_made(tmp_path, second=SECOND.replace("Photos", "</script><b>"))
        text = explorer.written(results)
        assert "</" not in text and json.loads(text)["sets"][1]["label"] == "</script><b>"


class TestAnyStudy:
    def test_a_fraction_shows_what_was_run(self, tmp_path):
        head = 'factors = ["study.training.regularizers.max_norm:MaxNorm"]\ndesign = "fractional"\n'
        results = open_made(tmp_path, second="", head=head)
        found = cells.cells(results)
        assert len(results.arms) == 32 and len(found) == 6
        assert {name: len(row["scans"].contexts) for name, row in found.items()} == {
            **dict.fromkeys(results.study.factors.names, 0), "earlystopping": 16,
        }  # fmt: skip
        shown = explorer.data(results)["sets"][0]["views"]["test_accuracy"][0]
        assert all([flip is None for flip in flips] == [True] * 4 + [False, True] for flips in shown["flips"])
        assert "that were run" in page.front(results)

    def test_many_data_sets_break_into_lines(self, tmp_path):
        more = "".join(SECOND.replace("photos", f"photos{n}") for n in range(grid.BREAKS))
        assert '<table class="breaks">' in page.front(open_made(tmp_path, second=more))
        (tmp_path / "few").mkdir()
        assert '<table class="breaks">' not in page.front(open_made(tmp_path / "few"))


def test_the_citation_says_what_the_file_says_and_the_digest_of_the_results(made):
    text = page.cite(made)
    for words in ("version 0.1.0", "26 November 2026", "The What regularizes? authors", "MIT", digest(made.store)):
        assert words in text
    assert text.count(digest(made.store)) == 2 and "@software{" in text


def test_script_and_style_are_small():
    assert (page.ASSETS / "front.js").stat().st_size <= 30_000


def rendered(results, folder):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "execute", pretend)
        return build.render(results, folder, "pandoc", "none")


@pytest.fixture(scope="module", params=["made", "tiny"])
def explored(request, tmp_path_factory):
    results = request.getfixturevalue(request.param)
    return results, rendered(results, tmp_path_factory.mktemp("site"))


GO = """async (hash) => {
  await new Promise((done) => { addEventListener('hashchange', done, { once: true }); location.hash = hash; });
  return [document.querySelector('#front-say').textContent,
    [...document.querySelectorAll('#front-rows .row')].map((row) => row.innerText.replace(/\\s+/g, ' ')),
    [...document.querySelectorAll('#front-rows [role=switch]')].map((b) => b.ariaChecked).join()];
}"""


def expected(results, name, metric, arm, length):
    """Return what the explorer says of an arm: its mean, its difference to none, and its flips."""
    found, whole = results.experiment(name), results.study.experiments[name].training.epochs
    from study.analysis.convergence import at_length

    kept = found.lattice(metric) if length == whole else at_length(results.readouts, name, length, results.arms, metric)
    estimates = kept.arm(arm)
    from study.statistics.interval import Interval

    mean = Interval.over(estimates, METRICS[metric].unit, METRICS[metric].better).words(signed=False, unit=False)
    none = against_ends(kept, arm, found.band).get("none")
    flips = [each.words(unit=False) for each in switches(kept, arm, found.band).values()]
    return mean, none and none.words(unit=False), flips


def test_every_arm_is_reached_by_address_with_the_numbers_of_the_exports(running, explored):
    results, file = explored
    seen = 0
    with opened(running, file, 1280) as shown:
        for name in results.experiments:
            lengths = explorer._set(results.experiment(name), results.arms)["lengths"]
            for metric in ("test_accuracy", "test_nll", "test_ece"):
                for arm in results.arms:
                    for length in lengths if arm.name in ("dropout", "all") else lengths[-1:]:
                        tail = "" if length == lengths[-1] else f"/{length}"
                        said, rows, switched = shown.page.evaluate(GO, f"#{name}/{metric}/{arm.name}{tail}")
                        mean, none, flips = expected(results, name, metric, arm, length)
                        low = mean.partition(" [")
                        assert low[0] in said and f"[{low[2]}" in said, (said, mean)
                        assert none is None or none in said, (said, none)
                        assert switched == ",".join("true" if on else "false" for on in arm.switches.values())
                        for row, flip in zip(rows, flips, strict=True):
                            change, _, ends = flip.partition(" [")
                            assert change in row and f"[{ends}" in row, (arm.name, row, flip)
                        seen += 1
        assert shown.said == [] and shown.asked == []
    assert seen >= 32 * 3 * len(results.experiments)


CHECKED = "document.querySelector('#front-curve [aria-checked=true]').getAttribute('aria-label')"


def test_every_arm_and_choice_is_reached_by_keyboard(running, explored):
    results, file = explored
    with opened(running, file, 1280) as shown:
        page = shown.page
        page.locator("#front-curve [aria-checked=true]").focus()
        page.keyboard.press("Home")
        ranks = []
        for _ in results.arms:
            ranks.append(page.evaluate(CHECKED))
            page.keyboard.press("ArrowRight")
        assert [label.partition(" of ")[0] for label in ranks] == [f"Rank {n}" for n in range(32, 0, -1)]
        for box, count in (("#front-sets", len(results.experiments)), ("#front-metrics", 3)):
            page.locator(f"{box} input:checked").focus()
            values = set()
            for _ in range(count):
                values.add(page.locator(f"{box} input:checked").get_attribute("value"))
                page.keyboard.press("ArrowRight")
            assert len(values) == count
        switch = page.get_by_role("switch", name="dropout")
        before = switch.get_attribute("aria-checked")
        switch.focus()
        page.keyboard.press("Space")
        assert switch.get_attribute("aria-checked") != before
        on = [page.get_by_role("switch").nth(n).get_attribute("aria-checked") == "true" for n in range(5)]
        arm = Arm.of(
            [name for name, switched in zip(results.study.factors.names, on) if switched], results.study.factors
        )
        page.wait_for_function(
            "name => location.hash.split('/')[2] === name", arg=arm.name
        )  # the address follows a moment later
        slider = page.locator("#front-lengths")
        assert slider.is_visible() == (len(results.readouts["epochs"].unique()) > 1)


def test_ticks_are_those_of_factors_with_pairs_of_arms(made, tmp_path):
    whole = page._ticks(cells.cells(made), "; shaded")
    assert whole.startswith("Ticks: each combination of the others") and whole.endswith(">; shaded</span>")
    head = 'factors = ["study.training.regularizers.max_norm:MaxNorm"]\ndesign = "fractional"\n'
    part = cells.cells(open_made(tmp_path, second="", head=head))
    assert page._ticks(part, "").startswith("Ticks, of early stopping alone: each combination of the others")
    del part["earlystopping"]
    assert page._ticks(part, "") == "Each cell: the mean over the arms with it minus the mean over those without"


def by_terms(results, arm, metric="test_accuracy"):
    """Return what an arm of a fraction reached, or is estimated as, by a fit of main effects and pairs to each seed's
    arms; and by how much such fits miss an arm that they leave out."""
    names, found = results.study.factors.names, results.experiment("scans").lattice(metric)

    def terms(one):
        signs = np.array([1.0 if name in one else -1.0 for name in names])
        return [1, *signs, *(a * b for a, b in itertools.combinations(signs, 2))]

    if arm in found.arms:
        return found.arm(arm).round(2), 0.0
    made, reached = np.array([terms(one) for one in found.arms]), np.array([found.arm(one) for one in found.arms])
    missed = []
    for place in range(len(reached)):
        rest = np.arange(len(reached)) != place
        missed.append(made[place] @ np.linalg.lstsq(made[rest], reached[rest].mean(1))[0] - reached[place].mean())
    return np.array(terms(arm)) @ np.linalg.lstsq(made, reached)[0], np.sqrt(np.mean(np.square(missed)))


def shown_as(values, missed, half, band=None):
    """Return mean and interval as an `Interval` of that half-width, in standard errors, has them in words."""
    mean, wide = values.mean(), half * np.sqrt(values.var(ddof=1) / len(values) + missed**2)
    words = Interval(mean, mean - wide, mean + wide, len(values), "pp", 1, band).words(
        signed=band is not None, unit=False
    )
    return words.split(" ", 1)


def test_arms_that_a_fraction_leaves_out_are_estimated_and_said_to_be(running, tmp_path):
    head = 'factors = ["study.training.regularizers.max_norm:MaxNorm"]\ndesign = "fractional"\n'
    results = open_made(tmp_path, second="", head=head)
    file, factors = rendered(results, tmp_path / "site"), results.study.factors
    outside = [arm for arm in lattice(factors) if arm not in results.arms]
    seeds = len(results.experiment("scans").lattice().seeds)
    alone, joint = (t.ppf(1 - 0.05 / (2 * number), seeds - 1) for number in (1, len(factors)))
    assert len(outside) == 32
    with opened(running, file, 1280) as shown:
        for arm in (*outside[::5], results.arms[3]):
            said, rows, switched = shown.page.evaluate(GO, f"#scans/test_accuracy/{arm.name}")
            assert switched == ",".join("true" if on else "false" for on in arm.switches.values())
            assert ("estimated" in said and "was not run" in said) == (arm in outside)
            if arm in outside:
                assert all(words in said for words in shown_as(*by_terms(results, arm), alone)), said
            for row, name in zip(rows, factors.names, strict=True):
                other = Arm.of({*arm.factors} ^ {name}, factors)
                assert ("estimated" in row) == (arm in outside or other in outside), (arm.name, row)
                if "estimated" in row:
                    (new, off), (old, more) = by_terms(results, other), by_terms(results, arm)
                    wide = np.hypot(off, more)
                    assert all(word in row for word in shown_as(new - old, wide, joint, results.study.equivalence)), (
                        arm.name,
                        row,
                    )
        before = shown.page.locator("#front-say").inner_text()
        for wrong in ("dropuot", "dropout+", "0.5"):
            assert shown.page.evaluate(GO, f"#scans/test_accuracy/{wrong}")[0] == before, wrong
        name = Arm.of({*outside[5].factors} ^ {"dropout"}, factors).name
        shown.page.evaluate(GO, f"#scans/test_accuracy/{outside[5].name}")
        shown.page.get_by_role("switch", name="dropout").click()
        shown.page.wait_for_function("name => location.hash.split('/')[2] === name", arg=name)
        assert shown.violations() == [] and shown.said == []


def test_who_comes_by_address_sees_the_explorer(running, explored):
    results, file = explored
    with opened(running, file, 400) as shown:
        shown.page.goto("about:blank")
        shown.page.goto(f"{file.as_uri()}#{results.experiments[-1]}/test_ece/all")
        shown.page.wait_for_function(
            "Math.abs(document.querySelector('#front-explorer-title').getBoundingClientRect().top) < 60"
        )
        assert shown.page.locator("#front-say").inner_text().startswith("All five")


def test_the_first_screen_holds_answer_and_grid(running, explored):
    _, file = explored
    for width in (1280, 400):
        with opened(running, file, width) as shown:
            shown.page.set_viewport_size({"width": width, "height": 800})
            bottom = shown.page.evaluate(
                "Math.max(...[...document.querySelectorAll('.front .answer, .front .do, .g-test_accuracy .c')]"
                ".map((box) => box.getBoundingClientRect().bottom))"
            )
            assert 200 < bottom <= 800, width


WIDE = """[...document.querySelectorAll('.page.current *')].filter((box) =>
  box.getBoundingClientRect().right > document.documentElement.clientWidth + 1 && !box.closest('.scroll, .front-vh'))
  .map((box) => box.outerHTML.slice(0, 90))"""


def test_nothing_is_wider_than_the_screen(running, explored):
    _, file = explored
    with opened(running, file, 320) as shown:
        for width in (320, 360, 500, 768, 1024, 1280, 1920):
            shown.page.set_viewport_size({"width": width, "height": 800})
            shown.page.wait_for_timeout(60)
            wide = shown.page.evaluate(WIDE)
            assert shown.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0 and wide == [], width


def test_no_rule_of_level_a_or_aa_is_broken(running, explored):
    _, file = explored
    for width, scheme in ((1280, "light"), (400, "light"), (1280, "dark")):
        with opened(running, file, width, scheme=scheme) as shown:
            assert shown.violations() == [], (width, scheme)
            shown.page.locator("#front-all summary").click()
            shown.page.locator("#front-test_nll + span").click()
            assert shown.violations() == [], (width, scheme)


def test_looking_is_not_keeping(running, explored):
    _, file = explored
    with opened(running, file, 1280) as shown:
        page = shown.page
        kept = page.evaluate(CHECKED)
        page.locator("#front-curve").scroll_into_view_if_needed()
        box = page.locator("#front-curve svg").bounding_box()
        page.mouse.move(box["x"] + box["width"] - 8, box["y"] + 80)
        assert page.evaluate(CHECKED).startswith("Rank 1 of 32") and page.evaluate(CHECKED) != kept
        page.mouse.move(box["x"], box["y"] - 60)
        assert page.evaluate(CHECKED) == kept
        page.mouse.click(box["x"] + box["width"] - 8, box["y"] + 80)
        page.mouse.move(box["x"], box["y"] - 60)
        assert page.evaluate(CHECKED).startswith("Rank 1 of 32")


def test_the_table_of_what_is_shown_can_be_saved(running, explored):
    results, file = explored
    with opened(running, file, 1280) as shown:
        page = shown.page
        name = results.experiments[0]
        page.evaluate(GO, f"#{name}/test_accuracy/dropout")
        with page.expect_download() as saved:
            page.locator("#front-csv").click()
        assert saved.value.suggested_filename == f"{name}-test_accuracy-dropout.csv"
        head, *rows = [line.split(",") for line in open(saved.value.path()).read().splitlines()]
        assert len(rows) == 32 and {len(row) for row in rows} == {len(head)} and head[5] == "minus_dropout"
        found = results.experiment(name).lattice()
        for row in rows:
            mean = found.arm(parse_arm(row[0])).mean()
            assert float(row[2]) == pytest.approx(mean, abs=0.051)
        (none,) = [row for row in rows if row[0] == "none"]
        dropout = Arm(("dropout",))
        assert float(none[5]) == pytest.approx(switches(found, dropout, 0.5)["dropout", False].mean, abs=0.051)
        assert [row for row in rows if row[0] == "all"][0][5] == ""


def test_without_a_script_figure_and_table_stay(running, explored):
    _, file = explored
    with opened(running, file, 400, scripts=False) as shown:
        assert shown.page.locator(".front-static figure").is_visible()
        assert shown.page.locator("#front-all table tr").count() == 33
        assert (
            shown.page.locator("#front-all table").is_visible() and not shown.page.locator("#front-rows").is_visible()
        )
        shown.page.locator("#front-test_ece + span").click()
        assert (
            shown.page.locator(".g-test_ece").is_visible() and not shown.page.locator(".g-test_accuracy").is_visible()
        )


def test_what_to_keep_of_a_users_model_follows_from_the_verdicts():
    """Helps: keep; hurts: take out; small: can go; the others are named, and no advice is given on them."""

    def row(label, *kinds):
        return {str(n): SimpleNamespace(kind=kind, factor=SimpleNamespace(label=label)) for n, kind in enumerate(kinds)}

    every = {
        "a": row("dropout", HELPS),
        "b": row("L2", cells.SMALL),
        "c": row("batch norm", HURTS),
        "d": row("noise", "undecided"),
    }
    assert answer.kept(every) == "**Keep dropout; take batch norm out; L2 can go.** Noise is undecided."
    assert answer.kept({"a": row("dropout", HELPS, HURTS)}) == "**Change nothing yet.** Dropout depends on company."
    assert answer.kept({"a": row("dropout", HELPS, HELPS)}) == "**Keep dropout.**"
    two = {"a": row("dropout", "undecided"), "b": row("noise", "undecided")}
    assert answer.kept(two) == "**Change nothing yet.** Dropout and noise are undecided."
    assert answer.kept({"a": row("dropout", cells.SILENT)}) == ""
    some = {"a": row("dropout", HELPS), "b": row("early stopping", cells.SILENT), "c": row("L2", HELPS, cells.SILENT)}
    assert answer.kept(some) == "**Keep dropout and L2.**", "what never fired silences nothing else"
