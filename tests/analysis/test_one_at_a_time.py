"""When a one-at-a-time ablation misleads, on lattices made to mislead."""

import pytest
from synthetic import runs

from study.analysis.effects import effects
from study.analysis.lattice import lattice
from study.analysis.one_at_a_time import CLAIMED, MISSED, ONE_SIDED, OPPOSITE, audit, rank_agreement
from study.design.arms import ARMS
from study.design.factors import TEXTBOOK
from study.exhibits.sentences import audit_sentence


def audited(**chosen):
    found = lattice(runs(noise=0.05, **chosen), "made", ARMS)
    return audit(effects(found, 0.5)), found


def test_an_additive_lattice_misleads_nobody():
    table, found = audited(
        effects={"dropout": 3.0, "l2": 1.0, "batchnorm": 2.0, "augmentation": 8.0, "earlystopping": -2.0}
    )
    assert table["same_sign"].all() and table["same_rank"].all()
    assert list(table["main_rank"]) == [2, 4, 3, 1, 5]
    assert "where the main effects do" in audit_sentence(table, "Made", 6, TEXTBOOK)
    agreement = rank_agreement(found)
    assert agreement["tau"].to_list() == pytest.approx([1, 1, 1]) and (agreement["ci_high"] <= 1).all()


def test_a_factor_that_helps_alone_and_hurts_beside_another():
    """L2 adds 2 alone; with augmentation it takes 6: on average −1, which says nothing; each style saw one side."""
    table, _ = audited(effects={"l2": 2.0}, pairs=[("l2", "augmentation", -6.0)])
    row = table.loc["l2"]
    assert (row["main_sign"], row["add_one_in_sign"], row["leave_one_out_sign"]) == (0, 1, -1)
    assert row["add_one_in_misled"] == row["leave_one_out_misled"] == ONE_SIDED and not row["same_sign"]
    assert "adding one to none would have shown one side only of L2" in audit_sentence(table, "Made", 6, TEXTBOOK)


def test_a_factor_that_hurts_in_every_company_but_alone():
    """L2 adds 1 alone and loses 1.2 with each other factor: it hurts beside each and without each."""
    others = ("dropout", "batchnorm", "augmentation", "earlystopping")
    table, _ = audited(effects={"l2": 1.0}, pairs=[("l2", other, -1.2) for other in others])
    row = table.loc["l2"]
    assert (row["main_sign"], row["add_one_in_sign"], row["add_one_in_misled"]) == (-1, 1, OPPOSITE)
    assert "adding one to none would have shown the reverse for L2" in audit_sentence(table, "Made", 6, TEXTBOOK)


def test_too_few_seeds_say_so():
    table, _ = audited(seeds=3)
    assert audit_sentence(table, "Made", 3, TEXTBOOK).startswith("Too few seeds for a verdict (3)")


def test_missed_and_claimed():
    table, _ = audited(effects={"dropout": 2.0}, pairs=[("dropout", "batchnorm", -2.0)])
    assert table.loc["dropout", "leave_one_out_misled"] == MISSED
    fading = [("dropout", other, -1.0) for other in ("l2", "batchnorm", "augmentation", "earlystopping")]
    table, _ = audited(effects={"dropout": 2.1}, pairs=fading)
    assert table.loc["dropout", "add_one_in_misled"] == CLAIMED
    text = audit_sentence(table, "Made", 6, TEXTBOOK)
    assert "leaving one out of all" in text and text.endswith(".")


def test_less_is_better_turns_ranks_not_verdicts():
    frame = runs(effects={"dropout": 3.0, "augmentation": 8.0}, noise=0.05)
    found = lattice(frame, "made", ARMS, "test_nll")
    table = audit(effects(found, 0.5))
    assert table.loc["augmentation", "main_rank"] == 1 and table.loc["augmentation", "main_sign"] == 1


def test_rank_agreement_falls_where_factors_act_on_each_other():
    """Alone dropout is worth most and L2 least; beside augmentation it is the other way round."""
    found = lattice(
        runs(
            effects={"dropout": 4.0, "batchnorm": 3.0, "augmentation": 2.0, "earlystopping": 1.0, "l2": 0.0},
            pairs=[("dropout", "augmentation", -9.0), ("l2", "batchnorm", 9.0)],
        ),
        "made",
        ARMS,
    )
    agreement = rank_agreement(found)
    assert list(agreement.index) == ["main", "add_one_in", "leave_one_out"]
    # Shapley values: −0.5, 4.5, 7.5, −2.5, 1; alone 4, 0, 3, 2, 1: of ten pairs four stand alike.
    assert agreement.loc["add_one_in", "tau"] == pytest.approx((4 - 6) / 10)
    assert agreement.loc["main", "tau"] == pytest.approx(1)
