"""One SQLite file, opened safely: WAL, foreign keys, deleted bytes overwritten, migrations, whole transactions.

Knows nothing of what the tables hold: whoever owns the file hands over its migrations.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from ohlora.errors import InputError

Migration = Callable[[sqlite3.Connection], None]


class Database:
    """A file with its connection. Safe to use from several threads and processes.

    Args:
        path: the database file; its folder is made.
        migrations: step n brings a file from version n to n+1 (PRAGMA user_version); each step runs whole or not at all.

    Raises:
        InputError: the file is no database, is damaged, was written by a newer Oh-LoRA, or cannot be written.
    """

    def __init__(self, path: Path, migrations: Sequence[Migration]) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._depth = 0
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self.connection = sqlite3.connect(path, timeout=10, check_same_thread=False, isolation_level=None)
        except (sqlite3.Error, OSError) as error:
            raise unusable(path, error) from error
        try:
            self._prepare(migrations)
        except BaseException as error:
            self.connection.close()
            if isinstance(error, sqlite3.Error | OSError):
                raise unusable(path, error) from error
            raise

    def _prepare(self, migrations: Sequence[Migration]) -> None:
        db = self.connection
        db.execute("PRAGMA journal_mode=WAL")
        # An acknowledged turn survives a power cut; a turn takes seconds, an fsync a millisecond.
        db.execute("PRAGMA synchronous=FULL")
        db.execute("PRAGMA foreign_keys=ON")
        # What is erased is overwritten, not only unlinked.
        db.execute("PRAGMA secure_delete=ON")
        db.execute("BEGIN IMMEDIATE")
        try:
            version = db.execute("PRAGMA user_version").fetchone()[0]
            if version > len(migrations):
                raise InputError(
                    f"the conversation store {self.path} was written by a newer Oh-LoRA; update with: "
                    "pip install -U ohlora",
                    f"대화 저장 파일 {self.path}은(는) 더 새로운 Oh-LoRA가 만들었습니다. 업데이트: pip install -U ohlora",
                )
            for number, step in enumerate(migrations[version:], version + 1):
                step(db)
                db.execute(f"PRAGMA user_version = {number}")
            db.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                db.execute("ROLLBACK")
            raise

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All that happens inside is on disk when this ends, or none of it; nested, it is part of the outer one.

        Raises:
            InputError: the disk is full or the file cannot be written; nothing was changed.
        """
        with self._lock:
            if self._depth:
                yield self.connection
                return
            self._depth = 1
            try:
                self.connection.execute("BEGIN IMMEDIATE")
                try:
                    yield self.connection
                    self.connection.execute("COMMIT")
                except BaseException:
                    with suppress(sqlite3.Error):
                        self.connection.execute("ROLLBACK")
                    raise
            except sqlite3.IntegrityError:
                raise
            except sqlite3.Error as error:
                raise _unwritable(self.path, error) from error
            finally:
                self._depth = 0

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Holds the lock; a file that is damaged inside, or that somebody else's program wrote, is one sentence."""
        try:
            with self._lock:
                yield self.connection
        except (sqlite3.Error, ValueError) as error:
            raise unusable(self.path, error) from error

    def forget_log(self) -> bool:
        """Moves the write-ahead log into the file and empties it, so that erased words are in neither.

        Returns False where another process still reads from the log; it is emptied when that one closes.
        """
        with self._lock, suppress(sqlite3.Error):
            return self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
        return False

    def close(self) -> None:
        """Ends the use of the file; calling it twice does nothing."""
        with self._lock:
            self.connection.close()


def _unwritable(path: Path, error: Exception) -> InputError:
    return InputError(
        f"this could not be saved to {path} ({error}); make room on the disk, or end the program that holds the file, "
        "and try again",
        f"{path}에 저장하지 못했습니다({error}). 디스크 공간을 확보하거나 파일을 쓰는 프로그램을 끝낸 뒤 다시 해 주세요",
    )


def unusable(path: Path, error: Exception) -> InputError:
    """The one sentence for a file that cannot be used."""
    return InputError(
        f"the conversation store {path} cannot be used ({error}); move it away to begin a new one",
        f"대화 저장 파일 {path}을(를) 쓸 수 없습니다({error}). 파일을 옮기면 새로 시작합니다",
    )
