"""A gallery from made-up lattices: what is drawn is what was estimated."""

import re
from html import unescape
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from synthetic import EFFECTS, history, runs

from study import figures
from study.analysis import effects, lattice
from study.analysis.curves import learning_curves
from study.analysis.decisions import company
from study.design import studyfile
from study.design.arms import ARMS, TRAJECTORIES, Arm, arms_of, parse_arm
from study.design.factors import BY_NAME, NAMES, TEXTBOOK
from study.exhibits import study_text, titles
from study.figures import style
from study.statistics.interval import Interval


@pytest.fixture(scope="module")
def frame():
    return runs(noise=0.4)


@pytest.fixture(scope="module")
def arms(frame):
    return lattice.arm_estimates(lattice.lattice(frame, "made", ARMS))


@pytest.fixture(scope="module")
def table(frame):
    return effects.all_effects(frame, ["made"], 0.5, ARMS)


def segments(axes):
    """Return the ends of every drawn line of two points."""
    return [(line.get_xdata(), line.get_ydata()) for line in axes.lines if len(line.get_xdata()) == 2]


def complete(exhibit):
    """Check what every exhibit must have: an SVG, a caption that says what n is, words for the blind."""
    svg = exhibit.svg
    assert svg.startswith("<?xml") and svg.rstrip().endswith("</svg>")
    assert "seed" in exhibit.caption and len(exhibit.alt) > 20
    finding = " ".join(exhibit.figure.get_suptitle().split()).rstrip(".")
    assert finding and finding in exhibit.alt
    width = exhibit.figure.get_size_inches()[0]
    assert width == pytest.approx(7.2)
    bundle, about = exhibit._repr_mimebundle_()
    first = exhibit.figure.get_suptitle().splitlines()[0]
    assert first in words(svg) and first not in words(exhibit.untitled) and exhibit.title in exhibit.alt
    assert bundle["image/svg+xml"] == exhibit.untitled and about["image/svg+xml"]["alt"] == exhibit.alt
    phone = exhibit.redrawn()
    assert phone.get_size_inches()[0] == pytest.approx(3.5) and not phone.get_suptitle()
    assert marks(phone) == marks(exhibit.figure), "the same, arranged in another way"
    if exhibit.data is not None:
        assert bundle["text/csv"].count("\n") == len(exhibit.data) + 1


def words(svg):
    """Return the lines of text of a drawing."""
    return [unescape(line) for line in re.findall(r"<text[^>]*>([^<]*)</text>", svg)]


def marks(figure):
    """Return how many lines and collections a figure draws, but for those that only say where no effect is."""
    drawn = [axes for part in (figure, *figure.subfigs) for axes in part.axes]
    return sum(len(axes.lines) for axes in drawn), sum(len(axes.collections) for axes in drawn)


def test_specification_curve(arms):
    made = figures.specification_curve(arms, "A finding")
    complete(made)
    curve, matrix = made.figure.axes
    assert made.figure.get_suptitle() == "A finding"
    seeds = [c.get_offsets() for c in curve.collections]
    assert len(seeds) == 32 and all(len(s) == 6 for s in seeds)
    dots = [line for line in curve.lines if line.get_marker() == "o"]
    assert not any(len(line.get_xdata()) for line in curve.lines if line.get_marker() in (6, 7)), "no seed is outside"
    means = [float(line.get_ydata()[0]) for line in sorted(dots, key=lambda line: line.get_xdata()[0])]
    assert means == sorted(means) and len(means) == 32
    bars = [y for x, y in segments(curve) if x[0] == x[1]]
    np.testing.assert_allclose(sorted(b[0] for b in bars), sorted(arms.low))
    np.testing.assert_allclose(sorted(b[1] for b in bars), sorted(arms.high))
    rows = [tick.get_text() for tick in matrix.get_yticklabels()]
    assert rows == [BY_NAME[name].label for name in NAMES], "the same order for every data set"
    on = [c.get_offsets() for c in matrix.collections[1::2]]
    assert [len(points) for points in on] == [16] * 5
    assert max(on[3][:, 0]) == 31, "the best arm has augmentation"
    assert {text.get_text() for text in curve.texts} == {"none", "all five"}
    assert "all five" not in made.alt and "dropout + batch norm + augmentation" in made.alt


