"""Published results in studies of other kinds: with a sixth factor, a fraction, tuned strengths."""

import numpy as np
import pytest
from made_literature import PLACE, SIGNALS, SWEEPS, open_made

from study.literature import catalogue, exhibits
from study.literature.comparison import AGREES, NOT_RUN
from study.literature.lookup import Shelf

MNIST = """
[experiment.scans2]
title = "MNIST"
question = "?"
data = { name = "mnist", train = 100, validation = 100, test = 100 }
model = { name = "mlp", widths = [8] }
training = { epochs = 3, batch = 20, learning_rate = 0.01 }
"""
SIX = 'factors = ["study.training.regularizers.max_norm:MaxNorm"]\n'


def sixth(cell) -> float:
    """Max-norm costs 30 points, so that an arm with it is not mistaken; dropout adds 2, or 1 to max-norm."""
    drops, bounded = "dropout" in cell.arm, "maxnorm" in cell.arm
    wiggle = (
        0.05 * np.random.default_rng([cell.seed, len(cell.arm.factors), cell.experiment.data.train]).standard_normal()
    )
    return (
        60
        + cell.seed / 10
        + wiggle
        + 5 * np.log2(cell.experiment.data.train / 30)
        - 30 * bounded
        + drops * (1 if bounded else 2)
    )


@pytest.fixture(scope="module")
def six(tmp_path_factory):
    sizes = SWEEPS[SWEEPS.index("[sweep.size]") : SWEEPS.index("[sweep.noise]")].replace('"signals"', '"scans"')
    sizes = sizes.replace("[250, 500, 1000, 2000, 4000]", "[30, 60, 120]")
    both = '["none", "dropout", "dropout+l2+batchnorm+augmentation+earlystopping", "all"]'
    text = MNIST + sizes.replace('["none", "dropout", "all"]', both)
    made = open_made(tmp_path_factory.mktemp("six"), text, head=SIX, accuracy=sixth)
    return {row.comparison.name: row for row in catalogue.rows(Shelf(made))}


class TestSixFactors:
    """In a study with max-norm too, the five stay the five, and max-norm is compared."""

    def test_all_five_are_the_five(self, six):
        row = six["worth-of-data"]
        assert "n = 30 against 120" in row.found.setting and row.found.estimate.value == pytest.approx(2 - 10, abs=0.15)

    def test_all_of_six_are_not_the_five(self, tmp_path):
        sizes = SWEEPS[SWEEPS.index("[sweep.size]") : SWEEPS.index("[sweep.noise]")].replace('"signals"', '"scans"')
        sizes = sizes.replace("[250, 500, 1000, 2000, 4000]", "[30, 60, 120]")
        made = open_made(tmp_path, sizes, head=SIX, accuracy=sixth)
        (row,) = [row for row in catalogue.rows(Shelf(made)) if row.comparison.name == "worth-of-data"]
        assert row.verdict == NOT_RUN and "`dropout+l2+batchnorm+augmentation+earlystopping`" in row.needs

    def test_max_norm_is_looked_up(self, six):
        row = six["mnist-max-norm"]
        assert row.found.estimate.value == pytest.approx(1.0, abs=0.15) and row.verdict == AGREES


TUNING = """
[tuning]
seeds = "50"
values = { dropout = [0.1, 0.3], l2 = [1e-4, 1e-3] }
"""


@pytest.mark.parametrize("tuning, head, words", [
    ("", "", "fewer data sets than the 40 there; strengths are not tuned; the best of 32 noisy means"),
    (TUNING, "", "4 of 10 strengths are tuned, each regularizer alone, not combinations; the best of 32"),
    ("", SIX, "strengths are not tuned; the best of 64 noisy means"),
    ("", SIX + 'design = "fractional"\n', "the best of 32 noisy means"),
])  # fmt: skip
def test_how_the_best_arms_differ_follows_from_the_study(tmp_path, tuning, head, words):
    made = open_made(tmp_path, SIGNALS + tuning, head=head, accuracy=sixth)
    (row,) = [row for row in catalogue.rows(Shelf(made)) if row.comparison.name == "cocktails"]
    assert words in exhibits.table([row]).rows[0][3]


class TestPlacement:
    """Narrow and wide are two widths of one experiment."""

    def rows(self, folder, *sweeps):
        made = open_made(folder, SIGNALS + "".join(sweeps))
        return {
            row.comparison.name: row
            for row in catalogue.rows(Shelf(made))
            if row.comparison.name.startswith("placement")
        }

    def test_one_width_is_neither_narrow_nor_wide(self, tmp_path):
        rows = self.rows(tmp_path, PLACE.format(width=512))
        assert {row.verdict for row in rows.values()} == {NOT_RUN}
        assert "two widths of one experiment" in rows["placement-harm-wide"].needs

    def test_widths_are_not_subtracted_across_data(self, tmp_path):
        other = PLACE.format(width=32).replace('"signals"', '"scans"')
        assert {row.verdict for row in self.rows(tmp_path, other, PLACE.format(width=512)).values()} == {NOT_RUN}

    def test_what_else_differs_makes_it_another_experiment(self, tmp_path):
        other = PLACE.format(width=32).replace('"strengths.dropout.rate" = 0.5', '"strengths.dropout.rate" = 0.2')
        assert {row.verdict for row in self.rows(tmp_path, other, PLACE.format(width=512)).values()} == {NOT_RUN}

    def test_of_two_experiments_the_one_with_two_widths_counts(self, tmp_path):
        other = PLACE.format(width=8).replace('"signals"', '"scans"')
        rows = self.rows(tmp_path, other, PLACE.format(width=32), PLACE.format(width=512))
        assert (
            "mlp 32-32" in rows["placement-harm-narrow"].found.setting
            and rows["placement-harm-narrow"].verdict == AGREES
        )
        assert "mlp 512-512" in rows["placement-harm-wide"].found.setting
