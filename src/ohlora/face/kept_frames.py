"""Pictures of one face kept from start to start, so that the second start moves smoothly from its first second.

A SQLite file in the cache folder, named after all that a picture depends on; files of the same person under other names
are removed. It is only a cache: one that is damaged or cannot be written is done without. Knows nothing of what a state means.
"""

import contextlib
import hashlib
import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

MOST_BYTES = 80_000_000

State = tuple[tuple[str, int], ...]


class KeptFrames:
    """Pictures by state.

    Args:
        folder: where the file lies; made where it is missing.
        name: of the person.
        depends: everything a picture depends on, besides its state.
    """

    def __init__(self, folder: Path, name: str, depends: Sequence[str]) -> None:
        key = hashlib.sha256(json.dumps(list(depends)).encode()).hexdigest()[:16]
        self.path = folder / f"{name}.{key}.sqlite3"
        self._lock = threading.Lock()
        self._bytes = 0
        self._db: sqlite3.Connection | None = None
        with contextlib.suppress(OSError, sqlite3.Error):
            folder.mkdir(parents=True, exist_ok=True)
            for old in folder.glob(f"{name}.*.sqlite3*"):
                if not old.name.startswith(self.path.name):
                    old.unlink(missing_ok=True)
            self._db = self._opened()

    def _opened(self) -> sqlite3.Connection:
        for attempt in range(2):
            db = sqlite3.connect(self.path, timeout=1, check_same_thread=False, isolation_level=None)
            try:
                db.execute("PRAGMA journal_mode=WAL")
                db.execute("PRAGMA synchronous=OFF")  # a cache: what is lost is drawn again
                db.execute(
                    "CREATE TABLE IF NOT EXISTS frame (state TEXT PRIMARY KEY, jpeg BLOB NOT NULL, sum TEXT NOT NULL)"
                )
                return db
            except sqlite3.DatabaseError:
                db.close()
                if attempt:
                    raise
                self.path.unlink(missing_ok=True)
        raise AssertionError

    def load(self) -> Iterator[tuple[State, bytes]]:
        """All that is kept and whole."""
        with self._lock, contextlib.suppress(sqlite3.Error, ValueError, TypeError):
            if self._db is None:
                return
            for text, data, digest in self._db.execute("SELECT state, jpeg, sum FROM frame"):
                if digest == _digest(data):
                    self._bytes += len(data)
                    yield tuple((str(name), int(number)) for name, number in json.loads(text)), data

    def add(self, state: State, data: bytes) -> None:
        """Keeps a picture, unless there are enough."""
        with self._lock, contextlib.suppress(sqlite3.Error):
            if self._db is not None and self._bytes + len(data) <= MOST_BYTES:
                self._db.execute(
                    "INSERT OR REPLACE INTO frame VALUES (?, ?, ?)", (json.dumps(state), data, _digest(data))
                )
                self._bytes += len(data)

    def close(self) -> None:
        """Harmless when called twice."""
        with self._lock, contextlib.suppress(sqlite3.Error):
            if self._db is not None:
                self._db.close()
                self._db = None


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=8).hexdigest()