def test_forest(table):
    main, shapley = effects.of_kind(table, "main"), effects.of_kind(table, "shapley")
    made = figures.forest(main, lattice.METRICS["test_accuracy"], "A finding", 0.5, TEXTBOOK, shapley)
    complete(made)
    (axes,) = made.figure.axes
    drawn = [line for line in axes.lines if len(line.get_xdata()) == 2 and len(set(line.get_ydata())) == 1]
    for row, name in enumerate(NAMES):
        thin, thick = sorted((bar for bar in drawn if bar.get_ydata()[0] == row), key=lambda bar: bar.get_linewidth())
        assert list(thick.get_xdata()) == pytest.approx(list(main.loc[name, ["ci_low", "ci_high"]]))
        assert list(thin.get_xdata()) == pytest.approx(list(main.loc[name, ["joint_low", "joint_high"]]))
        assert thick.get_linewidth() > 2 * thin.get_linewidth()
    diamonds = [line for line in axes.lines if line.get_marker() == "D" and line.get_mfc() == "none"]
    found = [float(line.get_xdata()[0]) for line in diamonds]
    np.testing.assert_allclose(found, shapley["estimate"])
    colours = [line.get_color() for line in axes.lines if line.get_marker() not in ("D", "None")]
    assert colours == [BY_NAME[n].colour for n in NAMES if BY_NAME[n].marker != "D"]
    words = [text.get_text() for text in axes.texts]
    assert [w.rsplit("  ")[-1] for w in words] == list(main["verdict"])
    assert [tick.get_text() for tick in axes.get_yticklabels()] == [BY_NAME[n].label for n in NAMES]
    assert (
        "±0.5" in made.caption
        and "±" not in figures.forest(main, lattice.METRICS["test_nll"], "x", None, TEXTBOOK).caption
    )


def test_learning_curves(frame):
    curves = learning_curves(history(frame), frame, "made", TRAJECTORIES)
    assert len(curves) == 16 and all(curve.seeds == 6 for curve in curves)
    made = figures.learning_curves(curves, titles.curves(curves))
    complete(made)
    panels = [axes for axes in made.figure.axes if axes.get_visible()]
    assert len(panels) == 16
    for panel, curve in zip(panels, curves):
        train, validation, ticks = panel.lines
        np.testing.assert_allclose(train.get_ydata(), curve.train)
        np.testing.assert_allclose(validation.get_ydata(), curve.validation)
        assert list(ticks.get_xdata()) == list(range(10, 16)), "one tick a seed: the epoch it went back to"
    assert titles.curves(curves) == (
        "In 8 of 16 arms the mean validation loss ends more than 20 % above its lowest point; "
        "the others all have dropout"
    )


def test_dumbbells(frame, arms):
    gaps = lattice.arm_estimates(lattice.lattice(frame, "made", ARMS, "gap"))
    made = figures.dumbbells(gaps, arms, titles.gaps(gaps))
    complete(made)
    (axes,) = made.figure.axes
    train, test = (c.get_offsets()[:, 0] for c in axes.collections)
    np.testing.assert_allclose(train - test, np.sort(gaps.mean)[::-1])
    assert len(axes.get_yticklabels()) == 32


def test_forest_with_placebo(table):
    from study.statistics.placebo import Placebo

    main = effects.of_kind(table, "main")
    chance = Placebo(-0.3, 0.2, 0.25, 4000)
    made = figures.forest(main, lattice.METRICS["test_accuracy"], "A finding", 0.5, TEXTBOOK, chance=chance)
    complete(made)
    (axes,) = made.figure.axes
    assert [tick.get_text() for tick in axes.get_yticklabels()][-1] == "placebo"
    assert ((-0.3, 0.2), 5) in [(tuple(x), y[0]) for x, y in segments(axes)]
    assert "±0.25 pp" in axes.texts[-1].get_text() and "4,000 factors that do nothing" in made.caption


