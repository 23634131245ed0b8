"""Files written whole or not at all, and places that are looked at before anything is made."""

import pytest

from study.errors import StudyError
from study.files import check_file, check_folder, restored, whole


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


def test_what_a_link_points_to_is_replaced_and_its_mode_stays(tmp_path):
    real, link = tmp_path / "real.toml", tmp_path / "link.toml"
    real.write_text("one")
    real.chmod(0o640)
    link.symlink_to(real)
    with whole(link) as part:
        part.write_text("two")
    assert link.is_symlink() and real.read_text() == "two" and real.stat().st_mode & 0o777 == 0o640


def test_files_are_put_back_if_something_fails(tmp_path):
    kept, new, gone = (tmp_path / name for name in ("kept", "new", "gone"))
    kept.write_text("mine")
    gone.write_text("mine too")

    def spoil():
        kept.write_text("theirs")
        new.write_text("theirs")
        gone.unlink()

    with pytest.raises(KeyboardInterrupt), restored(kept, new, gone):
        spoil()
        raise KeyboardInterrupt
    assert kept.read_text() == "mine" and gone.read_text() == "mine too" and not new.exists()
    with restored(kept, new, gone):
        spoil()
    assert kept.read_text() == new.read_text() == "theirs" and not gone.exists()


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
