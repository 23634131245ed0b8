"""A gallery from made-up lattices: what is drawn is what was estimated."""

import numpy as np
import pytest
from synthetic import EFFECTS, history, runs

from study import figures
from study.analysis import effects, lattice
from study.analysis.curves import learning_curves
from study.design.arms import ARMS, TRAJECTORIES, Arm, parse_arm
from study.design.factors import BY_NAME, NAMES, TEXTBOOK
from study.exhibits import titles
from study.figures import style


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
    first = f"<!-- {exhibit.figure.get_suptitle().splitlines()[0]} -->"
    assert first in svg and first not in exhibit.untitled and exhibit.title in exhibit.alt
    assert bundle["image/svg+xml"] == exhibit.untitled and about["image/svg+xml"]["alt"] == exhibit.alt


def test_specification_curve(arms):
    made = figures.specification_curve(arms, "A finding")
    complete(made)
    curve, matrix = made.figure.axes
    assert made.figure.get_suptitle() == "A finding"
    seeds = [c.get_offsets() for c in curve.collections]
    assert len(seeds) == 32 and all(len(s) == 6 for s in seeds)
    dots = [line for line in curve.lines if line.get_marker() == "o"]
    means = [float(line.get_ydata()[0]) for line in sorted(dots, key=lambda line: line.get_xdata()[0])]
    assert means == sorted(means) and len(means) == 32
    bars = [y for x, y in segments(curve) if x[0] == x[1]]
    np.testing.assert_allclose(sorted(b[0] for b in bars), sorted(arms.low))
    np.testing.assert_allclose(sorted(b[1] for b in bars), sorted(arms.high))
    rows = [tick.get_text() for tick in matrix.get_yticklabels()]
    assert rows[0] == "augmentation" and rows[-1] == "early stopping", "the strongest helper on top"
    on = [c.get_offsets() for c in matrix.collections[1::2]]
    assert [len(points) for points in on] == [16] * 5
    assert max(on[0][:, 0]) == 31, "the best arm has augmentation"
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


def test_interaction_triangle():
    frame = runs(pairs=[("dropout", "augmentation", -4.0), ("l2", "batchnorm", 2.0)], noise=0.1)
    found = effects.of_kind(effects.all_effects(frame, ["made"], 0.5, ARMS), "interaction")
    title = titles.interactions(found, TEXTBOOK)
    assert title == (
        "Of 10 pairs, 1 substitutes (most: dropout × augmentation, by 4.0 pp) and 1 reinforces (most: L2 × batch norm, "
        "by 2.0 pp); 8 undecided"
    )
    made = figures.interaction_triangle(found, lattice.METRICS["test_accuracy"], title, TEXTBOOK)
    complete(made)
    (axes,) = made.figure.axes
    assert len(axes.patches) == 10 and len(axes.texts) == 21
    values = {text.get_text(): text for text in axes.texts}
    at = {text.get_text(): text.get_position() for text in axes.texts}
    key = next(text for text in values if text.startswith("−4.0") or text.startswith("−3.9"))
    x, y = at[key]
    assert (x, round(y)) == (0, 3) and values[key].get_fontweight() == "bold", "dropout below, augmentation beside"
    framed = [patch for patch in axes.patches if patch.get_linewidth() > 0]
    assert len(framed) == 2
    assert "No pair" in titles.interactions(found.assign(verdict="undecided"), TEXTBOOK)


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
        (figures.dots_by_experiment(across, {"made": "Made"}, shown, "A finding", 0.5, "effect", TEXTBOOK), across),
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


def test_a_figure_does_not_depend_on_the_readers_settings(arms):
    import matplotlib

    plain = figures.specification_curve(arms, "A finding").svg
    with matplotlib.rc_context({"font.size": 30, "lines.linewidth": 9, "svg.hashsalt": "other"}):
        assert figures.specification_curve(arms, "A finding").svg == plain
