"""Recall's first stage where the facts are on a server: pgvector looks through them there, three questions a message.

Finds what the first stage over a file finds: the facts with the nearest signs (Hamming distance), of those the nearest vectors,
the rarest bigrams, the newest under the keys touched. A large store gets an index (HNSW) over the signs; it is a little less exact.
What is found is weighed by `recall.py`.
"""

import logging
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray
from pgvector import Vector

from ohlora.errors import InputError
from ohlora.memory import recall, wording
from ohlora.memory.facts import code_of, quantised

log = logging.getLogger(__name__)

INDEXED = 50_000
"""From so many facts the signs get an index; fewer are looked through in about 10 ms."""

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

_ABOUT = """SELECT id FROM unnest(?::text[]) WITH ORDINALITY AS asked (named, place) CROSS JOIN LATERAL (
    SELECT id FROM fact WHERE subject = 'user' AND key = named COLLATE "C" AND status = 'active'
    ORDER BY id DESC LIMIT 4) AS newest ORDER BY place, id DESC"""


class ServerRecall(recall.Recall):
    """Recalls from facts on a PostgreSQL server; holds none of them here."""

    _indexed = False

    def _sync(self) -> None:
        with self.facts.database.reading() as db:
            newest = db.execute("SELECT coalesce(max(id), 0) FROM change").fetchone()[0]
            if newest == self._seen:
                return
            if self._seen < 0:
                self._renew(db)
                self._prepare_index(db)
            self._keys = set(recall._keys_of(db))
            # More precisely it need not be known: whether all are weighed.
            self._count = db.execute(
                f"SELECT count(*) FROM (SELECT 1 FROM code WHERE active LIMIT {recall._WHOLE + 1}) AS few"
            ).fetchone()[0]
            self._seen = newest

    def _prepare_index(self, db: recall.Connection) -> None:
        """Makes the index over the signs where there are many, and none yet. Where that fails recall is slower, not wrong."""
        width = self.facts.encoder.width
        name = f"code_near_{width}"
        many = f"SELECT count(*) FROM (SELECT 1 FROM code LIMIT {INDEXED}) AS few"
        there = "SELECT to_regclass(?) IS NOT NULL"
        self._indexed = db.execute(there, (name,)).fetchone()[0]
        # Not inside a turn: building takes a second for every ten thousand facts and holds up other writers.
        if self._indexed or self.facts.database.inside or db.execute(many).fetchone()[0] < INDEXED:
            return
        log.info("making an index over the signs of the facts")
        with suppress(InputError):
            with self.facts.database.transaction() as writing:
                writing.execute("SET LOCAL maintenance_work_mem = '512MB'")
                writing.execute(
                    f"CREATE INDEX IF NOT EXISTS {name} ON code USING hnsw ((bits::bit({width})) bit_hamming_ops) WHERE active"
                )
            self._indexed = True

    def _candidates(self, message: str, vector: NDArray[np.float32]) -> list[int]:
        if self._count <= recall._WHOLE:
            with self.facts.database.reading() as db:
                return [number for (number,) in db.execute("SELECT id FROM fact WHERE status = 'active' ORDER BY id")]
        return super()._candidates(message, vector)

    def _nearest(self, vector: NDArray[np.float32], count: int) -> list[int]:
        near = (_INDEXED if self._indexed else _EXACT).format(
            width=len(vector), shortlist=recall.SHORTLIST, most=recall.SHORTLIST + recall.SHORTLIST // 2
        )
        signs = self.facts.database.bits(code_of(quantised(vector).tobytes()))
        with self.facts.database.reading() as db:
            rows = db.execute(_NEAREST.format(near=near, width=len(vector)), (signs, Vector(vector), count))
            return [number for (number,) in rows]

    def _worded(self, message: str) -> list[int]:
        grams = sorted(wording.bigrams(message[:200]))[:60]
        with self.facts.database.reading() as db:
            rows = db.execute(_WORDED.format(common=recall._COMMON), (grams, recall.CANDIDATES // 2))
            return [number for (number,) in rows]

    def _about(self, message: str) -> list[int]:
        with self.facts.database.reading() as db:
            return [number for (number,) in db.execute(_ABOUT, (self._touched(message),))]
