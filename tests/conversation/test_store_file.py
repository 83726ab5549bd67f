"""The store as a file: damaged, newer, on a full disk; one sentence each."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ohlora.conversation.store import Store
from ohlora.database import Sqlite
from ohlora.errors import InputError
from tests.conversation.test_store import LABELS, add


def test_a_damaged_file_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite3"
    path.write_bytes(b"this is no database at all, whatever its name says" * 40)
    with pytest.raises(InputError, match=r"s\.sqlite3 cannot be used .*move it away"):
        Store(path)
    assert path.read_bytes().startswith(b"this is no database")


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    (tmp_path / "s.sqlite3").mkdir()
    with pytest.raises(
        InputError, match=r"cannot be opened for writing \(unable to open.*another folder with OHLORA_DATA"
    ):
        Store(tmp_path / "s.sqlite3")
    for place in ("file/s.sqlite3", "file/conversations/s.sqlite3"):
        with pytest.raises(InputError, match=r"/file is a file, and conversations .* name a folder with --store"):
            Store(tmp_path / place)
    assert (tmp_path / "file").read_text() == "no folder"


def test_a_file_that_another_program_holds_is_not_to_be_moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ohlora.database._WAITS_S", 0.05)
    with closing(sqlite3.connect(tmp_path / "s.sqlite3", isolation_level=None)) as other:
        other.execute("CREATE TABLE held (x)")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(InputError, match="end the program that holds the file"):
            Store(tmp_path / "s.sqlite3")


def test_a_store_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    store = Store(tmp_path / "s.sqlite3")
    add(store, "a", 0)
    store.close()
    with sqlite3.connect(tmp_path / "s.sqlite3") as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(InputError, match="newer Oh-LoRA"):
        Store(tmp_path / "s.sqlite3")


def test_a_full_disk_loses_the_turn_but_says_so(tmp_path: Path) -> None:
    store = Store(tmp_path / "s.sqlite3")
    add(store, "a", 0)
    assert isinstance(store.database, Sqlite)
    pages = store.database.connection.execute("PRAGMA page_count").fetchone()[0]
    store.database.connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(InputError, match=r"could not be saved .*make room"):
        store.add("a", "긴 메시지" * 5000, "r", "stop", LABELS, 1)
    assert [turn.seed for turn in store.turns("a")] == [0]
    store.close()


def test_a_file_damaged_inside_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite3"
    store = Store(path)
    add(store, "a", 0)
    store.close()
    data = path.read_bytes()
    path.write_bytes(data[:4096] + b"\xff" * (len(data) - 4096))
    with pytest.raises(InputError, match=r"s\.sqlite3 cannot be used .*move it away"):
        _read_everything(path)


def test_a_file_damaged_in_its_turns_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite3"
    store = Store(path)
    add(store, "a", 0)
    assert isinstance(store.database, Sqlite)
    page = store.database.connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'turn'").fetchone()[0]
    store.close()
    data = bytearray(path.read_bytes())
    data[(page - 1) * 4096 : page * 4096] = b"\xff" * 4096
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"s\.sqlite3 cannot be used .*move it away"):
        _read_everything(path)


def _read_everything(path: Path) -> None:
    store = Store(path)
    try:
        store.turns("a")
        store.conversations()
    finally:
        store.close()