def test_company_with_and_without_early_stopping():
    frame = runs({**EFFECTS, "l2": 4.0}, pairs=(("dropout", "earlystopping", 5.0),), noise=0.2, seeds=8)
    found = lattice.lattice(frame, "made", ARMS)
    beside = company.effects(found, ("augmentation",), 0.5)
    title = study_text.finding_beside(beside, ("augmentation",), TEXTBOOK)
    made = figures.company(beside, title, ("augmentation",), lattice.METRICS["test_accuracy"], 0.5, TEXTBOOK)
    complete(made)
    off, on = (beside[beside["stops"] == stops].loc["dropout"] for stops in (0, 1))
    words = [Interval.of(row, "pp").words() for row in (off, on)]
    assert f"{words[0]}  {off['verdict']}" in [text.get_text() for text in made.figure.axes[0].texts]
    assert f"dropout {words[0]}, {off['verdict']}, with early stopping {words[1]}" in made.alt
    assert "beside augmentation, without early stopping (filled, in numbers) and with it (hollow)" in made.caption
    (axes,) = made.figure.axes
    markers = [line for line in axes.lines if len(line.get_xdata()) == 1]
    assert len(markers) == 2 * 3 and [label.get_text() for label in axes.get_yticklabels()][0] == "dropout"
    hollow, filled = markers[:2]
    assert hollow.get_markerfacecolor() == "white"
    assert hollow.get_xdata()[0] - filled.get_xdata()[0] == pytest.approx(5, abs=0.5)
    assert len(made.data) == 6
    alone = company.effects(found, ("augmentation", "earlystopping"), 0.5)
    assert alone["stops"].tolist() == [0, 0, 0] and list(alone.index) == ["dropout", "l2", "batchnorm"]
    whole = figures.company(
        alone, "A finding", ("augmentation", "earlystopping"), lattice.METRICS["test_accuracy"], None, TEXTBOOK
    )
    assert "filled" not in whole.caption and "hollow" not in whole.caption


def test_hundreds_of_arms_are_drawn_as_strokes():
    """Ten factors: one line for all intervals and one for each row of switches; the page stays light."""
    every = arms_of(studyfile.load("modern"))
    known = every[0].known
    frame = runs(dict.fromkeys(known.names, 1.0), noise=0.3, arms=every)
    found = lattice.arm_estimates(lattice.lattice(frame, "made", every))
    shown = figures.specification_curve(found, "A finding")
    complete(shown)
    assert "a stroke marks" in shown.caption and "single seeds" not in shown.caption and len(shown.svg) < 150_000
    matrix = shown.figure.axes[1]
    strokes = dict(zip(known.names, matrix.lines, strict=True))
    for name, line in strokes.items():
        assert np.isfinite(line.get_xdata()).sum() == 3 * sum(name in arm for arm in every)


def test_interaction_triangle():
    frame = runs(pairs=[("dropout", "augmentation", -4.0), ("l2", "batchnorm", 2.0)], noise=0.1)
    found = effects.of_kind(effects.all_effects(frame, ["made"], 0.5, ARMS), "interaction")
    title = titles.interactions(found, TEXTBOOK)
    assert title == (
        "Of 10 pairs, 1 substitutes (dropout × augmentation, by 4.0 pp) and 1 reinforces (L2 × batch norm, by 2.0 pp); "
        "8 undecided"
    )
    made = figures.interaction_triangle(found, lattice.METRICS["test_accuracy"], title, TEXTBOOK)
    complete(made)
    (axes,) = made.figure.axes
    assert len(axes.patches) == 10 and len(axes.texts) == 20
    (key,) = axes.child_axes
    assert key.get_title("left") == "substitute" and key.get_title("right") == "reinforce"
    values = {text.get_text(): text for text in axes.texts}
    at = {text.get_text(): text.get_position() for text in axes.texts}
    key = next(text for text in values if text.startswith("−4.0") or text.startswith("−3.9"))
    x, y = at[key]
    assert (x, round(y)) == (0, 3) and values[key].get_fontweight() == "bold", "dropout below, augmentation beside"
    framed = [patch for patch in axes.patches if patch.get_linewidth() > 0]
    assert len(framed) == 2
    assert "No pair" in titles.interactions(found.assign(verdict="undecided"), TEXTBOOK)
    assert "no other to act together with" in titles.interactions(found.iloc[:0], TEXTBOOK)


