"""Where rows lie: whole transactions, one lock, migrations; here the SQLite file, in `postgres.py` a server's database.

Knows nothing of what the tables hold: whoever owns them hands over the migrations. SQL is written once, with `?` for values
and in what both know; where they differ (their tables, how an index is asked) each has a module of its own.
"""

import sqlite3
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar, Protocol

from ohlora.errors import InputError, OhLoraError

_WAITS_S = 10.0
"""How long a file that another process writes to is waited for."""


class Cursor(Protocol):
    """Rows of a statement, as tuples."""

    def fetchone(self) -> Any: ...
    def fetchall(self) -> list[Any]: ...
    def fetchmany(self, size: int, /) -> list[Any]: ...
    def __iter__(self) -> Iterator[Any]: ...


class Connection(Protocol):
    """What both back ends understand; `?` stands for a value."""

    def execute(self, sql: str, parameters: Sequence[Any] = ..., /) -> Cursor: ...
    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]], /) -> object: ...


Migration = Callable[[Connection], None]


class Database(ABC):
    """Rows kept in whole transactions. Safe to use from several threads and processes.

    Attributes:
        shown: where it is, for people; never with a password.
        refusals: what `execute` raises where a constraint, a trigger or a type refuses a row.
    """

    shown: str
    refusals: ClassVar[tuple[type[Exception], ...]]
    _errors: ClassVar[tuple[type[Exception], ...]]

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._depth = 0

    @property
    def inside(self) -> bool:
        """Is a transaction open?"""
        return self._depth > 0

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """All that happens inside is on disk when this ends, or none of it; nested, it is part of the outer one.

        One writer at a time: whoever comes second waits up to ten seconds.

        Raises:
            InputError: the disk is full, the file cannot be written, or the server is gone; nothing was changed.
        """
        with self._lock:
            if self._depth:
                yield self._connection()
                return
            try:
                db = self._begin()
                self._depth = 1
                try:
                    yield db
                except BaseException:
                    with suppress(*self._errors):
                        self._undo()
                    raise
                self._commit()
            except self.refusals:
                raise
            except self._errors as error:
                raise self._unwritable(error) from error
            finally:
                self._depth = 0

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Holds the lock; a store that is damaged inside, or that somebody else's program wrote, is one sentence."""
        unreadable: tuple[type[Exception], ...] = (*self._errors, ValueError)
        try:
            with self._lock:
                yield self._connection()
        except unreadable as error:
            raise self._unusable(error) from error

    @abstractmethod
    def mark(self) -> object:
        """Equal to an earlier one only where nothing was written in between, by whomever."""

    @abstractmethod
    def forget_log(self) -> bool:
        """Overwrites or gives back what is left of erased rows; returns whether all of it could be (see docs/memory.md)."""

    @abstractmethod
    def drop(self) -> None:
        """Erases everything; there is nothing to use then."""

    @abstractmethod
    def close(self) -> None:
        """Ends the use; calling it twice does nothing."""

    def vector(self, numbers: bytes) -> Any:
        """An int8 vector as a value to store; read again it is the same bytes."""
        return numbers

    def bits(self, packed: bytes) -> Any:
        """Bits as a value to store; read again they are the same bytes."""
        return packed

    @abstractmethod
    def count_from(self, table: str, number: int) -> None:
        """Rows that are added to a table get numbers above this one; for rows that were brought in under their own."""

    @abstractmethod
    def _connection(self) -> Connection: ...
    @abstractmethod
    def _begin(self) -> Connection: ...
    @abstractmethod
    def _commit(self) -> None: ...
    @abstractmethod
    def _undo(self) -> None: ...
    @abstractmethod
    def _unwritable(self, error: Exception) -> OhLoraError: ...
    @abstractmethod
    def _unusable(self, error: Exception) -> OhLoraError: ...


