"""Conversations kept on disk: SQLite in WAL mode, turns written once and never changed.

Knows nothing of language models; `turn.py` says what a turn is and when it is worth keeping.
"""

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ohlora.errors import InputError
from ohlora.paths import data_dir


@dataclass(frozen=True)
class StoredTurn:
    """One exchange. `ended_by`: why the reply ended (stop, length, loop, cancelled). `labels`: her expression."""

    id: int
    time: str
    message: str
    reply: str
    ended_by: str
    labels: Mapping[str, str]
    seed: int


def _create_turns(db: sqlite3.Connection) -> None:
    db.execute(
        """CREATE TABLE turn (
            id INTEGER PRIMARY KEY, conversation TEXT NOT NULL, time TEXT NOT NULL, message TEXT NOT NULL,
            reply TEXT NOT NULL, ended_by TEXT NOT NULL, labels TEXT NOT NULL, seed INTEGER NOT NULL)"""
    )
    db.execute("CREATE INDEX turn_by_conversation ON turn (conversation, id)")
    for verb in ("UPDATE", "DELETE"):
        db.execute(
            f"""CREATE TRIGGER turn_no_{verb.lower()} BEFORE {verb} ON turn
            BEGIN SELECT RAISE(ABORT, 'turns are immutable'); END"""
        )


# Step n brings a store from version n to n+1 (PRAGMA user_version).
MIGRATIONS: list[Callable[[sqlite3.Connection], None]] = [_create_turns]


class Store:
    """The conversations with one persona. Safe to use from several threads and processes.

    Args:
        path: the database file; its folder is made.

    Raises:
        InputError: the file is no database, is damaged, was written by a newer Oh-LoRA, or cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=10, check_same_thread=False, isolation_level=None)
            self._migrate()
        except (sqlite3.Error, OSError) as error:
            raise _unusable(path, error) from error

    @classmethod
    def of_persona(cls, persona: str) -> "Store":
        """The store of a persona in the user's data folder."""
        return cls(data_dir() / "conversations" / f"{persona}.sqlite3")

    def _migrate(self) -> None:
        self._db.execute("PRAGMA journal_mode=WAL")
        # An acknowledged turn survives a power cut; a turn takes seconds, an fsync a millisecond.
        self._db.execute("PRAGMA synchronous=FULL")
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                version = self._db.execute("PRAGMA user_version").fetchone()[0]
                if version > len(MIGRATIONS):
                    raise InputError(
                        f"the conversation store {self.path} was written by a newer Oh-LoRA; update with: "
                        "pip install -U ohlora",
                        f"대화 저장 파일 {self.path}은(는) 더 새로운 Oh-LoRA가 만들었습니다. 업데이트: pip install -U ohlora",
                    )
                for number, step in enumerate(MIGRATIONS[version:], version + 1):
                    step(self._db)
                    self._db.execute(f"PRAGMA user_version = {number}")
                self._db.execute("COMMIT")
            except BaseException:
                self._db.execute("ROLLBACK")
                raise

    def add(
        self, conversation: str, message: str, reply: str, ended_by: str, labels: Mapping[str, str], seed: int
    ) -> StoredTurn:
        """Writes one turn; when this returns it is on disk.

        Raises:
            InputError: the disk is full or the store cannot be written.
        """
        time = datetime.now(UTC).isoformat(timespec="milliseconds")
        row = (conversation, time, message, reply, ended_by, json.dumps(dict(labels), ensure_ascii=False), seed)
        try:
            with self._lock, closing(self._db.cursor()) as cursor:
                cursor.execute(
                    "INSERT INTO turn (conversation, time, message, reply, ended_by, labels, seed) VALUES (?,?,?,?,?,?,?)",
                    row,
                )
                number = cursor.lastrowid
        except sqlite3.Error as error:
            raise InputError(
                f"this turn could not be saved to {self.path} ({error}); make room on the disk and send it again",
                f"이번 대화를 {self.path}에 저장하지 못했습니다({error}). 디스크 공간을 확보한 뒤 다시 보내 주세요",
            ) from error
        return StoredTurn(int(number or 0), time, message, reply, ended_by, dict(labels), seed)

    def turns(self, conversation: str, last: int | None = None) -> list[StoredTurn]:
        """The turns of a conversation, oldest first; with `last`, only the newest so many.

        Raises:
            InputError: the file is damaged.
        """
        query = (
            "SELECT id, time, message, reply, ended_by, labels, seed FROM turn "
            "WHERE conversation = ? ORDER BY id DESC LIMIT ?"
        )
        with self._reading():
            rows = self._db.execute(query, (conversation, -1 if last is None else last)).fetchall()
            return [
                StoredTurn(number, time, message, reply, ended_by, json.loads(labels), seed)
                for number, time, message, reply, ended_by, labels, seed in reversed(rows)
            ]

    def newest_conversation(self) -> str | None:
        """Id of the conversation spoken in last, None where there is none."""
        with self._reading():
            row = self._db.execute("SELECT conversation FROM turn ORDER BY id DESC LIMIT 1").fetchone()
            return row[0] if row else None

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Holds the lock; a file that is damaged inside, or that somebody else's program wrote, is one sentence."""
        try:
            with self._lock:
                yield
        except (sqlite3.Error, ValueError) as error:
            raise _unusable(self.path, error) from error

    def close(self) -> None:
        """Ends the use of the file; calling it twice does nothing."""
        with self._lock:
            self._db.close()


def _unusable(path: Path, error: Exception) -> InputError:
    return InputError(
        f"the conversation store {path} cannot be used ({error}); move it away to begin a new one",
        f"대화 저장 파일 {path}을(를) 쓸 수 없습니다({error}). 파일을 옮기면 새로 시작합니다",
    )