def test_of_many_pairs_the_strongest_three_are_named():
    known = studyfile.load("modern").factors
    terms = [f"{a}:{b}" for place, a in enumerate(known.names) for b in known.names[place + 1 :]]
    sizes = np.linspace(-4, -1, len(terms))
    found = (
        pd.DataFrame(
            {
                "estimate": sizes,
                "ci_low": sizes,
                "ci_high": sizes,
                "joint_low": sizes,
                "joint_high": sizes,
                "n_seeds": 6,
            }
        )
        .assign(metric="test_accuracy", verdict="undecided")
        .set_axis(terms)
    )
    found.loc[terms[:4], "verdict"] = "substitute"
    assert titles.interactions(found, known) == (
        "Of 45 pairs, 4 substitute (most: dropout × L2, by 4.0 pp; dropout × batch norm, by 3.9 pp; dropout × "
        "augmentation, by 3.9 pp); 41 undecided"
    )


def test_a_phone_has_tiles_of_two_digits_where_factors_are_many():
    known = studyfile.load("modern").factors
    terms = [f"{a}:{b}" for place, a in enumerate(known.names) for b in known.names[place + 1 :]]
    for unit, expected in ((1.0, {"−4.0", "−1.0"}), (0.01, {"−0.040", "−0.010"})):
        sizes = unit * np.linspace(-4, -1, len(terms))
        columns = dict.fromkeys(("estimate", "ci_low", "ci_high", "joint_low", "joint_high"), sizes)
        found = pd.DataFrame(columns, index=terms).assign(n_seeds=6, metric="test_accuracy", verdict="undecided")
        made = figures.interaction_triangle(found, lattice.METRICS["test_accuracy"], "x", known)
        shown = {text.get_text() for text in made.redrawn().axes[0].texts}
        assert expected <= shown and "On a narrow screen" in made.caption


def test_interactions_of_all_experiments_share_one_scale_of_colours():
    """Half the largest interaction of any experiment is half as far from white as that one, whatever its own's is."""
    strong, weak = (runs(pairs=[("dropout", "l2", size)], noise=0.0) for size in (-8.0, -4.0))
    every = pd.concat([effects.all_effects(frame, ["made"], 0.5, ARMS) for frame in (strong, weak)])
    shown = lattice.METRICS["test_accuracy"]
    found = effects.of_kind(effects.all_effects(weak, ["made"], 0.5, ARMS), "interaction")

    def tint(*scale):
        (axes,) = figures.interaction_triangle(found, shown, "A finding", TEXTBOOK, *scale).figure.axes
        (low, middle, high) = axes.child_axes[0].get_xticks()
        (patch,) = [patch for patch in axes.patches if patch.get_xy() == (-0.46, 0.54)]
        return patch.get_facecolor(), (round(low, 6), middle, round(high, 6))

    assert tint() == (style.DIVERGING(0.0), (-4.0, 0.0, 4.0))
    assert tint(every) == (style.DIVERGING(0.25), (-8.0, 0.0, 8.0))


def test_a_seed_far_outside_leaves_the_others_their_room(arms):
    from dataclasses import replace

    values = arms.values.copy()
    reach = arms.high.max() - arms.low.min()
    values[2, 7] = arms.low.min() - 3 * reach
    made = figures.specification_curve(replace(arms, values=values), "A finding")
    curve = made.figure.axes[0]
    (outside,) = [line for line in curve.lines if line.get_marker() in (6, 7) and len(line.get_xdata())]
    assert outside.get_marker() == 7 and list(outside.get_ydata()) == [curve.get_ylim()[0]]
    assert np.ptp(curve.get_ylim()) < 2.5 * reach
    assert f"1 seed outside the axis, drawn as a triangle at its edge; the farthest is at {values[2, 7]:.1f} %" in (
        made.caption.replace("−", "-")
    )


