"""What only a store in a file can meet: a file of the first version, a full disk."""

import sqlite3
import threading
from pathlib import Path

import pytest

from ohlora.conversation import Store
from ohlora.conversation.store import MIGRATIONS
from ohlora.database import Sqlite
from ohlora.errors import InputError
from tests.memory.test_facts import held, learn, turn


def test_a_store_of_the_first_version_is_brought_forward(place: str) -> None:
    path = Path(place) / "s.sqlite3"
    with sqlite3.connect(path) as db:
        MIGRATIONS[0](db)
        db.execute(
            "INSERT INTO turn VALUES (7, 'a', '2026-01-01T00:00:00+00:00', '안녕', '안녕하세요', 'stop', '{}', 0)"
        )
        db.execute("PRAGMA user_version = 1")
    store = Store(path)
    assert [(t.id, t.message, t.summary) for t in store.turns("a")] == [(7, "안녕", "")]
    assert [c.id for c in store.conversations()] == ["a"]
    learn(store, "이름", "민수", turn=7)
    store.close()


def test_a_full_disk_changes_nothing(store: Store) -> None:
    learn(store, "이름", "민수")
    assert isinstance(store.database, Sqlite)
    pages = store.database.connection.execute("PRAGMA page_count").fetchone()[0]
    store.database.connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(InputError, match="could not be saved"):
        _fill(store)
    assert held(store) == {("이름", "민수")}
    assert store.turns("a") == []


def _fill(store: Store) -> None:
    with store.transaction():
        for number in range(400):
            turn(store, "긴 이야기 " * 100)
            learn(store, "취미", f"취미 {number}")


def test_a_file_that_another_process_is_making_is_waited_for(tmp_path: Path) -> None:
    """Opening waits for it, and then goes on."""
    path = tmp_path / "s.sqlite3"
    other = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    other.execute("PRAGMA journal_mode=DELETE")
    other.execute("BEGIN EXCLUSIVE")
    release = threading.Timer(0.4, lambda: other.execute("COMMIT"))
    release.start()
    Store(path).close()
    release.join()
    other.close()
