"""What do I know that matters here? Candidates by meaning, wording and topic, ranked together, or nothing.

Two stages, so that a million facts are as quick as a hundred. First the signs of all vectors are compared (one bit a
number, a popcount) and the vectors of the nearest few hundred exactly, rare character bigrams are looked up in the file's
inverted index, and keys about what the message touches name their newest facts. Then a few hundred candidates are weighed with all figures (`ranking`). Importance, age,
use and date move the order a little; whether anything is recalled at all is decided by the probability alone.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ohlora.database import Connection
from ohlora.memory import concepts, index, ranking, wording
from ohlora.memory.facts import Fact, Facts, code_of, quantised
from ohlora.memory.index import Index
from ohlora.progress import bar

CANDIDATES = 48
SHORTLIST = 512
"""So many facts with the nearest signs have their vectors read; among a million the nearest few alone miss too much."""
_COMMON = 800
"""A bigram in more facts than this tells nothing apart and is passed over."""
_WHOLE = 128
"""Up to so many facts all are weighed."""
_ABOUT, _NEWEST = 8, 3
"""Of so many keys that are about the message so many of the newest facts."""

_ALIKE = (frozenset(("job", "workplace")), frozenset(("home", "hometown")))
"""Keys that one question asks for ("where do I work"): how sure the first is counts them together."""


@dataclass(frozen=True)
class Hit:
    """A recalled fact. `score`: probability that it is what the message is about."""

    fact: Fact
    score: float

    def data(self) -> dict[str, object]:
        """As `memory search --json` gives it."""
        return {
            "id": self.fact.id,
            "key": self.fact.key,
            "value": self.fact.value,
            "score": round(self.score, 4),
            "source": self.fact.source,
        }


@dataclass(frozen=True)
class Recalled:
    """What was found: nothing where `abstained`. `sure`: probability that the first hit's key is the right one."""

    hits: tuple[Hit, ...]
    abstained: bool
    sure: float