@pytest.mark.parametrize("places", [(14, 16), (16, 15), (0, 1), (3, 0), (31, 30), (26, 30), (10, 18), (0, 31)])
def test_names_of_both_ends_never_meet(arms, places):
    """Wherever none and all come to stand: beside each other, at the left, at the right."""
    from dataclasses import replace

    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.text import Text

    order = list(np.argsort(arms.mean, kind="stable"))
    named = [next(k for k, arm in enumerate(arms.arms) if arm.name == name) for name in ("none", "all")]
    others = [k for k in range(32) if k not in named]
    ranked = [dict(zip(places, named)).get(place) for place in range(32)]
    ranked = [others.pop() if k is None else k for k in ranked]
    source = np.empty(32, int)
    source[ranked] = order
    moved = {name: getattr(arms, name)[..., source] for name in ("values", "mean", "low", "high")}
    made = figures.specification_curve(replace(arms, **moved), "A finding")
    for figure in (made.figure, made.redrawn()):
        renderer = FigureCanvasAgg(figure).get_renderer()
        figure.draw(renderer)
        one, other = (Text.get_window_extent(text, renderer) for text in figure.axes[0].texts)  # without its line
        assert not one.overlaps(other)
        assert all(0 <= box.x0 and box.x1 <= figure.bbox.x1 for box in (one, other))
        ends = {text.get_text(): text.xy[0] for text in figure.axes[0].texts}
        assert ends == {"none": places[0], "all five": places[1]}


def test_lines_of_a_label_end_where_it_ends_and_stand_around_its_middle_in_any_font():
    """A browser's letters are of other widths than those that Matplotlib laid the lines out with."""
    from study.exhibits.exhibit import FONTS, FigureExhibit

    with style.form(False):
        figure = style.sheet(2)
        axes = figure.subplots()
        axes.set_yticks([0, 1], ["a long first line\nshort", "one"])
        axes.text(0.5, 0.5, "middle\nof", ha="center")
        axes.text(0.1, 0.1, "left\nit stays", ha="left")
        svg = FigureExhibit(figure, "", "").svg
    assert f'font-family="{FONTS}"' in svg and "DejaVu" not in svg

    def placed(line):
        (tag,) = re.findall(rf"<text ([^>]*)>{line}<", svg)
        anchor = re.search(r"text-anchor: (\w+)", tag)
        return anchor and anchor[1], float(re.search(r"(?:translate\(|x=\")(-?[\d.]+)", tag)[1])

    assert placed("a long first line") == placed("short") and placed("short")[0] == "end"
    assert placed("short")[1] == pytest.approx(placed("one")[1], abs=0.5), "where a label of one line ends"
    assert placed("middle") == placed("of") and placed("of")[0] == "middle"
    assert placed("left")[0] is None and placed("left")[1] == pytest.approx(placed("it stays")[1], abs=0.5)


@pytest.mark.parametrize("values, places", [
    ([0.0, 0.1, 0.3, 0.4], [0, 0.75, 2.25, 3]),
    ([2, 5, 10, 20], [0, 0.5, 4 / 3, 3]),
    ([1e-6, 1e-5, 1e-4, 1e-2], [0, 0.75, 1.5, 3]),
    ([0, 1, 10, 100], [0, 1, 2, 3]),
    (["after", "before", "in"], [0, 1, 2]),
    ([0.5, 0.1, 0.3], [0, 1, 2]),
    ([0.95, 0.99, 0.998, 0.999], [0, 1, 2, 3]),
    ([3, 900], [0, 1]),
    ([7], [0]),
])  # fmt: skip
def test_values_stand_as_far_apart_as_they_are(values, places):
    assert style.spaced(values) == pytest.approx(places)
    assert style.spaced(list(np.array(values, dtype=None))) == pytest.approx(places), "NumPy's numbers are numbers"


