"""Files written whole or not at all, and places that are looked at before anything is made."""

import pytest

from study.errors import StudyError
from study.files import check_file, check_folder, whole


def test_a_file_is_replaced_whole_or_left_as_it_was(tmp_path):
    file = tmp_path / "new" / "file.txt"
    with whole(file) as part:
        part.write_text("one")
        assert not file.exists(), "it is not there before it is whole"
    with pytest.raises(KeyError), whole(file) as part:
        part.write_text("half of")
        raise KeyError
    assert file.read_text() == "one"
    with whole(file) as part:
        part.write_text("two")
    assert file.read_text() == "two" and list(file.parent.iterdir()) == [file]


def test_places_that_can_be_written_are_left_as_they_are(tmp_path):
    (tmp_path / "old.html").write_text("old")
    check_folder(tmp_path / "new" / "place", "--output")
    check_file(tmp_path / "new" / "page.html", "--single")
    check_file(tmp_path / "old.html", "--single")
    assert [file.name for file in tmp_path.iterdir()] == ["old.html"]


@pytest.mark.parametrize("check, place, told", [
    (check_folder, "file", "which is a file"),
    (check_folder, "file/in", "Not a directory"),
    (check_folder, "/proc/in", "/proc/in, but in /proc nothing can be"),
    (check_file, ".", "which is a folder"),
    (check_file, "file/in", "Not a directory"),
])  # fmt: skip
def test_places_that_cannot_be_written_are_refused(tmp_path, check, place, told):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(StudyError, match=f"--option: Expected .* Received: .*{told}"):
        check(tmp_path / place, "--option")
    assert [file.name for file in tmp_path.iterdir()] == ["file"]
