"""Arms, seeds by purpose, and keys."""

import itertools

import pytest
from conftest import write_tiny

from study.design import studyfile
from study.design.arms import ARMS, TRAJECTORIES, Arm, parse_arm
from study.design.cells import Cell, cells, differences, key
from study.design.factors import NAMES
from study.design.seeds import derive
from study.errors import StudyError


def test_arms_are_the_lattice():
    assert len(ARMS) == len({arm.name for arm in ARMS}) == 32
    assert ARMS[0].name == "none" and ARMS[-1].name == "all"
    assert len(TRAJECTORIES) == 16 and not any(arm.stops for arm in TRAJECTORIES)
    assert {arm.trajectory for arm in ARMS} == set(TRAJECTORIES)


def test_names_are_read_in_any_order():
    for names in itertools.permutations(("dropout", "l2", "earlystopping")):
        assert parse_arm("+".join(names)).name == "dropout+l2+earlystopping"
    assert parse_arm("+".join(reversed(NAMES))).name == "all"
    assert parse_arm(" Dropout + L2 ").name == "dropout+l2"


@pytest.mark.parametrize("name", ["dropuot", "dropout+none", "dropout+dropout", "", "dropout++l2"])
def test_bad_arm(name):
    with pytest.raises(StudyError, match="dropout, l2, batchnorm|none"):
        parse_arm(name)


def test_derived_seeds_depend_on_every_word():
    seeds = {derive(s, *words) for s in (0, 1) for words in (("weights", "a"), ("weights", "b"), ("order",), ("data",))}
    assert len(seeds) == 8 and all(0 <= seed < 2**31 for seed in seeds)
    assert derive(3, "weights", "hidden_1") == derive(3, "weights", "hidden_1")


def test_cells_of_a_study():
    study = studyfile.load("quick")
    assert len(cells(study)) == 384 == len({cell.key for cell in cells(study)})
    some = cells(study, ["digits"], [parse_arm("l2+dropout")], [0, 2])
    assert [cell.place for cell in some] == [("digits", "dropout+l2", 0), ("digits", "dropout+l2", 2)]
    with pytest.raises(StudyError, match="mnist1d, digits"):
        cells(study, ["digit"])
    with pytest.raises(StudyError, match="0, 1, 2, 3, 4, 5"):
        cells(study, seeds=[5, 6])


def test_key_follows_only_what_decides_the_cell(tmp_path):
    def keys(old, new):
        file = write_tiny(tmp_path)
        file.write_text(file.read_text().replace(old, new))
        return {cell.place[1:]: cell.key for cell in cells(studyfile.load(str(file)))}

    today = keys("", "")
    assert keys('question = "Which', 'question = "Whether') == today
    assert keys('seeds = "0-1"', 'seeds = "0-4"').items() > today.items()
    for old, new, factor in (
        ("lambda = 1e-3", "lambda = 2e-3", "l2"),
        ("patience = 2", "patience = 3", "earlystopping"),
        ("noise = 0.05", "noise = 0.06", "augmentation"),
    ):
        for (arm, seed), changed in keys(old, new).items():
            assert (changed != today[arm, seed]) == (factor in parse_arm(arm))
    assert not set(keys("epochs = 6", "epochs = 7").values()) & set(today.values())


def test_differences_name_the_setting():
    old = {"training": {"epochs": 6, "batch": 20}, "strengths": {"l2": {"lambda": 0.1}}}
    new = {"training": {"epochs": 9, "batch": 20}, "strengths": {}}
    assert differences(old, new) == ['strengths.l2: {"lambda": 0.1} → absent', "training.epochs: 6 → 9"]


def test_key_is_the_hash_of_canonical_json():
    assert key("e", "none", 0, {"b": 1, "a": 2}) == key("e", "none", 0, {"a": 2, "b": 1})
    assert key("e", "none", 0, {}) != key("e", "none", 1, {})


def test_an_arm_wants_canonical_order():
    with pytest.raises(ValueError, match="canonical"):
        Arm(("l2", "dropout"))
    assert Cell(studyfile.load("quick").experiments["digits"], Arm(()), 0).place == ("digits", "none", 0)