def test_names_of_lines_that_end_together_do_not_touch_and_are_joined_to_them():
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4, 3), dpi=72)
    axes = figure.subplots()
    axes.set(xlim=(0, 1), ylim=(0, 100))
    figure.draw_without_rendering()
    style.name_ends(axes, [(0.8, 50.0, "b", True), (0.8, 50.1, "c", False), (0.8, 5.0, "a", False)], 0.9)
    a, b, c = sorted(axes.texts, key=lambda text: text.get_text())
    letter = 100 * 8.5 / axes.get_window_extent().height
    assert c.xyann[1] - b.xyann[1] > letter and b.get_fontweight() == "bold"
    assert [text.xy for text in (a, b, c)] == [(0.8, 5.0), (0.8, 50.0), (0.8, 50.1)] and a.arrow_patch
    assert abs((b.xyann[1] + c.xyann[1]) / 2 - 50) < letter, "as many above their lines as below"


@pytest.mark.parametrize("inches", [1.6, 2.0, 5.2])
def test_words_at_places_of_an_axis_do_not_touch(inches):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(inches, 3))
    axes = figure.add_axes([0, 0.3, 1, 0.7], xlim=(-0.1, 2.1))
    style.name_places(
        axes, [0, 1, 2], ["before the last linear map", "right before the last batch norm", "afterwards"], inches
    )
    figure.draw_without_rendering()
    first, middle, last = (label.get_window_extent() for label in axes.get_xticklabels())
    assert first.x1 < middle.x0 and middle.x1 < last.x0
    said = [label.get_text() for label in axes.get_xticklabels()]
    assert said[0].split() == ["before", "the", "last", "linear", "map"] and said[2] == "afterwards"


@pytest.mark.parametrize("inches, turned", [(1.3, True), (5.2, False)])
def test_words_that_would_touch_are_turned(inches, turned):
    from matplotlib.figure import Figure

    axes = Figure(figsize=(inches, 3)).add_axes([0, 0.3, 1, 0.7], xlim=(-0.1, 2.1))
    style.name_places(axes, [0, 1, 2], ["half of all strengths", "the strengths themselves", "twice as much"], inches)
    assert {label.get_rotation() != 0 for label in axes.get_xticklabels()} == {turned}


def test_single_switches_are_counted(frame):
    found = lattice.lattice(frame, "made", ARMS)
    clear = [(*arms_, found_.mean, found_.sign) for *arms_, found_ in lattice.steps(found)]
    assert len(clear) == 80
    signs = [direction for *_, direction in clear]
    assert titles.switches(found) == (
        f"Of 80 single switches, {signs.count(1)} clearly help, {signs.count(-1)} clearly hurt; "
        f"{signs.count(0)} are undecided"
    )
    for lower, upper, difference, direction in clear:
        (name,) = set(upper.factors) - set(lower.factors)
        assert difference == pytest.approx(EFFECTS[name], abs=1.2)
        if name in ("augmentation", "dropout"):
            assert direction == 1
        if name == "earlystopping":
            assert direction == -1 or abs(difference) < 2


def test_every_interval_is_drawn_with_the_thin_line_of_its_family(frame):
    """Upright as lying: the wide thin line is the simultaneous interval, the narrow thick one its own."""
    from study.analysis.agreement import by_experiment, improvements

    frame = frame.assign(test_ece=frame["test_ece"] + 0.01 * np.random.default_rng(0).random(len(frame)))
    table = effects.all_effects(frame, ["made"], 0.5, ARMS)
    slopes = improvements(frame, table, "made", ARMS)
    swept = effects.of_kind(table, "shapley").reset_index().assign(value=1)
    across = by_experiment(table)
    shown = lattice.METRICS["test_accuracy"]
    made = (
        (figures.slopes(slopes, "A finding", 6, TEXTBOOK), slopes),
        (figures.effects_over(swept, "rate", "Effect", "pp", 0.5, "A finding", TEXTBOOK), swept),
        (figures.dots_by_experiment(across, {"made": "Made"}, shown, "A finding", 0.5, TEXTBOOK), across),
    )
    for exhibit, rows in made:
        assert "simultaneous" in exhibit.caption
        drawn = {}
        for line in (line for axes in exhibit.figure.axes for line in axes.lines if len(line.get_xdata()) == 2):
            x, y = (np.asarray(values, float) for values in (line.get_xdata(), line.get_ydata()))
            ends = y if x[0] == x[1] else x
            drawn[tuple(np.round(ends, 6))] = line.get_linewidth()
        for _, row in rows.iterrows():
            thick, thin = (
                drawn[tuple(np.round(row[[f"{kind}_low", f"{kind}_high"]].to_numpy(float), 6))]
                for kind in ("ci", "joint")
            )
            assert thick > 2 * thin