class Recall:
    """Recalls from a store's facts. Follows changes by other threads and processes.

    Args:
        facts: the store.
        ranker: weights and threshold; those that ship by default.
    """

    def __init__(self, facts: Facts, ranker: ranking.Ranker | None = None) -> None:
        self.facts = facts
        self._ranker = ranker
        self._lock = threading.Lock()
        self._seen = -1
        self._mark: object = None
        self._count = 0
        self._index = Index(np.zeros(0, np.int64), np.zeros((0, 0), np.uint64))
        self._keys: dict[str, int] = {}
        self._about_keys = np.zeros((0, 0), np.float32)

    @property
    def ranker(self) -> ranking.Ranker:
        if self._ranker is None:
            self._ranker = ranking.shipped()
        return self._ranker

    def __call__(self, message: str, *, limit: int = 3, now: datetime | None = None) -> Recalled:
        """The facts a message is about, best first; none where nothing is sure enough.

        Args:
            limit: at most so many.
            now: the time of the turn, for "내일" and the like, and for the age of facts.
        """
        # The store first: whoever recalls within a transaction has that already, and two orders would wait for each other.
        with self.facts.database.reading(), self._lock, _one_thread():
            self._sync()
            if not self._count:
                return Recalled((), True, 0.0)
            now = now or datetime.now(UTC)
            return self._ranked(message, *self._weighed(message, now), limit, now)

    def nearest(self, message: str, count: int, *, now: datetime | None = None) -> tuple[Fact, ...]:
        """The facts a message is likeliest to be about, best first, however unlikely."""
        with self.facts.database.reading(), self._lock, _one_thread():
            self._sync()
            if not self._count:
                return ()
            found, score = self._weighed(message, now or datetime.now(UTC))
            order = np.argsort(-score, kind="stable").tolist()[:count]
            return tuple(hit.fact for hit in self._hits([(found.ids[i], 0.0) for i in order]))

    def reset(self) -> None:
        """Forgets what was read of the store; the next call reads it anew."""
        with self._lock:
            self._seen, self._mark = -1, None

    # Stage one

    def _candidates(self, message: str, vector: NDArray[np.float32]) -> list[int]:
        if self._count <= _WHOLE:
            return self._index.ids.tolist()
        found = dict.fromkeys(self._nearest(vector, CANDIDATES))
        found.update(dict.fromkeys(self._worded(message)))
        found.update(dict.fromkeys(self._about(message)))
        return list(found)

    def _nearest(self, vector: NDArray[np.float32], count: int) -> list[int]:
        """Ids of the facts nearest to the message, by the vectors themselves, among those with the nearest signs."""
        code = np.frombuffer(code_of(quantised(vector).tobytes()), np.uint64)
        near, stored = self._firsts(self._index.near(code, SHORTLIST), len(vector))
        exact = stored.astype(np.float32)
        cosine = (exact @ vector) / _lengths(exact)
        return [near[i] for i in np.argsort(-cosine, kind="stable")[:count].tolist()]

    def _firsts(self, places: NDArray[np.intp], width: int) -> tuple[list[int], NDArray[np.int8]]:
        """Ids and first vectors, of key and value, of the facts at these places, where they are still there."""
        numbers = self._index.ids[places].tolist()
        if self._index.holds_vectors:
            return numbers, self._index.firsts(places, width)
        with self.facts.database.reading() as db:
            rows = db.execute(
                f"SELECT fact, substr(vectors, 1, {width}) FROM meaning WHERE fact IN ({_marks(numbers)}) ORDER BY fact",
                numbers,
            ).fetchall()
        return [number for number, _ in rows], _stacked([blob for _, blob in rows], width)

    def _worded(self, message: str) -> list[int]:
        """Ids of the facts with the rarest bigrams in common."""
        weight: dict[int, float] = {}
        with self.facts.database.reading() as db:
            for gram in wording.in_order(message[:200])[:60]:
                # Asked first, so that a bigram of half a million facts is not fetched to be passed over.
                if db.execute("SELECT 1 FROM gram WHERE gram = ? LIMIT 1 OFFSET ?", (gram, _COMMON)).fetchone():
                    continue
                rows = db.execute("SELECT fact FROM gram WHERE gram = ?", (gram,)).fetchall()
                telling = 1 / (8 + len(rows))
                for (number,) in rows:
                    weight[number] = weight.get(number, 0.0) + telling
        return sorted(weight, key=weight.__getitem__, reverse=True)[: CANDIDATES // 2]

    def _about(self, message: str) -> list[int]:
        """Ids of the newest facts under the keys that are about what the message touches."""
        touched = concepts.of_message(message) * self.ranker.parts["rarity"]
        if not touched.any():
            return []
        strengths = (self._about_keys[: len(self._keys)] * touched).max(1).tolist()
        topics = sorted(((strengths[row], key) for key, row in self._keys.items() if strengths[row] > 0), reverse=True)
        found: list[int] = []
        with self.facts.database.reading() as db:
            for _, key in topics[:_ABOUT]:
                rows = db.execute(
                    "SELECT id FROM fact WHERE subject = 'user' AND key = ? AND status = 'active' ORDER BY id DESC LIMIT ?",
                    (key, _NEWEST),
                )
                found += [number for (number,) in rows]
        return found

    # Stage two

    def _ranked(
        self, message: str, found: "_Read", score: NDArray[np.floating[Any]], limit: int, now: datetime
    ) -> Recalled:
        if not found.ids:
            return Recalled((), True, 0.0)
        chance = ranking.probabilities(score)
        order = np.argsort(-(score + _nudges(found, score, now)), kind="stable").tolist()
        first = found.keys[order[0]]
        alike = next((kin for kin in _ALIKE if first in kin), frozenset((first,)))
        sure = float(sum(chance[i] for i, key in enumerate(found.keys) if key in alike))
        if sure < self.ranker.needed(message, first):
            return Recalled((), True, sure)
        # Others come along only where they are nearly as likely: a wrong fact in the prompt is worse than none.
        kept = [i for i in order[:limit] if i == order[0] or chance[i] >= max(0.25 * chance[order[0]], 0.1)]
        return Recalled(self._hits([(found.ids[i], float(chance[i])) for i in kept]), False, sure)

    def _weighed(self, message: str, now: datetime) -> "tuple[_Read, NDArray[np.floating[Any]]]":
        """The candidates for a message, and the score of each."""
        vector = self.facts.encoder.messages([message])[0]
        found = self._read(self._candidates(message, vector))
        if not found.ids:
            return found, np.zeros(0)
        known = ranking.Known(found.keys, found.values, found.vectors)
        score = self.ranker.scores(ranking.Asked(message, vector), known)
        return found, score + _days_fit(found.dates, message, now)

    def _hits(self, kept: Sequence[tuple[int, float]]) -> tuple[Hit, ...]:
        """The facts as they are now; one that another process has just erased is not among them."""
        numbers = [number for number, _ in kept]
        of = {fact.id: fact for fact in self.facts._select(f"WHERE id IN ({_marks(numbers)})", numbers)}
        return tuple(Hit(of[number], chance) for number, chance in kept if number in of)

    def _read(self, numbers: Sequence[int]) -> "_Read":
        where = f"WHERE status = 'active' AND id IN ({_marks(numbers)}) ORDER BY id"
        width = 3 * self.facts.encoder.width
        with self.facts.database.reading() as db:
            rows = db.execute(f"SELECT {_COLUMNS} FROM fact {where}", numbers).fetchall()
            if self._index.holds_vectors:
                here = set(self._index.holding(row[0] for row in rows))
                rows = [row for row in rows if row[0] in here]
                stored = self._index.vectors([row[0] for row in rows])
            else:
                sql = f"SELECT fact, vectors FROM meaning WHERE fact IN ({_marks(numbers)})"
                blobs = dict(db.execute(sql, numbers).fetchall())
                rows = [row for row in rows if row[0] in blobs]
                stored = _stacked([blobs[row[0]] for row in rows], width)
        three = stored.astype(np.float32).reshape(len(rows), 3, -1 if rows else width // 3)
        three /= _lengths(three)[..., None]
        columns: list[Any] = list(zip(*rows, strict=True)) or [()] * 8
        return _Read._make([*columns, three])

    # Following the store

    def _sync(self) -> None:
        """Takes up what changed since the last call: the append-only history says which facts."""
        with self.facts.database.reading() as db:
            mark = self.facts.database.mark()
            if mark == self._mark:
                return
            newest = db.execute("SELECT coalesce(max(id), 0) FROM change").fetchone()[0]
            if self._seen < 0:
                self._load()
            elif newest > self._seen:
                rows = db.execute("SELECT DISTINCT fact FROM change WHERE id > ? AND what != 'used'", (self._seen,))
                self._follow([number for (number,) in rows])
            self._seen, self._count = newest, self._index.count
            self._mark = self.facts.database.mark()

    def _load(self) -> None:
        # Neither the facts nor their vectors are read here, only codes and indexes: of a million facts those are a gigabyte.
        with self.facts.database.reading() as db:
            ended = np.array(
                [number for (number,) in db.execute("SELECT id FROM fact WHERE status = 'ended'")], np.int64
            )
            foreign = self._foreign(db)
            for start in bar("vectors", total=-(-len(foreign) // 64), iterable=range(0, len(foreign), 64)):
                self.facts.reindex(foreign[start : start + 64])
            self._keys, self._about_keys = {}, np.zeros((0, 0), np.float32)
            for key in _keys_of(db):
                self._note_key(key)
            width = self.facts.encoder.width
            cursor = db.execute("SELECT fact, bits FROM code ORDER BY fact")
            ids: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
            codes: list[NDArray[np.uint64]] = [np.zeros((width // 64, 0), np.uint64)]
            while rows := cursor.fetchmany(50_000):
                some = np.array([row[0] for row in rows], np.int64)
                holds = ~np.isin(some, ended)
                signs = np.frombuffer(b"".join(row[1] for row in rows), np.uint64).reshape(len(rows), -1)
                ids.append(some[holds])
                codes.append(signs[holds].T)
            numbers = np.concatenate(ids)
            self._index = Index(numbers, np.concatenate(codes, axis=1), self._all_vectors(db, numbers))
            if len(numbers) <= index.HELD // 2:
                for key, value in db.execute("SELECT key, value FROM fact WHERE status = 'active'"):
                    ranking.prepare(key, value)

    def _all_vectors(self, db: Connection, numbers: NDArray[np.int64]) -> NDArray[np.int8] | None:
        """(N, 3 · W) vectors of these facts, where they are few enough to be held."""
        if len(numbers) > index.HELD:
            return None
        vectors = np.zeros((len(numbers), 3 * self.facts.encoder.width), np.int8)
        places = {number: place for place, number in enumerate(numbers.tolist())}
        for number, blob in db.execute("SELECT fact, vectors FROM meaning"):
            if number in places:
                vectors[places[number]] = np.frombuffer(blob, np.int8)
        return vectors

    def _note_key(self, key: str) -> None:
        """Takes a key up, with what it is about."""
        if key in self._keys:
            return
        about = concepts.of_key(key)
        if len(self._keys) == len(self._about_keys):
            grown = np.zeros((max(64, 2 * len(self._keys)), len(about)), np.float32)
            if self._keys:
                grown[: len(self._keys)] = self._about_keys
            self._about_keys = grown
        self._about_keys[len(self._keys)] = about
        self._keys[key] = len(self._keys)

    def _foreign(self, db: Connection) -> list[int]:
        """Ids of the facts that have vectors of another encoder, or none."""
        name = self.facts.encoder.name
        # Two ranges of the index rather than one "other than", which would read every vector.
        rows = db.execute(
            "SELECT fact FROM meaning WHERE model < ? UNION SELECT fact FROM meaning WHERE model > ?", (name, name)
        )
        foreign = [number for (number,) in rows]
        facts, codes = (db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("fact", "code"))
        if facts != codes:
            foreign += [n for (n,) in db.execute("SELECT id FROM fact WHERE id NOT IN (SELECT fact FROM meaning)")]
        return foreign

    def _follow(self, numbers: Sequence[int]) -> None:
        self._index.drop(numbers)
        with self.facts.database.reading() as db:
            for number in numbers:
                row = db.execute(
                    "SELECT bits, key, vectors FROM fact JOIN code ON code.fact = fact.id JOIN meaning ON "
                    "meaning.fact = fact.id WHERE id = ? AND status = 'active'",
                    (number,),
                ).fetchone()
                if row:
                    self._index.add(number, np.frombuffer(row[0], np.uint64), np.frombuffer(row[2], np.int8))
                    self._note_key(row[1])


_COLUMNS = "id, key, value, date, recorded, importance, uses, pinned"


class _Read(NamedTuple):
    """Candidates, a column each, with their vectors, (N, 3, W) of unit length."""

    ids: Sequence[int]
    keys: Sequence[str]
    values: Sequence[str]
    dates: Sequence[str | None]
    recorded: Sequence[str]
    importance: Sequence[float]
    uses: Sequence[int]
    pinned: Sequence[int]
    vectors: NDArray[np.float32]


def _marks(numbers: Sequence[int]) -> str:
    return ",".join("?" * len(numbers))


def _lengths(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """(…, W) → (…) lengths, never nothing; half the time of `linalg.norm`, which squares into an array of its own."""
    return np.maximum(np.sqrt(np.einsum("...i,...i->...", vectors, vectors)), 1e-6)


def _stacked(blobs: Sequence[bytes], width: int) -> NDArray[np.int8]:
    return np.frombuffer(b"".join(blobs), np.int8).reshape(len(blobs), width)


@cache
def _threads() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def _one_thread() -> Any:
    """These products are small: threads that wait for each other beside a working model take longer than one alone."""
    return _threads().limit(limits=1, user_api="blas")


def _keys_of(db: Connection) -> list[str]:
    """The keys in use, each found by one step in the index (`DISTINCT` would go through all facts)."""
    rows = db.execute(
        """WITH RECURSIVE found (key) AS (
            SELECT min(key) FROM fact WHERE subject = 'user' UNION ALL
            SELECT (SELECT min(key) FROM fact WHERE subject = 'user' AND fact.key > found.key) FROM found
            WHERE found.key IS NOT NULL)
        SELECT key FROM found WHERE key IS NOT NULL"""
    )
    return [key for (key,) in rows]


_AHEAD = {"오늘": 0, "이따": 0, "today": 0, "tonight": 0, "내일": 1, "tomorrow": 1, "모레": 2, "어제": -1, "yesterday": -1, "그제": -2}  # fmt: skip


def _days_fit(dates: Sequence[str | None], message: str, now: datetime) -> NDArray[np.float32]:
    """(N,) where the message names a day and a fact is about one: do they agree?"""
    text = message.lower()
    days = [(now + timedelta(days=ahead)).date().isoformat() for word, ahead in _AHEAD.items() if word in text]
    return np.array([(2.0 if date in days else -2.0) if date and days else 0.0 for date in dates], np.float32)


_FAR = 4.0
"""A score so far below the best can neither come first nor come along, whatever its nudge of −0.15 to 0.85."""


def _nudges(found: _Read, score: NDArray[np.float32], now: datetime) -> NDArray[np.float64]:
    """(N,) between facts that fit alike: pinned, important, used and new ones first."""
    now = now.astimezone(UTC)
    nudge = np.zeros(len(score))
    for i in np.flatnonzero(score >= score.max() - _FAR).tolist():
        age = max(0.0, (now - datetime.fromisoformat(found.recorded[i])).total_seconds() / 86400)
        new = 0.2 * 0.5 ** (age / 30)
        nudge[i] = 0.4 * found.pinned[i] + 0.3 * (found.importance[i] - 0.5) + new + 0.02 * min(found.uses[i], 5)
    return nudge
