"""The log of sessions: a line that cannot be read is passed over, whatever is in it."""

from study.store import log


def test_lines_that_cannot_be_read_are_passed_over(tmp_path):
    assert log.read(tmp_path, "run") == []
    log.add(tmp_path, "run", 12.34, jobs=2)
    with (tmp_path / "sessions.jsonl").open("ab") as stream:
        stream.write(b'\xff\xfe{{\n[1]\n3\n{"kind":')
        stream.write(b"\n")
    log.add(tmp_path, "report", 1.0)
    log.add(tmp_path, "run", 5.0, jobs=1)
    assert [(each["seconds"], each["jobs"]) for each in log.read(tmp_path, "run")] == [(12.3, 2), (5.0, 1)]
    log.add(tmp_path / "absent", "run", 1.0)  # a log that cannot be written stops nothing
