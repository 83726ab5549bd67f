"""Recall's first stage where the facts are on a server: pgvector looks through them there, one question a message.

Finds what the first stage over a file finds: the facts with the nearest signs (Hamming distance), of those the nearest vectors,
the rarest bigrams, the newest under the keys touched. A large store gets an index (HNSW) over the signs; it is a little less exact.
What is found is weighed by `recall.py`.
"""

import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pgvector import Vector

from ohlora.database import Connection
from ohlora.memory import concepts, recall, wording
from ohlora.memory.facts import code_of, quantised
from ohlora.postgres import Postgres
from ohlora.progress import bar

INDEXED = 100_000
"""From so many facts the signs get an index; fewer are looked through in a few dozen milliseconds, and exactly."""
_VALID = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(?)"

# As over a file: all that are as near as the 512th, up to half as many more, the older first.
_EXACT = """SELECT fact FROM (
    SELECT fact, bits::bit({width}) <~> ? AS distance FROM code WHERE active
    ORDER BY distance FETCH FIRST {shortlist} ROWS WITH TIES) AS near ORDER BY distance, fact LIMIT {most}"""
_INDEXED = "SELECT fact FROM code WHERE active ORDER BY bits::bit({width}) <~> ? LIMIT {shortlist}"
_NEAREST = """SELECT fact FROM ({near}) AS near JOIN meaning USING (fact)
    ORDER BY subvector(vectors, 1, {width})::vector <=> ? LIMIT ?"""

_WORDED = """SELECT fact FROM (
    SELECT fact, count(*) OVER (PARTITION BY asked) AS others
    FROM unnest(?::text[]) AS asked CROSS JOIN LATERAL (
        SELECT fact FROM gram WHERE gram = asked COLLATE "C" LIMIT {common} + 1) AS sharing) AS found
    WHERE others <= {common} GROUP BY fact ORDER BY sum(1.0 / (8 + others)) DESC, fact LIMIT ?"""

_ABOUT = """SELECT newest.id FROM unnest(?::text[]) AS named CROSS JOIN LATERAL (
    SELECT id FROM fact WHERE subject = 'user' AND key = named COLLATE "C" AND status = 'active'
    ORDER BY id DESC LIMIT {newest}) AS newest"""


class ServerRecall(recall.Recall):
    """Recalls from facts on a PostgreSQL server; holds none of them here."""

    _indexed = False
    _building: threading.Thread | None = None
    _names: tuple[str, ...] = ()

    def _sync(self) -> None:
        with self.facts.database.reading() as db:
            newest = db.execute("SELECT coalesce(max(id), 0) FROM change").fetchone()[0]
            if self._seen < 0 or (self._building and not self._building.is_alive()):
                self._look_for_index(db)
                self._building = self._building if self._building and self._building.is_alive() else None
            if newest == self._seen:
                return
            if self._seen < 0:
                foreign = self._foreign(db)
                for start in bar("vectors", total=-(-len(foreign) // 64), iterable=range(0, len(foreign), 64)):
                    self.facts.reindex(foreign[start : start + 64])
            self._names = tuple(recall._keys_of(db))
            # More precisely it need not be known: whether all are weighed.
            self._count = db.execute(
                f"SELECT count(*) FROM (SELECT 1 FROM code WHERE active LIMIT {recall._WHOLE + 1}) AS few"
            ).fetchone()[0]
            self._seen = newest

    def _look_for_index(self, db: Connection) -> None:
        """Is there an index over the signs? Where there are many and none, it is begun, and all are looked at until it is there."""
        name = f"code_near_{self.facts.encoder.width}"
        self._indexed = db.execute(_VALID, (name,)).fetchone() == (True,)
        many = f"SELECT count(*) FROM (SELECT 1 FROM code LIMIT {INDEXED}) AS few"
        if self._indexed or self._building or db.execute(many).fetchone()[0] < INDEXED:
            return
        assert isinstance(self.facts.database, Postgres)
        self._building = self.facts.database.aside(self._build_index, name)

    def _build_index(self, db: Connection) -> None:
        width = self.facts.encoder.width
        name = f"code_near_{width}"
        if db.execute(_VALID, (name,)).fetchone() == (False,):
            db.execute(f"DROP INDEX CONCURRENTLY {name}")  # an earlier one was not finished
        db.execute("SET maintenance_work_mem = '256MB'")
        db.execute(
            f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON code "
            f"USING hnsw ((bits::bit({width})) bit_hamming_ops) WHERE active"
        )

    def _candidates(self, message: str, vector: NDArray[np.float32]) -> list[int]:
        """As over a file, all three kinds in one question: what takes time here is asking, not answering."""
        asked: tuple[Any, ...] = ()
        text = "SELECT id FROM fact WHERE status = 'active' ORDER BY id"
        if self._count > recall._WHOLE:
            near, asked = self._near_question(vector, recall.CANDIDATES)
            worded = _WORDED.format(common=recall._COMMON)
            grams = wording.in_order(message[:200])[:60]
            about = _ABOUT.format(newest=recall._NEWEST)
            text = f"({near}) UNION ({worded}) UNION ({about})"
            asked = (*asked, grams, recall.CANDIDATES // 2, self._touched(message))
        with self.facts.database.reading() as db:
            return [number for (number,) in db.execute(text, asked)]

    def _nearest(self, vector: NDArray[np.float32], count: int) -> list[int]:
        text, asked = self._near_question(vector, count)
        with self.facts.database.reading() as db:
            return [number for (number,) in db.execute(text, asked)]

    def _near_question(self, vector: NDArray[np.float32], count: int) -> tuple[str, tuple[Any, ...]]:
        near = (_INDEXED if self._indexed else _EXACT).format(
            width=len(vector), shortlist=recall.SHORTLIST, most=recall.SHORTLIST + recall.SHORTLIST // 2
        )
        signs = self.facts.database.bits(code_of(quantised(vector).tobytes()))
        return _NEAREST.format(near=near, width=len(vector)), (signs, Vector(vector), count)

    def _touched(self, message: str) -> list[str]:
        """The keys, at most `recall._ABOUT`, that are about what the message touches."""
        touched = concepts.of_message(message) * self.ranker.parts["rarity"]
        topics = [(float((concepts.of_key(key) * touched).max()), key) for key in self._names]
        return [key for strength, key in sorted(topics, reverse=True)[: recall._ABOUT] if strength > 0]
