"""Files that the user names: written whole or not at all, and refused before the work where they cannot be."""

from pathlib import Path

import pytest

from ohlora.errors import InputError
from ohlora.files import atomic_write, check_writable, write_asked


def test_nothing_is_left_where_a_folder_has_the_name(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(InputError, match=r"cannot write .*taken"):
        write_asked(tmp_path / "taken", b"x")
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(InputError, match=r"cannot write .*/file/x: .*/file: Not a directory"):
        write_asked(tmp_path / "file" / "x", b"x")
    with pytest.raises(OSError, match="directory"), atomic_write(tmp_path / "taken" / "", "w") as file:
        file.write("x")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "taken"]


def test_a_place_is_refused_before_the_work_and_nothing_is_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    check_writable(tmp_path / "new" / "deeper")
    for folder in ("file", "file/deeper"):
        with pytest.raises(
            InputError, match=r"cannot write into .*file: Not a directory\); choose another place with -o"
        ):
            check_writable(tmp_path / folder)
    assert [path.name for path in tmp_path.rglob("*")] == ["file"]
