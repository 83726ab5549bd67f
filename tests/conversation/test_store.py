"""The store of conversations: kept over restarts, written once, honest about damage."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from ohlora.conversation.store import Store
from ohlora.errors import InputError

LABELS = {"eyes": "보통", "mouth": "보통", "pose": "없음", "smile": "약간"}


def add(store: Store, conversation: str, number: int) -> None:
    store.add(conversation, f"메시지 {number}", f"대답 {number}", "stop", LABELS, number)


def test_turns_are_kept_over_a_restart(tmp_path: Path) -> None:
    store = Store(tmp_path / "s.sqlite3")
    for number in range(3):
        add(store, "a", number)
    add(store, "b", 9)
    store.close()
    store = Store(tmp_path / "s.sqlite3")
    assert [turn.message for turn in store.turns("a")] == ["메시지 0", "메시지 1", "메시지 2"]
    assert [turn.reply for turn in store.turns("a", last=2)] == ["대답 1", "대답 2"]
    assert store.turns("a")[0].labels == LABELS
    assert store.newest_conversation() == "b"
    store.close()


def test_turns_are_immutable(tmp_path: Path) -> None:
    store = Store(tmp_path / "s.sqlite3")
    add(store, "a", 0)
    with sqlite3.connect(store.path) as other:
        for statement in ("UPDATE turn SET reply = 'x'", "DELETE FROM turn"):
            with pytest.raises(sqlite3.IntegrityError, match="immutable"):
                other.execute(statement)
    assert store.turns("a")[0].reply == "대답 0"
    store.close()


def test_two_processes_write_to_one_store(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite3"
    script = (
        "import sys; from pathlib import Path; from ohlora.conversation.store import Store\n"
        "s = Store(Path(sys.argv[1]))\n"
        "for n in range(40): s.add(sys.argv[2], str(n), 'r', 'stop', {}, n)\n"
    )
    both = [subprocess.Popen([sys.executable, "-c", script, str(path), name]) for name in ("a", "b")]
    assert [process.wait(timeout=60) for process in both] == [0, 0]
    store = Store(path)
    assert len(store.turns("a")) == len(store.turns("b")) == 40
    store.close()


def test_a_killed_writer_loses_nothing_it_confirmed(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite3"
    script = (
        "import sys; from pathlib import Path; from ohlora.conversation.store import Store\n"
        "s = Store(Path(sys.argv[1])); n = 0\n"
        "while True:\n    s.add('a', str(n), 'r', 'stop', {}, n); print(n, flush=True); n += 1\n"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout
        for line in writer.stdout:
            if int(line) >= 25:
                break
        writer.kill()
    store = Store(path)
    assert [turn.message for turn in store.turns("a")][:26] == [str(n) for n in range(26)]
    store.close()


def test_a_damaged_file_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite3"
    path.write_bytes(b"this is no database at all, whatever its name says" * 40)
    with pytest.raises(InputError, match=r"s\.sqlite3 cannot be used .*move it away"):
        Store(path)
    assert path.read_bytes().startswith(b"this is no database")


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