def test_colours_survive_grey_and_colour_blindness():
    """Every factor's colour has a marker of its own beside it; blue and orange differ to all eyes."""
    from matplotlib.colors import to_rgb

    assert len({f.marker for f in BY_NAME.values()}) == len({f.colour for f in BY_NAME.values()}) == 5
    # Machado et al. 2009, severity 1: deuteranopia and protanopia, on linear RGB.
    simulations = (
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    )
    colours = [f.colour for f in BY_NAME.values()]
    for matrix in simulations:
        seen = [np.clip(np.array(matrix) @ np.array(to_rgb(c)) ** 2.2, 0, 1) ** (1 / 2.2) for c in colours]
        apart = [np.linalg.norm(a - b) for i, a in enumerate(seen) for b in seen[:i]]
        assert min(apart) > 0.1
    helps, hurts = (np.array(to_rgb(c)) for c in (style.HELP, style.HURT))
    for matrix in simulations:
        assert np.linalg.norm(np.array(matrix) @ (helps - hurts)) > 0.3


def test_neighbours(frame):
    found = lattice.lattice(frame, "made", ARMS)
    changes = lattice.switches(found, parse_arm("dropout+earlystopping"), 0.5)
    made = figures.neighbours(changes, found.metric, "A finding", 0.5, TEXTBOOK)
    complete(made)
    (axes,) = made.figure.axes
    labels = [tick.get_text() for tick in axes.get_yticklabels()]
    assert labels == [
        "remove dropout", "add L2", "add batch norm", "add augmentation", "remove early stopping",
    ]  # fmt: skip
    means = [float(line.get_xdata()[0]) for line in axes.lines if len(line.get_xdata()) == 1]
    expected = [-EFFECTS["dropout"], *(EFFECTS[n] for n in NAMES[1:4]), -EFFECTS["earlystopping"]]
    np.testing.assert_allclose(means, expected, atol=0.8)


@pytest.mark.parametrize("shape", [(30, 40), (30, 8, 8, 1), (30, 8, 8, 3), (30, 8, 8, 2), (30, 1, 40, 1)])
def test_examples(shape):
    x, y = np.random.default_rng(0).random(shape), np.arange(30) % 3
    made = figures.examples(x, y, 3, "Three classes")
    assert len(made.figure.axes) == 3 and "3 classes" in made.alt
    complete(made)


def test_neighbourhood_of_the_ends(frame):
    found = lattice.lattice(frame, "made", ARMS)
    assert list(lattice.against_ends(found, Arm(()), 0.5)) == ["all five"]
    assert [arm.name for arm in lattice.trajectories_beside(Arm(NAMES))] == [
        "none", "dropout+l2+batchnorm+augmentation",
    ]  # fmt: skip


def test_the_colours_of_what_helps_and_what_hurts_mean_nothing_else():
    """They are no factor's and no arm's, nor near to one, and no figure names them."""
    from matplotlib.colors import to_rgb

    others = [f.colour for f in BY_NAME.values()] + [style.NONE, style.ALL, *(colour for colour, *_ in style.SERIES)]
    for colour in others:
        for taken in (style.HELP, style.HURT):
            assert np.linalg.norm(np.subtract(to_rgb(colour), to_rgb(taken))) > 0.25, colour
    drawn = [path for path in Path(figures.__file__).parent.glob("*.py") if "HELP" in path.read_text()]
    assert [path.name for path in drawn] == ["style.py"]


def test_a_figure_does_not_depend_on_the_readers_settings(arms):
    import matplotlib

    plain = figures.specification_curve(arms, "A finding").svg
    with matplotlib.rc_context({"font.size": 30, "lines.linewidth": 9, "svg.hashsalt": "other"}):
        assert figures.specification_curve(arms, "A finding").svg == plain