class Sqlite(Database):
    """A file, opened safely: WAL, foreign keys, deleted bytes overwritten.

    Args:
        path: the database file; its folder is made.
        migrations: step n brings a file from version n to n+1 (PRAGMA user_version); each step runs whole or not at all.

    Raises:
        InputError: the file is no database, is damaged, was written by a newer Oh-LoRA, or cannot be written.
    """

    refusals = (sqlite3.IntegrityError,)
    _errors = (sqlite3.Error,)

    def __init__(self, path: Path, migrations: Sequence[Migration]) -> None:
        super().__init__()
        self.path, self.shown = path, str(path)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self.connection = sqlite3.connect(path, timeout=_WAITS_S, check_same_thread=False, isolation_level=None)
        except (sqlite3.Error, OSError) as error:
            raise self._unusable(error) from error
        try:
            self._prepare(migrations)
        except BaseException as error:
            self.connection.close()
            if isinstance(error, sqlite3.Error | OSError):
                raise self._unusable(error) from error
            raise

    def _prepare(self, migrations: Sequence[Migration]) -> None:
        db = self.connection
        self._write_ahead(db)
        # An acknowledged turn survives a power cut; a turn takes seconds, an fsync a millisecond.
        db.execute("PRAGMA synchronous=FULL")
        db.execute("PRAGMA foreign_keys=ON")
        # What is erased is overwritten, not only unlinked.
        db.execute("PRAGMA secure_delete=ON")
        db.execute("BEGIN IMMEDIATE")
        try:
            version = db.execute("PRAGMA user_version").fetchone()[0]
            if version > len(migrations):
                raise newer(self.shown)
            for number, step in enumerate(migrations[version:], version + 1):
                step(db)
                db.execute(f"PRAGMA user_version = {number}")
            db.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                db.execute("ROLLBACK")
            raise

    @staticmethod
    def _write_ahead(db: sqlite3.Connection) -> None:
        """Turns the write-ahead log on; where two processes do so at once, SQLite refuses one of them without waiting."""
        ends = time.monotonic() + _WAITS_S
        while True:
            try:
                db.execute("PRAGMA journal_mode=WAL")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > ends:
                    raise
                time.sleep(0.01)

    def mark(self) -> object:
        return self.connection.execute("PRAGMA data_version").fetchone()[0], self.connection.total_changes

    def forget_log(self) -> bool:
        """Moves the write-ahead log into the file and empties it, so that erased words are in neither.

        Returns False where another process still reads from the log; it is emptied when that one closes.
        """
        with self._lock, suppress(sqlite3.Error):
            return self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
        return False

    def count_from(self, table: str, number: int) -> None:
        with self.transaction() as db:
            db.execute("DELETE FROM sqlite_sequence WHERE name = ?", (table,))
            db.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, number))

    def drop(self) -> None:
        self.close()
        for path in self.path.parent.glob(f"{self.path.name}*"):
            if path.name in {self.path.name, f"{self.path.name}-wal", f"{self.path.name}-shm"}:
                path.unlink(missing_ok=True)

    def close(self) -> None:
        with self._lock:
            self.connection.close()

    def _connection(self) -> Connection:
        return self.connection

    def _begin(self) -> Connection:
        self.connection.execute("BEGIN IMMEDIATE")
        return self.connection

    def _commit(self) -> None:
        try:
            self.connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                self._undo()
            raise

    def _undo(self) -> None:
        self.connection.execute("ROLLBACK")

    def _unwritable(self, error: Exception) -> OhLoraError:
        return InputError(
            f"this could not be saved to {self.path} ({error}); make room on the disk, or end the program that holds the "
            "file, and try again",
            f"{self.path}에 저장하지 못했습니다({error}). 디스크 공간을 확보하거나 파일을 쓰는 프로그램을 끝낸 뒤 다시 해 주세요",
        )

    def _unusable(self, error: Exception) -> OhLoraError:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL}:
            return self._unwritable(error)
        if isinstance(error, OSError) or code in {
            sqlite3.SQLITE_READONLY,
            sqlite3.SQLITE_CANTOPEN,
            sqlite3.SQLITE_PERM,
        }:
            why = getattr(error, "strerror", None) or error
            if (file := _file_among(self.path.parents)) is not None:
                return InputError(
                    f"{file} is a file, and conversations are kept in a folder; name a folder with --store (or OHLORA_STORE, "
                    "OHLORA_DATA)",
                    f"{file}은(는) 파일인데 대화는 폴더에 둡니다. --store(또는 OHLORA_STORE, OHLORA_DATA)로 폴더를 지정하세요",
                )
            return InputError(
                f"the conversation store {self.path} cannot be opened for writing ({why}); let this user write there, or choose "
                "another folder with OHLORA_DATA or --store",
                f"대화 저장 파일 {self.path}을(를) 쓰기로 열 수 없습니다({why}). 이 사용자에게 쓰기 권한을 주거나 OHLORA_DATA나 --store로 "
                "다른 폴더를 고르세요",
            )
        return InputError(
            f"the conversation store {self.path} cannot be used ({error}); move it away to begin a new one",
            f"대화 저장 파일 {self.path}을(를) 쓸 수 없습니다({error}). 파일을 옮기면 새로 시작합니다",
        )


def _file_among(places: Iterable[Path]) -> Path | None:
    """The first of these that is there and no folder."""
    with suppress(OSError):  # a folder on the way that may not be looked into
        return next((place for place in places if place.exists() and not place.is_dir()), None)
    return None


def newer(shown: str) -> InputError:
    """The one sentence for a store that a newer version made."""
    return InputError(
        f"the conversation store {shown} was written by a newer Oh-LoRA; update with: pip install -U ohlora",
        f"대화 저장소 {shown}은(는) 더 새로운 Oh-LoRA가 만들었습니다. 업데이트: pip install -U ohlora",
    )
