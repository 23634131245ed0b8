"""The digest of stored results: what moves it and what does not."""

import json
import re
import shutil

import pytest

from study.export import digest
from study.store.lines import Store, decode, encode


@pytest.fixture
def store(trained, tmp_path):
    shutil.copytree(trained / "results", tmp_path / "results", ignore=shutil.ignore_patterns(".*"))
    return Store(tmp_path / "results", "tiny")


def rewrite(store, change):
    """Write one arm's lines anew, as `change`, of records, returns them."""
    file = store.root / "scans" / "dropout.jsonl"
    records = [decode(line) for line in file.read_text().splitlines()]
    file.write_text("".join(encode(record) + "\n" for record in change(records)))


def test_it_is_the_same_for_another_order_other_seconds_and_superseded_lines(store):
    before = digest.digest(store)
    assert re.fullmatch("[0-9a-f]{64}", before)
    wrong = lambda record: record | {"metrics": dict.fromkeys(record["metrics"], 0.5)}
    rewrite(store, lambda records: [wrong(records[0]), *reversed([r | {"seconds": 9.0} for r in records])])
    assert digest.digest(store) == before
    (store.root / "sessions.jsonl").unlink()
    assert digest.digest(Store(store.root, "tiny")) == before


@pytest.mark.parametrize("change", [
    lambda records: records[:1],
    lambda records: [records[0], records[1] | {"status": "diverged"}],
    lambda records: [records[0], records[1] | {"metrics": records[1]["metrics"] | {"test_accuracy": 0.123}}],
])  # fmt: skip
def test_it_is_another_for_other_results(store, change):
    before = digest.digest(store)
    rewrite(store, change)
    assert digest.digest(store) != before


def test_trials_of_the_claims_count_too(store):
    from study.claims.standing import store_of
    from study.design.measurements import Mechanism, Trial

    before = digest.digest(store)
    mechanism = Mechanism("made", "up", "nowhere:None", {"x": 1}, 1.0)
    (record,) = Trial(mechanism, 0).records({"values": {"a": 1.0}, "seconds": 1.0, "made": {}}, {})
    store_of(store).append(record)
    with_one = digest.digest(store)
    store_of(store).append(json.loads(json.dumps(record)) | {"values": {"a": 2.0}})
    assert len({before, with_one, digest.digest(store)}) == 3


def test_a_page_says_its_digest_or_none(store):
    assert digest.said(f"<html><head>{digest.meta(store)}</head></html>") == digest.digest(store)
    assert digest.said("<html></html>") is None
